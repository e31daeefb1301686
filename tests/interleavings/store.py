"""Everything behind the ports as one immutable value: each call makes the next one.

A `Store` keeps the promises of `pager.ports` (`test_store.py` runs the contract over it). As it is
never changed, the explorer can go back to any moment by simply keeping it; as equal ones are one
object, whether two schedules led to the same store is asked by identity, and not field by field.
"""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, NamedTuple, Self

from interleavings.ports import Call, Outrun, SendAnswer
from pager.decide import Decision, timeout_after_edit
from pager.lease import Lease
from pager.messages import (
    AcknowledgementExpired,
    Channel,
    Effect,
    Notification,
    Timed,
    TimerMessage,
)
from pager.model import FALLBACK, EscalationPolicy, Healthy
from pager.ports import GIVEN_UP, Claim, Outcome, Stored

LEASE = Lease(timedelta(minutes=1))
START = datetime(2027, 1, 15, tzinfo=UTC)


class Entry(NamedTuple):
    """One effect in the outbox."""

    effect: Effect
    position: int
    due: timedelta
    attempt: int = 0
    leased_until: timedelta | None = None
    outcome: Outcome | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.outcome is None or self.outcome.retry_after is not None


class Timer(NamedTuple):
    """A message that the timer gives to the Pager once it is due, until it is done."""

    message: TimerMessage
    due: timedelta

    def is_of(self, message: TimerMessage) -> bool:
        """Whether it is the same timer of the same step, which may have an expiry besides."""
        return place_of(self.message) == place_of(message)


def place_of(message: TimerMessage) -> tuple[str, int, int, bool]:
    is_expiry = isinstance(message, AcknowledgementExpired)
    return message.service_id, message.incident, message.level, is_expiry


@dataclass(frozen=True, eq=False)
class Store:
    """Each port's method is a method here; it returns the store after the call, and the answer."""

    policies: tuple[EscalationPolicy, ...] = ()
    services: tuple[Stored, ...] = ()
    outbox: tuple[Entry, ...] = ()
    timers: frozenset[Timer] = frozenset()
    pages: tuple[Notification, ...] = ()
    """What was handed to a gateway. In no order, so that schedules that differ in it meet again."""
    next_send: SendAnswer = "accepted"
    """How the gateways answer the next page; after that they accept again. Only what is "refused"
    stays so."""
    now: timedelta = timedelta(0)

    _all: ClassVar[dict[tuple[object, ...], "Store"]] = {}

    def but(self, **changes: object) -> "Store":
        """This store with `changes`: the one object that stands for all equal ones."""
        changed = replace(self, **changes)  # type: ignore[arg-type]  # callers name fields
        return self._all.setdefault(
            tuple(getattr(changed, field.name) for field in fields(changed)), changed
        )

    @classmethod
    def forget(cls) -> None:
        """Equal stores of before and after this are two objects."""
        cls._all.clear()

    # EscalationPolicies

    def of(self, service_id: str) -> tuple[Self, EscalationPolicy | None]:
        policies = {policy.service_id: policy for policy in self.policies}
        return self, policies.get(service_id) or policies.get(FALLBACK)

    def put(self, policy: EscalationPolicy) -> "tuple[Store, None]":
        others = (other for other in self.policies if other.service_id != policy.service_id)
        return self.but(policies=(*others, policy)).go_on_where_exhausted(policy.service_id), None

    def remove(self, service_id: str) -> "tuple[Store, None]":
        kept = tuple(policy for policy in self.policies if policy.service_id != service_id)
        return self.but(policies=kept).go_on_where_exhausted(service_id), None

    def go_on_where_exhausted(self, edited: str) -> "Store":
        """With the timeouts that an edit of that policy leads to."""
        with_policy = {policy.service_id for policy in self.policies}
        store: Store = self
        for service, _ in self.services:
            name = service.service_id
            if name == edited or (edited == FALLBACK and name not in with_policy):
                timeout = timeout_after_edit(service)
                store = store if timeout is None else store.give_at_once(timeout)[0]
        return store

    # MonitoredServices

    def load(self, service_id: str) -> tuple[Self, Stored]:
        found = (stored for stored in self.services if stored.service.service_id == service_id)
        return self, next(found, Stored(Healthy(service_id=service_id), 0))

    def save(self, decision: Decision, version: int) -> "tuple[Store, Outrun | None]":
        service_id = decision.after.service_id
        _, stored = self.load(service_id)
        if stored.version != version:
            return self, Outrun(service_id, version)
        others = (other for other in self.services if other.service.service_id != service_id)
        return self.but(
            services=(*others, Stored(decision.after, version + 1)),
            outbox=(
                *self.outbox,
                *(
                    Entry(effect, position, self.now)
                    for position, effect in enumerate(decision.effects)
                ),
            ),
        ), None

    # Outbox

    def claim(self, channel: Channel, at_most: int) -> "tuple[Store, tuple[Claim, ...]]":
        due = sorted(
            (entry.attempt, entry.position if entry.attempt == 0 else 0, entry.due, id_)
            for id_, entry in enumerate(self.outbox)
            if entry.effect.channel == channel and entry.is_open and entry.due <= self.now
            if entry.leased_until is None or entry.leased_until <= self.now
        )
        store = self
        claims = []
        for *_, id_ in due[:at_most]:
            entry = self.outbox[id_]
            attempt = entry.attempt + 1
            leased = entry._replace(attempt=attempt, leased_until=self.now + LEASE.duration)
            store = store._with(id_, leased)
            claims.append(Claim(id_, entry.effect, attempt, START + self.now))
        return store, tuple(claims)

    def holds(self, claim: Claim) -> tuple[Self, bool]:
        entry = self.outbox[claim.id]
        return self, (
            entry.attempt == claim.attempt
            and entry.leased_until is not None
            and LEASE.allows_send(entry.leased_until - self.now)
        )

    def settle(self, claim: Claim, outcome: Outcome) -> "tuple[Store, None]":
        entry = self.outbox[claim.id]
        over = entry.attempt != claim.attempt or not entry.is_open
        if over and outcome.status != "sent":
            return self, None
        due = self.now + (outcome.retry_after or timedelta(0))
        settled = self._with(claim.id, entry._replace(due=due, leased_until=None, outcome=outcome))
        if isinstance(entry.effect, Notification) and settled.is_unreachable(entry.effect):
            return settled.give_at_once(entry.effect.unreachable)
        return settled, None

    def is_unreachable(self, page: Notification) -> bool:
        """Whether every page of the same step is given up."""
        return all(
            entry.outcome is not None and entry.outcome.status in GIVEN_UP
            for entry in self.outbox
            if isinstance(entry.effect, Notification)
            and entry.effect.unreachable == page.unreachable
        )

    def release(self, claim: Claim) -> "tuple[Store, None]":
        entry = self.outbox[claim.id]
        if entry.attempt != claim.attempt or entry.leased_until is None:
            return self, None
        given_back = entry._replace(leased_until=None, attempt=entry.attempt - 1)
        return self._with(claim.id, given_back), None

    def _with(self, id_: int, entry: Entry) -> "Store":
        return self.but(outbox=(*self.outbox[:id_], entry, *self.outbox[id_ + 1 :]))

    # Mail and Sms

    def send(self, notification: Notification) -> "tuple[Store, SendAnswer]":
        answer = self.next_send
        if answer == "refused":
            return self, answer
        store = self.but(next_send="accepted")
        if answer == "failed":
            return store, answer
        pages = sorted((*self.pages, notification), key=lambda page: page.idempotency_key)
        return store.but(pages=tuple(pages)), answer

    def go_wrong(self, answer: SendAnswer) -> "tuple[Store, None]":
        """Let a gateway fail at the next page, or lose the answer; or refuse all from now on."""
        return self.but(next_send=answer), None

    # Timer

    def set(self, message: Timed, delay: timedelta) -> "tuple[Store, None]":
        if any(timer.is_of(message) for timer in self.timers):
            return self, None
        return self.but(timers=self.timers | {Timer(message, self.now + delay)}), None

    def due(self) -> tuple[Self, tuple[TimerMessage, ...]]:
        due = [timer for timer in self.timers if timer.due <= self.now]
        return self, tuple(timer.message for timer in sorted(due, key=lambda timer: timer.due))

    def done(self, message: TimerMessage) -> "tuple[Store, None]":
        return self.but(timers=self._timers_without(message)), None

    def give_at_once(self, message: TimerMessage) -> "tuple[Store, None]":
        """Give it to the Pager in the place of the timeout of the same step."""
        given = Timer(message, self.now)
        return self.but(timers=self._timers_without(message) | {given}), None

    def _timers_without(self, message: TimerMessage) -> frozenset[Timer]:
        return frozenset(timer for timer in self.timers if not timer.is_of(message))

    # The clock

    def advance(self, by: timedelta) -> "tuple[Store, None]":
        return self.but(now=self.now + by), None

    # All of them

    def after(self, call: Call) -> "tuple[Store, object]":
        """The store after `call`, and what the caller is answered."""
        answered: tuple[Store, object] = getattr(self, call.method)(*call.arguments)
        return answered
