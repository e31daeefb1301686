"""The relays of one channel: pages are claimed, checked, sent and recorded, many at a time.

A page is claimed when a sender is idle, or soon will be: beyond those that are being sent, no more
are claimed than were sent in the last tenth of a second. So the pages of a step are sent side by
side, and a page waits behind others that hang for a second at most: then it is given back.

What was sent is recorded with all that was sent until the transaction before was committed.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from queue import Empty, SimpleQueue

from sqlalchemy import Connection

from pager.adapters.channels.senders import (
    LONGEST_WAIT,
    Ended,
    Senders,
    machine_time,
    threads_for_retries,
)
from pager.adapters.runtime.arrivals import Claimed
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.patience import PatientTransactions
from pager.adapters.runtime.wakeups import Wakeup
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.ports.loaded_services import LoadedServices
from pager.adapters.store.ports.outbox import SqlOutbox
from pager.messages import Channel
from pager.model import MonitoredService
from pager.ports import Claim, Stored
from pager.relay import why_not

AHEAD = timedelta(milliseconds=100)
"""What was sent in this time is claimed ahead."""

MOST_AHEAD = 200
"""How many pages of a channel are claimed ahead at the most: if the node dies, they wait for the
end of their lease."""

logger = logging.getLogger(__name__)


class Relays:
    """Claims the pages of one channel for its senders, and records what became of them."""

    def __init__(  # noqa: PLR0913 - each is another thing that it works with
        self,
        channel: Channel,
        count: int,
        senders: Senders,
        *,
        wakeup: Wakeup,
        transactions: PatientTransactions,
        claiming: SqlOutbox,
        settling: SqlOutbox,
        metrics: Metrics,
    ) -> None:
        """`count` pages are sent side by side, and half as many that were tried before.

        `claiming` is asked for claims and need not be patient; `settling` works on `transactions`,
        which are: what is in hand is kept while the database is unavailable.
        """
        self._channel: Channel = channel
        self._first = count
        self._again = threads_for_retries(count)
        self._senders = senders
        self._wakeup = wakeup
        self._transactions = transactions
        self._claiming = claiming
        self._settling = settling
        self._metrics = metrics
        self._in_hand: dict[int, Claim] = {}
        self._to_check: SimpleQueue[Sequence[Claim]] = SimpleQueue()
        """What was claimed with decisions, but too long ago."""
        self._may_be_left = True
        """Whether there may be new pages that are not claimed, because there was no room."""
        self._finished: deque[float] = deque(maxlen=MOST_AHEAD)
        self._ended: SimpleQueue[Ended | None] = SimpleQueue()
        """What is to be recorded; None is the last of it."""
        self._is_stopped = False
        self.thread = threading.Thread(
            name=f"{channel}-settlements", target=self._record_all, daemon=True
        )

    def start(self) -> None:
        """Begin to send what is claimed."""
        self.thread.start()
        self._senders.start(self._on_end, self._wakeup.wake)

    def work(self) -> int:
        """Claim what can soon be sent, if there is little left; say how many are sent.

        Whoever is to claim more is woken when something has ended.
        """
        self._senders.give_back_late()
        if not self._senders.is_ready:
            self._give_back_claimed()  # another node may be able to send it
            return 0
        number = 0
        with suppress(Empty):
            while claims := self._to_check.get_nowait():
                number += len(claims)
                self._check_and_send(claims)
        claims = self._claim()
        self._check_and_send(claims)
        return number + len(claims)

    def claim_in(self, connection: Connection, decided: Mapping[str, MonitoredService]) -> Claimed:
        """Claim what can be sent at once, in the transaction that has written it.

        Some services are `decided` in the same transaction. Once it is committed, `take` what was
        claimed; if it fails, `forget` it.
        """
        at = machine_time()
        first, _ = self._room()
        if not first or self._is_stopped or not self._senders.is_ready:
            return Claimed([], [], at, may_be_left=True)
        claims, may_be_left = self._claiming.claim_new(connection, self._channel, first)
        names = {claim.effect.service_id for claim in claims} - decided.keys()
        try:
            others = LoadedServices(connection, names)
        except Exception:
            self._claiming.forget(claims)  # nobody else will
            raise

        def load(service_id: str) -> Stored:
            service = decided.get(service_id)
            return others.load(service_id) if service is None else Stored(service, version=0)

        outcomes = [(claim, why_not(claim, load)) for claim in claims]
        return Claimed(
            [claim for claim, outcome in outcomes if outcome is None],
            [(claim, outcome) for claim, outcome in outcomes if outcome is not None],
            at,
            may_be_left,
        )

    def take(self, claimed: Claimed) -> None:
        """Send these at once; what was claimed too long ago, the worker checks again."""
        self._in_hand.update((claim.id, claim) for claim in claimed.claims)
        for claim, outcome in claimed.not_to_send:
            self._ended.put(Ended(claim, outcome))
        is_late = machine_time() - claimed.at >= LONGEST_WAIT.total_seconds()
        if claimed.to_send and is_late:
            self._to_check.put(claimed.to_send)
        elif claimed.to_send:
            self._send(claimed.to_send, claimed.at)
        if claimed.may_be_left:
            self._may_be_left = True  # whoever makes room from now on wakes the worker
        if is_late or (claimed.may_be_left and self._has_room()):
            self._wakeup.wake()
        if self._is_stopped:
            self._give_back_claimed()

    def forget(self, claimed: Claimed) -> None:
        """Hold these no longer: the transaction that has claimed them has failed."""
        self._claiming.forget(claimed.claims)

    def stop(self) -> None:
        """Send nothing more; what is being sent may be finished."""
        self._is_stopped = True
        self._give_back_claimed()
        self._senders.stop()

    def interrupt(self) -> None:
        """Let what is being sent fail at once."""
        self._senders.interrupt()

    def join(self, timeout: timedelta) -> list[str]:
        """Wait until what was begun has ended: the names of the threads that have not."""
        return self._senders.join(timeout)

    def end(self) -> None:
        """Let the thread end once all that has ended is recorded."""
        self._ended.put(None)

    def _room(self) -> tuple[int, int]:
        """How many new pages can be claimed, and how many that were tried before."""
        in_hand = list(self._in_hand.values())
        retries = sum(claim.attempt > 1 for claim in in_hand)
        first = self._first + self._ahead() - (len(in_hand) - retries)
        return max(0, first), max(0, self._again - retries)

    def _claim(self) -> Sequence[Claim]:
        first, again = self._room()
        if not self._is_short():
            first = 0  # many at a time
        self._may_be_left = False  # before it looks: what is committed meanwhile is left
        claims = self._claiming.claim(self._channel, first, again) if first or again else []
        self._in_hand.update((claim.id, claim) for claim in claims)
        if sum(claim.attempt == 1 for claim in claims) >= first:
            self._may_be_left = True
            if self._has_room():  # by what has ended meanwhile
                self._wakeup.wake()
        return claims

    def _give_back_claimed(self) -> None:
        with suppress(Empty):
            while claims := self._to_check.get_nowait():
                for claim in claims:
                    self._ended.put(Ended(claim, None))

    def _check_and_send(self, claims: Sequence[Claim]) -> None:
        """Send those whose claim still holds, and which are still wanted."""
        if not claims:
            return
        now = machine_time()
        try:
            to_send = self._to_be_sent(claims)
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._not_sent(claims, error)
        else:
            self._send(to_send, now)

    def _send(self, claims: Sequence[Claim], checked_at: float) -> None:
        """Send these, which were to be sent at `checked_at` (`machine_time`)."""
        try:
            self._senders.put(claims, checked_at)
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._not_sent(claims, error)

    def _not_sent(self, claims: Sequence[Claim], error: Exception) -> None:
        """Leave them until their lease is over: nobody knows what became of them."""
        log_failure(logger, "pages that were claimed are not sent", error)
        for claim in claims:
            self._settling.abandon(claim)
            self._in_hand.pop(claim.id, None)

    def _to_be_sent(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        names = [claim.effect.service_id for claim in claims]
        held, services = self._transactions.read(
            lambda connection: (
                {claim.id for claim in self._settling.held(connection, claims)},
                LoadedServices(connection, names),
            )
        )
        to_send = []
        for claim in claims:
            if claim.id not in held or self._is_stopped:
                self._ended.put(Ended(claim, None))
            elif (outcome := why_not(claim, services.load)) is not None:
                self._ended.put(Ended(claim, outcome))
            else:
                to_send.append(claim)
        return to_send

    def _on_end(self, ended: Iterable[Ended]) -> None:
        for end in ended:
            if end.outcome is not None:
                self._metrics.attempted(self._channel, end.outcome.status)
                self._finished.append(time.monotonic())
            self._ended.put(end)

    def _ahead(self) -> int:
        """How many pages are claimed ahead: as many as were sent in the last moment."""
        since = time.monotonic() - AHEAD.total_seconds()
        return sum(finished > since for finished in list(self._finished))

    def _has_room(self) -> bool:
        """Whether new pages would be claimed now."""
        return self._is_short() and self._room()[0] > 0

    def _is_short(self) -> bool:
        """Whether less is left of what was claimed ahead than half of that."""
        new = sum(claim.attempt == 1 for claim in list(self._in_hand.values()))
        return new <= self._first + self._ahead() // 2

    def _record_all(self) -> None:
        while (end := self._ended.get()) is not None:
            batch = [end]
            with suppress(Empty):
                while (end := self._ended.get_nowait()) is not None:
                    batch.append(end)
            self._record(batch)
            if end is None:
                return

    def _record(self, batch: Sequence[Ended]) -> None:
        try:
            self._settling.settle_all(
                (claim, outcome) for claim, outcome in batch if outcome is not None
            )
            self._settling.release_all([claim for claim, outcome in batch if outcome is None])
        except Exception as error:  # noqa: BLE001 - the others must still be recorded
            if len(batch) > 1:
                for end in batch:
                    self._record([end])
                return
            log_failure(logger, "what became of a page is not recorded", error)
            self._settling.abandon(batch[0].claim)
        for claim, _ in batch:
            self._in_hand.pop(claim.id, None)
        if (self._may_be_left and self._has_room()) or any(map(_is_due_again, batch)):
            self._wakeup.wake()


def _is_due_again(ended: Ended) -> bool:
    """Whether the page is to be sent later, or makes room for another that is sent again."""
    claim, outcome = ended
    return claim.attempt > 1 or outcome is None or outcome.retry_after is not None
