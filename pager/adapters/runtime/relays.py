"""The relays of one channel: one thread claims for all of them, and each sends on its own.

A page is claimed only when a relay is idle, so the pages of a step are sent side by side, and none
waits in a queue behind a page that hangs. Pages that were tried before may take long: their
time-outs grow. They get half of the relays, so that they don't hold up new ones.
"""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from pager.adapters.runtime.wakeups import Wakeup
from pager.adapters.store.core.database import Transactions
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.dialects.sqlite import DatabaseFileGone
from pager.adapters.store.ports.outbox import SqlOutbox
from pager.messages import Channel
from pager.ports import Claim
from pager.relay import OutboxRelay

T = TypeVar("T")

UNAVAILABLE = (DatabaseFileGone, InterfaceError, InternalError, OperationalError)
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
        """`count` relays; `wakeup` is woken by each that becomes idle.

        `outbox` is asked for claims and need not be patient; `relay` carries them out.
        """
        self._channel = channel
        self._count = count
        self._most_retries = max(1, count // 2)
        self._wakeup = wakeup
        self._outbox = outbox
        self._relay = relay
        self._claimed: SimpleQueue[Claim | None] = SimpleQueue()
        self._in_hand: dict[int, Claim] = {}
        self.threads = [
            threading.Thread(name=f"{channel}-{n}", target=self._work, daemon=True)
            for n in range(count)
        ]

    def claim(self) -> int:
        """Claim an effect for each idle relay, as far as there are any; say how many."""
        in_hand = list(self._in_hand.values())
        idle = self._count - len(in_hand)
        if idle == 0:
            return 0
        retries = sum(claim.attempt > 1 for claim in in_hand)
        claims = self._outbox.claim(self._channel, idle, self._most_retries - retries)
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
