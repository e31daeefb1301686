"""Refused Alerts: counts them, logs them, and keeps them for people to see.

Whoever sends them, and however many: one write at a time and a few lines of log are all that they
cost, and what is remembered of them is bounded.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from functools import partial

from pager.adapters.runtime.metrics import Metrics
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import refused_alerts
from pager.adapters.store.core.writer import DatabaseClosed
from pager.adapters.store.refused_alerts import Key, Refused, add_refused, reason

WRITE_EVERY = timedelta(seconds=1)
RETRY_AFTER = timedelta(seconds=10)
"""While the database takes no writes."""

MOST_PENDING = 50
"""Services and reasons in one write. Of more, only the reason is counted."""

LOG_WINDOW = timedelta(minutes=1)
MOST_LINES = 20
"""Lines of log in each window: one for a service and a reason."""

logger = logging.getLogger(__name__)


class Refusals:
    """Takes note of each Alert that is refused."""

    def __init__(
        self,
        database: Database,
        metrics: Metrics,
        write_every: timedelta = WRITE_EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep them in `database`, with one write in `write_every`, and count them in `metrics`."""
        self._database = database
        self._metrics = metrics
        self._write_every = write_every.total_seconds()
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: dict[Key, Refused] = {}
        self._is_scheduled = False
        self._written_at = float("-inf")
        self._log = _LimitedLog(clock)

    def add(self, service_id: str, status: int, sender: str) -> None:
        """An Alert of that service (empty: not known) was answered with that HTTP status."""
        self._metrics.refused(status)
        self._log.add(service_id, status, sender)
        with self._lock:
            self._count((service_id, status), Refused(1, sender))
            if self._is_scheduled:
                return
            self._is_scheduled = True
            wait = self._written_at + self._write_every - self._clock()
        self._schedule(wait)

    def _count(self, key: Key, refused: Refused) -> None:
        if key not in self._pending and len(self._pending) >= MOST_PENDING:
            key = ("", key[1])
        before = self._pending.get(key, Refused(0, ""))
        self._pending[key] = Refused(before.times + refused.times, refused.sender)

    def _schedule(self, wait: float) -> None:
        if wait <= 0:
            self._write()
            return
        timer = threading.Timer(wait, self._write)
        timer.daemon = True
        timer.start()

    def _write(self) -> None:
        with self._lock:
            batch, self._pending = self._pending, {}
            self._written_at = self._clock()
        # Nobody waits for it.
        written = self._database.submit(partial(add_refused, refused=batch), refused_alerts.name)
        written.add_done_callback(partial(self._after_write, batch))

    def _after_write(self, batch: dict[Key, Refused], written: Future[bool]) -> None:
        error = written.exception()
        if isinstance(error, DatabaseClosed):
            return
        with self._lock:
            if error is not None or not written.result():
                for key, refused in batch.items():
                    self._count(key, refused)
            self._is_scheduled = bool(self._pending)
        if self._is_scheduled:
            wait = self._write_every if error is None else RETRY_AFTER.total_seconds()
            self._schedule(max(wait, 0.001))  # never at once: this is the writer's thread


class _LimitedLog:
    """At most MOST_LINES lines in a LOG_WINDOW, and one of the same service and reason."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun_at = float("-inf")
        self._logged: set[Key] = set()
        self._left_out = 0

    def add(self, service_id: str, status: int, sender: str) -> None:
        """Log it, unless there were enough lines."""
        if self._clock() - self._begun_at > LOG_WINDOW.total_seconds():
            if self._left_out:
                logger.warning("%d more refused Alerts were not logged", self._left_out)
            self._begun_at = self._clock()
            self._logged.clear()
            self._left_out = 0
        key = (service_id, status)
        if key in self._logged or len(self._logged) >= MOST_LINES:
            self._left_out += 1
            return
        self._logged.add(key)
        logger.warning(
            "refused an Alert: status=%d service=%r sender=%r reason=%r",
            *(status, service_id, sender, reason(status, service_id)),
        )
