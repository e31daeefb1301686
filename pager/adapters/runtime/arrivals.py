"""Messages that wait for their decision: all that wait are decided and committed together."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.requests import (
    NOT_COMMITTED,
    Answer,
    Arrival,
    Group,
    Later,
    NothingToDo,
    NotTaken,
    Request,
    UnknownService,
    answer,
)
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.dialects import dialect_of
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
from pager.ports import Claim, Outcome
from pager.service import PagerService

ATTEMPTS = 20
"""How often a message is decided on that has lost the race to a decision of another node."""


class Claimed(NamedTuple):
    """What was claimed in a transaction that has decided messages."""

    to_send: Sequence[Claim]
    """Pages that are still wanted."""
    not_to_send: Sequence[tuple[Claim, Outcome]]
    """All others, and what becomes of each: it is withdrawn, or tried again."""
    at: float
    """When they were claimed (`machine_time`)."""
    may_be_left: bool
    """Whether there may be new pages that are not claimed, because there was no room."""

    @property
    def claims(self) -> Sequence[Claim]:
        """All of them."""
        return [*self.to_send, *(claim for claim, _ in self.not_to_send)]


class Claiming(Protocol):
    """Relays that claim their pages in the transaction that has written them."""

    def claim_in(self, connection: Connection, decided: Mapping[str, MonitoredService]) -> Claimed:
        """Claim what can be sent at once. The services are `decided` in this transaction."""
        ...

    def take(self, claimed: Claimed) -> None:
        """Send these, and whatever is left later: the transaction is committed."""
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

    def is_urgent(self, message: Message | Later) -> bool:
        """Whether it goes before all that waits: see Inbox."""
        if isinstance(message, HealthyEvent | Resolve | Later):
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

    def lock_key(self, group: Group) -> str:  # noqa: ARG002 - as in Batch
        """The same for all: they are decided in the order in which they came.

        The rows of their services are locked in one order nevertheless, by `write_decisions`.
        """
        return ""

    def size(self, group: Group) -> int:
        """How many messages they are."""
        return len(group)

    def is_wanted(self, group: Group) -> bool:
        """Whether they are not dropped."""
        is_dropped = group[0].is_dropped  # once: it may be dropped at any moment
        if is_dropped:
            self._left(group)
        return not is_dropped

    def run(
        self, connection: Connection, groups: Sequence[Group], is_over: Callable[[], bool]
    ) -> Sequence[Group]:
        """Decide the first of them, and again those that have lost a race."""
        self._forget_claims()
        for arrival in chain.from_iterable(groups):  # an earlier transaction may have failed
            arrival.decided = NOT_COMMITTED
            arrival.request.record_failure = None
        number = self._decide_all(connection, groups, is_over)
        arrivals = list(chain.from_iterable(groups[:number]))
        self._claim(connection, [a.decided for a in arrivals if isinstance(a.decided, Decision)])
        _write_records(connection, arrivals)
        return groups[number:]

    def _claim(self, connection: Connection, decisions: Sequence[Decision]) -> None:
        """Claim the pages that they led to, and tell the other nodes of those that are left."""
        # Those of one service are in the order in which they were decided.
        decided = {decision.after.service_id: decision.after for decision in decisions}
        channels = {effect.channel for decision in decisions for effect in decision.effects}
        left = channels - {"timer"}  # the timers are set
        for channel in sorted(channels & self.relays.keys()):
            relays = self.relays[channel]
            claimed = relays.claim_in(connection, decided)
            # One by one: if the next fails, this is forgotten all the same.
            self._claims.append((relays, claimed))
            if not claimed.may_be_left:
                left.remove(channel)
        dialect_of(connection).notify(connection, left)

    def _decide_all(
        self, connection: Connection, groups: Sequence[Group], is_over: Callable[[], bool]
    ) -> int:
        """Decide the first of them, and say how many."""
        number = len(groups)
        done = list(chain.from_iterable(groups))
        for attempt in range(ATTEMPTS):
            unit = UnitOfWork(connection, _services_of(done), self._known, self._now)
            if attempt == 0:
                number = self._begin(unit, groups, is_over)
                done = list(chain.from_iterable(groups[:number]))
            else:
                for arrival in done:
                    _decide(unit, arrival)
            lost = unit.write()
            _mark_done(connection, done, lost)
            done = [arrival for arrival in done if arrival.message.service_id in lost]
            if not done:
                return number
        for arrival in done:
            arrival.decided = NotTaken(TooMuchContention(arrival.message.service_id, ATTEMPTS))
        return number

    def _begin(self, unit: UnitOfWork, groups: Sequence[Group], is_over: Callable[[], bool]) -> int:
        """Decide the first of them, and say how many."""
        for number, group in enumerate(groups, start=1):
            with self._lock:
                for arrival in group:
                    arrival.is_begun = not arrival.is_dropped
            for arrival in group:
                _decide(unit, arrival)
            if is_over():
                return number
        return len(groups)

    def committed(self, groups: Sequence[Group]) -> None:
        """Count them, wake the workers, and answer."""
        claims, self._claims = self._claims, []
        for relays, claimed in claims:
            relays.take(claimed)
        arrivals = list(chain.from_iterable(groups))
        begun = [arrival for arrival in arrivals if arrival.is_begun]
        now = time.monotonic()
        effects: list[Effect] = []
        for arrival in begun:
            decided = arrival.decided
            arrival.answer = arrival.request.record_failure or decided
            if not isinstance(decided, NotTaken):
                self._count(arrival.message, decided, now - arrival.arrived_at)
            if isinstance(decided, Decision):
                effects += decided.effects
        # Relays that claim with the decision wake their own workers, where these are needed.
        self._wakeups.wake_for(effect for effect in effects if effect.channel not in self.relays)
        self._left(arrivals)
        answer(begun)

    def _count(self, message: Message | Later, answer: Answer, waited: float) -> None:
        received = answer.message if isinstance(answer, Decision) else message
        if not isinstance(received, Later):
            self._metrics.committed(received, answer)
        if not isinstance(received, TimerMessage):
            self._metrics.waited(waited)

    def failed(self, groups: Sequence[Group], error: Exception) -> None:
        """Tell those who wait."""
        self._forget_claims()
        arrivals = list(chain.from_iterable(groups))
        self._left(arrivals)
        for arrival in arrivals:
            arrival.answer = NotTaken(error)
        answer([arrival for arrival in arrivals if not arrival.is_dropped])

    def _forget_claims(self) -> None:
        """Those of a transaction that has failed."""
        claims, self._claims = self._claims, []
        for relays, claimed in claims:
            relays.forget(claimed)

    def _left(self, arrivals: Iterable[Arrival]) -> None:
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


def _services_of(arrivals: Iterable[Arrival]) -> set[str]:
    """The services that are needed to decide them."""
    names = set()
    for arrival in arrivals:
        message = arrival.message
        names.add(message.service_id)
        if isinstance(message, Later) and message.other is not None:
            names.add(message.other)
    return names


def _write_records(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Write the records of the requests that these are the messages of."""
    # In the order in which they were decided, where they write the same rows.
    requests = dict.fromkeys(arrival.request for arrival in arrivals if arrival.is_begun)
    recorded = [(request.record, request) for request in requests if request.record is not None]
    for record, request in sorted(recorded, key=lambda pair: pair[0].key):
        savepoint = connection.begin_nested()
        try:
            record.write(connection, [arrival.decided for arrival in request.arrivals])
        except Exception as error:  # noqa: BLE001 - it spoils no other request
            savepoint.rollback()  # this fails where the transaction is lost: so do all of them
            request.record_failure = NotTaken(error)
        else:
            savepoint.commit()


def _decide(unit: UnitOfWork, arrival: Arrival) -> None:
    if arrival.is_begun:
        arrival.decided = _answer(unit, arrival)


def _answer(unit: UnitOfWork, arrival: Arrival) -> Answer | NotTaken:
    try:
        services = unit.services(arrival.author)
        asked = arrival.message
        message = asked.choose(services, unit) if isinstance(asked, Later) else asked
        if message is None:
            return NothingToDo()
        decision = PagerService(unit, services, maintenance=unit).receive(message)
        never_seen = not decision.changed and unit.load(message.service_id).version == 0
        if never_seen and unit.own_policy(message.service_id) is None:
            return UnknownService(message.service_id)
    except NoEscalationPolicy as refusal:
        return refusal
    except Exception as error:  # noqa: BLE001 - it spoils no other message
        return NotTaken(error)
    return decision
