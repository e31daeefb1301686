"""The worker threads: they carry out what was committed, and let the timers go off."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple, assert_never, get_args

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.wakeups import CLAIMED_AT_ONCE, Wakeup, Wakeups
from pager.adapters.store.core.database import Database, InTransaction, Transactions
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.dialects.sqlite import DatabaseFileGone
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.outbox import LEASE, SqlOutbox
from pager.adapters.store.upkeep.retention import prune
from pager.decide import Decision
from pager.lease import Lease
from pager.messages import Channel, TimerMessage
from pager.ports import Claim, Gateways, Outcome
from pager.relay import OutboxRelay
from pager.retention import RETENTION
from pager.service import PagerService

TIMERS_AT_ONCE = 100

logger = logging.getLogger(__name__)


class WorkerOptions(NamedTuple):
    """How many workers there are, how often they look for work, and how long they wait."""

    mail_relays: int = 8
    """How many threads send e-mails."""
    sms_relays: int = 4
    """How many threads send SMS."""
    lease: Lease = LEASE
    retention: timedelta = RETENTION
    prune_every: timedelta = timedelta(hours=1)
    """How often what is older than the retention is deleted."""
    poll_every: timedelta = timedelta(milliseconds=500)
    """How often a worker looks for work without a wakeup: timers, retries, other nodes' work."""
    pause_after_failure: timedelta = timedelta(seconds=1)
    """How long a worker waits after an error, so that it does not fill the log."""
    retry_unreadable_after: timedelta = timedelta(minutes=1)
    """When a timer is tried again whose service or policy could not be read."""


UNAVAILABLE = (DatabaseFileGone, InterfaceError, InternalError, OperationalError)
"""Errors of a database that may be available again in a moment."""


class RetryingOutbox(SqlOutbox):
    """An outbox that retries to record that a page was sent, while the database is unavailable.

    Otherwise that page would be sent again after its lease.
    """

    def __init__(
        self, transactions: Transactions, options: WorkerOptions, stopping: threading.Event
    ) -> None:
        """Give up once `stopping` is set."""
        super().__init__(transactions, lease=options.lease)
        self._pause = options.pause_after_failure.total_seconds()
        self._stopping = stopping

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome; "sent" is tried until it succeeds."""
        while True:
            try:
                return super().settle(claim, outcome)
            except UNAVAILABLE:
                if outcome.status != "sent" or self._stopping.wait(self._pause):
                    raise


class Workers:
    """Relays for mail and SMS on threads of their own, and one thread for the timers.

    Each channel has its threads, so that a mail server which hangs holds up neither the SMS
    nor the escalation.
    """

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        gateways: Gateways,
        options: WorkerOptions,
        metrics: Metrics | None = None,
    ) -> None:
        """Carry out the effects in `database` through `gateways`, woken by `wakeups`."""
        self._metrics = metrics or Metrics()
        self._database = database
        self._wakeups = wakeups
        self._gateways = gateways
        self._options = options
        self._stopping = threading.Event()
        self._ports = SqlPorts(database, lease=options.lease)
        outbox = RetryingOutbox(database, options, self._stopping)
        self._relay = OutboxRelay(outbox, self._ports.services, gateways, self._ports.timer)
        self._listener = database.listener(self._wake_one, options.pause_after_failure)
        self._threads = [
            self._thread(f"{channel}-{n}", partial(self._loop, work, wakeups.of(channel)))
            for channel in get_args(Channel)
            for work, threads in [self._work(channel)]
            for n in range(threads)
        ]
        self._threads.append(self._thread("retention", self._prune))
        if self._listener is not None:
            self._threads.append(self._thread("listener", self._listener.run))

    def start(self) -> None:
        """Start with what is left from before: due pages, and timers that came due meanwhile."""
        if self._database.serves_alone:
            self._ports.outbox.recover()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the pages that are being sent, release the other claims, and end."""
        self._stopping.set()
        self._relay.stop()
        if self._listener is not None:
            self._listener.stop()
        self._wakeups.wake_all(len(self._threads))
        for thread in self._threads:
            thread.join()

    def _thread(self, name: str, run: Callable[[], None]) -> threading.Thread:
        return threading.Thread(name=name, target=run, daemon=True)

    def _wake_one(self, channel: Channel) -> None:
        """Let one more worker look for work: another node has committed something."""
        self._wakeups.of(channel).wake(1)

    def _loop(self, work: Callable[[], int], wakeup: Wakeup) -> None:
        while not self._stopping.is_set():
            count = wakeup.count
            found_work = self._try(work)
            if not found_work:
                wakeup.wait(count, self._options.poll_every)

    def _try(self, work: Callable[[], int]) -> int:
        """Do `work`, whatever goes wrong (a lost database, a full disk), and return its result."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - whatever it is
            log_failure(logger, f"{threading.current_thread().name} failed, and goes on", error)
        self._stopping.wait(self._options.pause_after_failure.total_seconds())
        return 0

    def _work(self, channel: Channel) -> tuple[Callable[[], int], int]:
        """What a thread of `channel` does in one round, and how many threads there are."""
        match channel:
            case "email":
                return partial(
                    self._relay.run_once, channel, CLAIMED_AT_ONCE
                ), self._options.mail_relays
            case "sms":
                return partial(
                    self._relay.run_once, channel, CLAIMED_AT_ONCE
                ), self._options.sms_relays
            case "timer":
                return self._run_timers, 1
            case _:
                assert_never(channel)

    def _run_timers(self) -> int:
        set_ = self._database.write(self._set_timers) if self._ports.outbox.is_due("timer") else 0
        firing = [
            self._database.submit(partial(self._fire, message=message), message.service_id)
            for message in self._ports.timer.due(TIMERS_AT_ONCE)
        ]
        for fired in firing:
            if (decision := fired.result()) is not None:
                self._metrics.committed(decision.message, decision)
                self._wakeups.wake_for(decision.effects)
        return set_ + len(firing)

    def _set_timers(self, connection: Connection) -> int:
        """Set the timers that were decided: claim, set and settle them in one transaction."""
        ports = SqlPorts(InTransaction(connection))
        relay = OutboxRelay(ports.outbox, ports.services, self._gateways, ports.timer)
        return relay.run_once("timer", TIMERS_AT_ONCE)

    def _prune(self) -> None:
        """Delete what is older than the retention, from time to time."""
        while not self._stopping.wait(self._options.prune_every.total_seconds()):
            self._try(lambda: prune(self._database, self._options.retention))

    def _fire(self, connection: Connection, message: TimerMessage) -> Decision | None:
        """Let the Pager receive a timer's message, and mark it done in the same transaction."""
        ports = SqlPorts(InTransaction(connection))
        decision = None
        try:
            with connection.begin_nested():
                decision = PagerService(ports.policies, ports.services).receive(message)
        except ValidationError:
            # It must not stop the timers of other services; a newer node may be able to read it.
            logger.exception("%s cannot be read: its escalation waits", message.service_id)
            ports.timer.postpone(message, self._options.retry_unreadable_after)
            return None
        # After the service's row, as everywhere: all transactions lock rows in the same order.
        ports.timer.done(message)
        return decision
