"""The relays of one channel: one thread claims for all of them, and each sends on its own.

A page is claimed only when a relay is idle, so the pages of a step are sent side by side, and none
waits in a queue behind a page that hangs. Pages that were tried before may take long, because their
time-outs grow: they have relays of their own, half as many again.
"""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from pager.adapters.runtime.wakeups import Wakeup
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects.sqlite_file import DatabaseFileGone
from pager.adapters.store.ports.outbox import SqlOutbox
from pager.messages import Channel
from pager.ports import Claim
from pager.relay import OutboxRelay

T = TypeVar("T")

UNAVAILABLE = (
    DatabaseFileGone,
    InterfaceError,
    InternalError,
    NoConnectionFree,
    OperationalError,
)
"""Errors of a database that may be available again in a moment."""

logger = logging.getLogger(__name__)


class PatientTransactions:
    """Transactions that wait while the database is unavailable, until Pager stops.

    A relay that has claimed a page keeps it meanwhile, and one that has sent it still records that.
    """

    def __init__(self, transactions: Transactions, pause: float, stopping: threading.Event) -> None:
        """Try again after `pause` seconds, and no more once `stopping` is set."""
        self._transactions = transactions
        self._pause = pause
        self._stopping = stopping

    def read(self, work: Callable[[Connection], T]) -> T:
        """As the transactions do, once the database is available."""
        return self._wait_for(lambda: self._transactions.read(work))

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """As the transactions do, once the database is available; `work` may be done again."""
        return self._wait_for(lambda: self._transactions.write(work, lock_key))

    def _wait_for(self, action: Callable[[], T]) -> T:
        while True:
            try:
                return action()
            except UNAVAILABLE:
                if self._stopping.wait(self._pause):
                    raise


class Relays:
    """Threads that carry out the effects of one channel."""

    def __init__(
        self, channel: Channel, count: int, wakeup: Wakeup, outbox: SqlOutbox, relay: OutboxRelay
    ) -> None:
        """`count` relays for new pages, and half as many for others; each that is idle says so.

        `outbox` is asked for claims and need not be patient; `relay` carries them out.
        """
        self._channel = channel
        self._first = count
        self._again = max(1, count // 2)
        self._wakeup = wakeup
        self._outbox = outbox
        self._relay = relay
        self._claimed: SimpleQueue[Claim | None] = SimpleQueue()
        self._in_hand: dict[int, Claim] = {}
        self.threads = [
            threading.Thread(name=f"{channel}-{n}", target=self._work, daemon=True)
            for n in range(self._first + self._again)
        ]

    def claim(self) -> int:
        """Claim an effect for each idle relay, as far as there are any; say how many."""
        in_hand = list(self._in_hand.values())
        retries = sum(claim.attempt > 1 for claim in in_hand)
        first, again = self._first - (len(in_hand) - retries), self._again - retries
        if not first and not again:
            return 0
        claims = self._outbox.claim(self._channel, first, again)
        for claim in claims:
            self._in_hand[claim.id] = claim
            self._claimed.put(claim)
        return len(claims)

    def stop(self) -> None:
        """Let each relay end after the effect that it has in hand."""
        for _ in self.threads:
            self._claimed.put(None)

    def _work(self) -> None:
        for claim in iter(self._claimed.get, None):
            try:
                self._relay.carry_out(claim)
            except Exception as error:  # noqa: BLE001 - the relay must go on
                log_failure(logger, f"{threading.current_thread().name} failed, and goes on", error)
                self._outbox.abandon(claim)
            del self._in_hand[claim.id]
            self._wakeup.wake()
