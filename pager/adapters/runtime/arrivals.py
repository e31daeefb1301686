"""Messages that wait for their decision: all that wait are decided and committed together."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.requests import (
    NOT_COMMITTED,
    Answer,
    Arrival,
    NotTaken,
    Request,
    UnknownService,
    answer,
)
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports.timer import SqlTimer
from pager.adapters.store.ports.unit_of_work import KnownPolicies, UnitOfWork
from pager.decide import Decision
from pager.errors import NoEscalationPolicy, TooMuchContention
from pager.messages import (
    Acknowledgement,
    Alert,
    ByHand,
    Channel,
    Effect,
    HealthyEvent,
    Message,
    Resolve,
    TimerMessage,
)
from pager.model import MonitoredService
from pager.ports import Claim
from pager.service import PagerService

ATTEMPTS = 20
"""How often a message is decided on that has lost the race to a decision of another node."""


class Claimed(NamedTuple):
    """What was claimed in a transaction that has decided messages."""

    to_send: Sequence[Claim]
    """Pages that these decisions want to be sent."""
    to_check: Sequence[Claim]
    """All others, such as older pages of other services."""
    at: float
    """When they were claimed (`machine_time`)."""

    @property
    def claims(self) -> Sequence[Claim]:
        """All of them."""
        return [*self.to_send, *self.to_check]


class Claiming(Protocol):
    """Relays that claim their pages in the transaction that has written them."""

    def claim_in(self, connection: Connection, decided: Mapping[str, MonitoredService]) -> Claimed:
        """Claim what can be sent at once. The services are `decided` in this transaction."""
        ...

    def take(self, claimed: Claimed) -> None:
        """Send these: the transaction is committed."""
        ...

    def forget(self, claimed: Claimed) -> None:
        """The transaction has failed, or nobody can tell."""
        ...


class Arrivals:
    """Batch: decides messages in a unit of work. One that fails keeps no other from its answer."""

    def __init__(
        self, wakeups: Wakeups, metrics: Metrics, known: KnownPolicies, now: Now = database_clock
    ) -> None:
        """Wake workers through `wakeups`, and count in `metrics`, what is committed at `now`."""
        self._wakeups = wakeups
        self._metrics = metrics
        self._known = known
        self._now = now
        self.relays: Mapping[Channel, Claiming] = {}
        """What is to be sent is claimed with the decision itself, where these have room."""
        self._claims: list[tuple[Claiming, Claimed]] = []
        """Of the transaction that is open."""
        self._alerts: Counter[str] = Counter()
        """The Alerts of each service that wait."""
        self._lock = threading.Lock()

    def is_urgent(self, message: Message) -> bool:
        """Whether it goes before all that waits: see Inbox."""
        if isinstance(message, HealthyEvent | Resolve):
            return not self._alerts[message.service_id]
        return isinstance(message, Acknowledgement | ByHand | TimerMessage)

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        """These wait from now on."""
        with self._lock:
            for arrival in arrivals:
                if isinstance(arrival.message, Alert):
                    self._alerts[arrival.message.service_id] += 1

    def drop(self, request: Request) -> None:
        """Decide none of these any more, except those that are begun already."""
        with self._lock:
            for arrival in request.arrivals:
                arrival.is_dropped = not arrival.is_begun

    def lock_key(self, arrival: Arrival) -> str:
        """The row of the service."""
        return arrival.message.service_id

    def is_wanted(self, arrival: Arrival) -> bool:
        """Whether it is not dropped."""
        if arrival.is_dropped:
            self._left([arrival])
        return not arrival.is_dropped

    def run(
        self, connection: Connection, arrivals: Sequence[Arrival], is_over: Callable[[], bool]
    ) -> Sequence[Arrival]:
        """Decide the first of them, and again those that have lost a race."""
        self._forget_claims()
        for arrival in arrivals:  # an earlier transaction may have failed
            arrival.decided = NOT_COMMITTED
        left = self._decide_all(connection, arrivals, is_over)
        decisions = [each.decided for each in arrivals if isinstance(each.decided, Decision)]
        channels = {effect.channel for decision in decisions for effect in decision.effects}
        # Those of one service are in the order in which they were decided.
        decided = {decision.after.service_id: decision.after for decision in decisions}
        for channel, relays in self.relays.items():
            if channel in channels:
                # One by one: if the next fails, this is forgotten all the same.
                self._claims.append((relays, relays.claim_in(connection, decided)))
        _write_records(connection, arrivals[: len(arrivals) - len(left)])
        return left

    def _decide_all(
        self, connection: Connection, arrivals: Sequence[Arrival], is_over: Callable[[], bool]
    ) -> Sequence[Arrival]:
        done: Sequence[Arrival] = arrivals
        left: Sequence[Arrival] = []
        for attempt in range(ATTEMPTS):
            unit = UnitOfWork(
                connection, {arrival.message.service_id for arrival in done}, self._known, self._now
            )
            number = self._decide(unit, done, is_over if attempt == 0 else lambda: False)
            if attempt == 0:
                done, left = arrivals[:number], arrivals[number:]
            lost = unit.write()
            _mark_done(connection, done, lost)
            done = [arrival for arrival in done if arrival.message.service_id in lost]
            if not done:
                return left
        for arrival in done:
            arrival.decided = NotTaken(TooMuchContention(arrival.message.service_id, ATTEMPTS))
        return left

    def _decide(
        self, unit: UnitOfWork, arrivals: Sequence[Arrival], is_over: Callable[[], bool]
    ) -> int:
        """Decide the first of them, and say how many."""
        for number, arrival in enumerate(arrivals, start=1):
            with self._lock:
                arrival.is_begun = not arrival.is_dropped
            if arrival.is_begun:
                arrival.decided = _answer(unit, arrival)
            if is_over():
                return number
        return len(arrivals)

    def committed(self, arrivals: Sequence[Arrival]) -> None:
        """Count them, wake the workers, and answer."""
        claims, self._claims = self._claims, []
        for relays, claimed in claims:
            relays.take(claimed)
        begun = [arrival for arrival in arrivals if arrival.is_begun]
        now = time.monotonic()
        effects: list[Effect] = []
        for arrival in begun:
            arrival.answer = arrival.decided
            if not isinstance(arrival.answer, NotTaken):
                self._metrics.committed(arrival.message, arrival.answer)
                if not isinstance(arrival.message, TimerMessage):
                    self._metrics.waited(now - arrival.arrived_at)
            if isinstance(arrival.answer, Decision):
                effects += arrival.answer.effects
        self._wakeups.wake_for(effects)
        self._left(arrivals)
        answer(begun)

    def failed(self, arrivals: Sequence[Arrival], error: Exception) -> None:
        """Tell those who wait."""
        self._forget_claims()
        self._left(arrivals)
        for arrival in arrivals:
            arrival.answer = NotTaken(error)
        answer([arrival for arrival in arrivals if not arrival.is_dropped])

    def _forget_claims(self) -> None:
        """Those of a transaction that has failed."""
        claims, self._claims = self._claims, []
        for relays, claimed in claims:
            relays.forget(claimed)

    def _left(self, arrivals: Sequence[Arrival]) -> None:
        """These no longer wait."""
        with self._lock:
            for arrival in arrivals:
                if isinstance(arrival.message, Alert):
                    service_id = arrival.message.service_id
                    self._alerts[service_id] -= 1
                    if not self._alerts[service_id]:
                        del self._alerts[service_id]


def _mark_done(connection: Connection, arrivals: Sequence[Arrival], lost: Collection[str]) -> None:
    """Mark the timer's messages that were decided: in the transaction of what they led to.

    After the rows of the services, as everywhere: all transactions lock rows in the same order.
    """
    done = [
        message
        for arrival in arrivals
        if isinstance(message := arrival.message, TimerMessage)
        and message.service_id not in lost
        and not isinstance(arrival.decided, NotTaken)
    ]
    if done:
        SqlTimer(InTransaction(connection)).done_all(done)


def _write_records(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Write the records of the requests of which the last message is among these."""
    recorded = {arrival.request for arrival in arrivals if arrival.request.record is not None}
    complete = [
        (request.record, request)
        for request in recorded
        if request.record is not None and request.is_decided
    ]
    for record, request in sorted(complete, key=lambda pair: pair[0].key):
        answers = [arrival.decided for arrival in request.arrivals]
        try:
            with connection.begin_nested():  # if it fails, it spoils no other request
                record.write(connection, answers)
        except Exception as error:  # noqa: BLE001 - as in _answer
            for arrival in request.arrivals:
                arrival.decided = NotTaken(error)


def _answer(unit: UnitOfWork, arrival: Arrival) -> Answer | NotTaken:
    message = arrival.message
    try:
        decision = PagerService(unit, unit.services(arrival.author)).receive(message)
        never_seen = not decision.changed and unit.load(message.service_id).version == 0
        if never_seen and unit.own_policy(message.service_id) is None:
            return UnknownService(message.service_id)
    except NoEscalationPolicy as refusal:
        return refusal
    except Exception as error:  # noqa: BLE001 - it spoils no other message
        return NotTaken(error)
    return decision
