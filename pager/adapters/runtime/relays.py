"""The relays of one channel: one thread claims for all of them, and each sends on its own.

A page is claimed when a relay is idle, or soon will be: beyond those that are being sent, no more
are claimed than were sent in the last tenth of a second. So the pages of a step are sent side by
side, and a page waits behind others that hang for a second at most: then it is given back.

Pages that were tried before may take long, because their time-outs grow: they have relays of their
own, half as many again.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from queue import SimpleQueue
from typing import Literal, NamedTuple, TypeVar

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

AHEAD = timedelta(milliseconds=100)
"""What was finished in this time is claimed ahead."""

MOST_AHEAD = 200
"""How many pages of a channel are claimed ahead at the most: if the node dies, they wait for the
end of their lease."""

LONGEST_AHEAD = timedelta(seconds=1)
"""A page that waits for longer is given back."""

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


class _Waiting(NamedTuple):
    """A page that is claimed, and waits for a relay."""

    claim: Claim
    since: float


class _Queue:
    """What waits for some of the relays. What waits for too long can be taken back."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._turns: SimpleQueue[Literal["take", "end"]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, claim: Claim) -> None:
        self._waiting.append(_Waiting(claim, time.monotonic()))
        self._turns.put("take")

    def end(self) -> None:
        """Let one relay end after what waits now."""
        self._turns.put("end")

    def take(self) -> Iterator[Claim]:
        """One claim after the other, until `end`."""
        while self._turns.get() == "take":
            with suppress(IndexError):  # it was taken back meanwhile
                yield self._waiting.popleft().claim

    def take_back(self, longer_than: timedelta) -> Iterator[Claim]:
        """The claims that have waited for longer than that."""
        before = time.monotonic() - longer_than.total_seconds()
        with suppress(IndexError):
            while (waiting := self._waiting.popleft()).since <= before:
                yield waiting.claim
            self._waiting.appendleft(waiting)


class Relays:
    """Threads that carry out the effects of one channel."""

    def __init__(
        self, channel: Channel, count: int, wakeup: Wakeup, outbox: SqlOutbox, relay: OutboxRelay
    ) -> None:
        """`count` relays for new pages, and half as many for those that were tried before.

        `outbox` is asked for claims and need not be patient; `relay` carries them out.
        """
        self._channel = channel
        self._first = count
        self._again = max(1, count // 2)
        self._wakeup = wakeup
        self._outbox = outbox
        self._relay = relay
        self._new = _Queue()
        self._retries = _Queue()
        self._in_hand: dict[int, Claim] = {}
        self._finished: deque[float] = deque(maxlen=MOST_AHEAD)
        self._is_stopped = False
        queues = [self._new] * self._first + [self._retries] * self._again
        self.threads = [
            threading.Thread(name=f"{channel}-{n}", target=self._work, args=(queue,), daemon=True)
            for n, queue in enumerate(queues)
        ]

    def claim(self) -> int:
        """Claim what the relays can soon send, if they are short of work; say how many."""
        self._give_back(self._new.take_back(LONGEST_AHEAD))
        in_hand = list(self._in_hand.values())
        retries = sum(claim.attempt > 1 for claim in in_hand)
        again = max(0, self._again - retries)
        first = max(0, self._first + self._ahead() - (len(in_hand) - retries))
        if not self._is_short():
            first = 0
        if not first and not again:
            return 0
        claims = self._outbox.claim(self._channel, first, again)
        for claim in claims:
            self._in_hand[claim.id] = claim
            (self._new if claim.attempt == 1 else self._retries).put(claim)
        if self._is_stopped:
            for queue in (self._new, self._retries):
                self._give_back(queue.take_back(timedelta(0)))
        return len(claims)

    def stop(self) -> None:
        """Let each relay end after the effect that it has in hand."""
        self._is_stopped = True
        for queue, relays in ((self._new, self._first), (self._retries, self._again)):
            for _ in range(relays):
                queue.end()

    def _ahead(self) -> int:
        """How many pages are claimed ahead: as many as were finished in the last moment."""
        since = time.monotonic() - AHEAD.total_seconds()
        return sum(finished > since for finished in list(self._finished))

    def _is_short(self) -> bool:
        """Whether less is left of what was claimed ahead than half of that."""
        return len(self._new) <= self._ahead() // 2

    def _give_back(self, claims: Iterable[Claim]) -> None:
        """Another node may have an idle relay."""
        for claim in claims:
            try:
                self._outbox.release(claim)
            except UNAVAILABLE as error:
                log_failure(logger, "a page that was claimed is not given back", error)
                self._outbox.abandon(claim)
            del self._in_hand[claim.id]

    def _work(self, queue: _Queue) -> None:
        for claim in queue.take():
            try:
                self._relay.carry_out(claim)
            except Exception as error:  # noqa: BLE001 - the relay must go on
                log_failure(logger, f"{threading.current_thread().name} failed, and goes on", error)
                self._outbox.abandon(claim)
            del self._in_hand[claim.id]
            self._finished.append(time.monotonic())
            if claim.attempt > 1 or self._is_short():
                self._wakeup.wake()
