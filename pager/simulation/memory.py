"""The ports of `pager.ports`, in memory: same names, same promises, and faults on request.

They may be shared between threads. What a real adapter keeps on disk they keep in the object,
so a test "restarts" by giving the same objects to a new PagerService and a new OutboxRelay.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pager.decide import Decision, timeout_after_edit
from pager.delivery import outcome_of, replaces
from pager.durations import in_words
from pager.errors import ConcurrentUpdate, DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.lease import Lease
from pager.messages import (
    AcknowledgementTimeout,
    Channel,
    Effect,
    Notification,
    TimerMessage,
)
from pager.model import FALLBACK, EscalationPolicy, Healthy, MonitoredService, Target
from pager.ports import (
    GIVEN_UP,
    Claim,
    DeliveryReport,
    Gateways,
    Mail,
    Outcome,
    Sms,
    Stored,
)
from pager.simulation.clock import Clock
from pager.simulation.timeline import Timeline
from pager.words import (
    decision_in_words,
    effect_in_words,
    effects_in_words,
    message_in_words,
)

LEASE = Lease(timedelta(minutes=1))


class Crash(BaseException):
    """The process dies here. Not an Exception, so that nothing but the test catches it."""


class InMemoryEscalationPolicies:
    """EscalationPolicies, edited with `put` and `remove`."""

    def __init__(
        self,
        services: "InMemoryMonitoredServices | None" = None,
        timer: "InMemoryTimer | None" = None,
    ) -> None:
        """Start without a policy. An edit lets `timer` give what `timeout_after_edit` says."""
        self._policies: dict[str, EscalationPolicy] = {}
        self._services = services
        self._timer = timer

    def of(self, service_id: str) -> EscalationPolicy | None:
        """The policy as it was last put, or the fallback, or None."""
        return self._policies.get(service_id) or self._policies.get(FALLBACK)

    def put(self, policy: EscalationPolicy) -> None:
        """Give the policy's service this policy, instead of the one that it had."""
        self._policies[policy.service_id] = policy
        self._go_on_if_exhausted(policy.service_id)

    def remove(self, service_id: str) -> None:
        """Leave the service without a policy."""
        self._policies.pop(service_id, None)
        self._go_on_if_exhausted(service_id)

    def _go_on_if_exhausted(self, service_id: str) -> None:
        if self._services is None or self._timer is None:
            return
        for service in self._services.all:
            is_edited = service.service_id == service_id or (
                service_id == FALLBACK and service.service_id not in self._policies
            )
            if is_edited and (timeout := timeout_after_edit(service)) is not None:
                self._timer.give_at_once(timeout)


@dataclass
class _Entry:
    effect: Effect
    position: int
    due: timedelta
    attempt: int = 0
    leased_until: timedelta | None = None
    outcome: Outcome | None = None
    reports: dict[str, DeliveryReport] = field(default_factory=dict)
    """The last delivery report of each copy, by its receipt."""

    @property
    def is_given_up(self) -> bool:
        """Whether the page reaches nobody: it is refused, or its last copy was not delivered."""
        status = self.outcome.status if self.outcome else None
        return status in GIVEN_UP or (status == "failed" and self.undelivered > 0)

    @property
    def undelivered(self) -> int:
        """How many copies were not delivered."""
        return sum(report.status == "undelivered" for report in self.reports.values())

    @property
    def turn(self) -> tuple[int, int, timedelta]:
        """The smaller, the sooner it is claimed."""
        return (self.attempt, self.position if self.attempt == 0 else 0, self.due)


class InMemoryOutbox:
    """Outbox: what InMemoryMonitoredServices saved and no relay has carried out yet."""

    def __init__(
        self, clock: Clock, timeline: Timeline | None = None, timer: "InMemoryTimer | None" = None
    ) -> None:
        """Leases and retries go by `clock`; `timer` is told which steps are unreachable."""
        self._clock = clock
        self._timeline = timeline or Timeline(clock)
        self._timer = timer or InMemoryTimer(clock, self._timeline)
        self._entries: list[_Entry] = []
        # The open ones by themselves: a search for due effects does not pass all settled ones.
        self._open: dict[int, _Entry] = {}
        self._lock = threading.Lock()

    def claim(self, channel: Channel, at_most: int) -> Sequence[Claim]:
        """Take due effects, for a lease of one minute."""
        with self._lock:
            due = [
                (*entry.turn, id_)
                for id_, entry in self._open.items()
                if entry.effect.channel == channel
                and entry.due <= self._clock.now
                and (entry.leased_until is None or entry.leased_until <= self._clock.now)
            ]
            return [self._lease(id_) for *_, id_ in sorted(due)[:at_most]]

    def holds(self, claim: Claim) -> bool:
        """Whether the claim is still the last one, and its lease allows a send."""
        with self._lock:
            entry = self._entries[claim.id]
            return (
                entry.attempt == claim.attempt
                and entry.leased_until is not None
                and LEASE.allows_send(entry.leased_until - self._clock.now)
            )

    def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome; one that is to be tried again is due after `retry_after`."""
        with self._lock:
            entry = self._entries[claim.id]
            is_late = entry.attempt != claim.attempt or claim.id not in self._open
            if is_late and outcome.status != "sent":
                return
            early = entry.reports.get(outcome.detail) if outcome.status == "sent" else None
            if early is not None and early.status == "undelivered":
                outcome = outcome_of(early, entry.undelivered)
            self._settle(claim.id, outcome)

    def page(self, key: str) -> Notification | None:
        """The page with that idempotency key."""
        found = self._find(key)
        effect = self._entries[found].effect if found is not None else None
        return effect if isinstance(effect, Notification) else None

    def record(self, key: str, report: DeliveryReport, *, is_wanted: bool) -> None:
        """Record the delivery report, and what follows from it."""
        with self._lock:
            id_ = self._find(key)
            if id_ is None:
                return
            entry = self._entries[id_]
            known = entry.reports.get(report.receipt)
            is_known = report.status == "accepted" and id_ not in self._open
            if is_known or not replaces(report.status, known.status if known else None):
                return
            entry.reports[report.receipt] = report
            self._timeline.add(report.status, _ending(entry.effect, Outcome("sent", report.detail)))
            if report.status == "undelivered":
                if is_wanted and entry.outcome == Outcome("sent", report.receipt):
                    self._settle(id_, outcome_of(report, entry.undelivered))
            elif id_ in self._open or (entry.is_given_up and report.status == "delivered"):
                self._settle(id_, Outcome("sent", report.receipt))

    def _find(self, key: str) -> int | None:
        keys = (entry.effect.idempotency_key for entry in self._entries)
        return next((id_ for id_, other in enumerate(keys) if other == key), None)

    def _settle(self, id_: int, outcome: Outcome) -> None:
        entry = self._entries[id_]
        entry.outcome = outcome
        entry.leased_until = None
        if outcome.retry_after is None:
            self._open.pop(id_, None)
        else:
            self._open[id_] = entry
            entry.due = self._clock.now + outcome.retry_after
        if outcome.status != "sent":  # the ports note what was sent or set
            self._timeline.add(outcome.status, _ending(entry.effect, outcome))
        page = entry.effect
        if entry.is_given_up and isinstance(page, Notification) and self._is_unreachable(page):
            self._timer.give_at_once(page.unreachable)

    def release(self, claim: Claim) -> None:
        """Make the effect due again now, if the claim is still the last one."""
        with self._lock:
            entry = self._entries[claim.id]
            if entry.attempt == claim.attempt and entry.leased_until is not None:
                entry.leased_until = None
                entry.attempt -= 1

    def recover(self) -> None:
        """Make all claimed effects due at once: every relay that claimed them has died."""
        with self._lock:
            for entry in self._entries:
                entry.leased_until = None

    @property
    def outcomes(self) -> list[tuple[Effect, Outcome | None]]:
        """Every effect that was saved, with the outcome of its last attempt."""
        with self._lock:
            return [(entry.effect, entry.outcome) for entry in self._entries]

    @property
    def next_due(self) -> timedelta | None:
        """When the next effect that nobody holds is due, if there is one."""
        with self._lock:
            return min(
                (max(entry.due, entry.leased_until or entry.due) for entry in self._open.values()),
                default=None,
            )

    def _add(self, effects: Sequence[Effect]) -> None:
        with self._lock:
            for position, effect in enumerate(effects):
                entry = _Entry(effect, position, self._clock.now)
                self._open[len(self._entries)] = entry
                self._entries.append(entry)

    def _is_unreachable(self, page: Notification) -> bool:
        """Whether every page of the same step is given up."""
        return all(
            entry.is_given_up
            for entry in self._entries
            if isinstance(entry.effect, Notification)
            and entry.effect.unreachable == page.unreachable
        )

    def _lease(self, id_: int) -> Claim:
        entry = self._entries[id_]
        entry.attempt += 1
        entry.leased_until = self._clock.now + LEASE.duration
        return Claim(id_, entry.effect, entry.attempt, self._clock.moment)


class InMemoryMonitoredServices:
    """MonitoredServices, whose saves put their effects into an InMemoryOutbox."""

    def __init__(self, outbox: InMemoryOutbox, timeline: Timeline | None = None) -> None:
        """Start with every service Healthy, never seen."""
        self._outbox = outbox
        self._timeline = timeline or Timeline(Clock())
        self._stored: dict[str, Stored] = {}
        self._lock = threading.Lock()
        self._after_next_load: Callable[[], object] | None = None
        self._crash_at_next_save: Literal["before", "after"] | None = None
        self.decisions: list[Decision] = []
        """Every decision that was saved, in order."""

    def load(self, service_id: str) -> Stored:
        """State and version as one snapshot."""
        with self._lock:
            stored = self._stored.get(service_id, Stored(Healthy(service_id=service_id), 0))
        if (meanwhile := self._after_next_load) is not None:
            self._after_next_load = None
            meanwhile()
        return stored

    def save(self, decision: Decision, version: int) -> None:
        """Compare the version and set the state, with its effects, under one lock."""
        service_id = decision.after.service_id
        with self._lock:
            stored_version = self._stored[service_id].version if service_id in self._stored else 0
            self._timeline.add("decided", decision_in_words(decision))
            if stored_version != version:
                self._timeline.add("outrun", "somebody was faster: that is not saved")
                raise ConcurrentUpdate(service_id, version)
            crash, self._crash_at_next_save = self._crash_at_next_save, None
            if crash == "before":
                raise Crash
            self._stored[service_id] = Stored(decision.after, version + 1)
            self._outbox._add(decision.effects)  # noqa: SLF001 - the two are one store
            self.decisions.append(decision)
            effects = effects_in_words(decision.effects)
            self._timeline.add("saved", f"that, and to carry out: {effects}")
        if crash == "after":
            raise Crash

    @property
    def all(self) -> list[MonitoredService]:
        """Every service that was ever saved."""
        with self._lock:
            return [stored.service for stored in self._stored.values()]

    def after_next_load(self, meanwhile: Callable[[], object]) -> None:
        """Let `meanwhile` happen once, between the next load and its save: a race, forced."""
        self._after_next_load = meanwhile

    def crash_at_next_save(self, when: Literal["before", "after"]) -> None:
        """Let the process die right before, or right after, the next save that is not refused."""
        self._crash_at_next_save = when


@dataclass
class InMemoryGateway:
    """A port for any kind of Target: it accepts every page, unless a fault is asked for."""

    accepted: list[Notification] = field(default_factory=list)
    """Every page that was accepted, in order."""
    down: bool = False
    """Fail every page until this is False again."""
    loses_answers: bool = False
    """Accept every page, and never say so."""
    refused: set[str] = field(default_factory=set)
    """Keys of Targets that are refused for good."""
    crash_after_next_send: bool = False
    """Let the process die once, right after the next page was accepted."""
    timeline: Timeline = field(default_factory=lambda: Timeline(Clock()))
    """Where accepted pages are noted."""

    def send(self, target: Target, notification: Notification, attempt: int = 1) -> str:  # noqa: ARG002 - it never waits
        """Accept the page, and return its receipt."""
        if self.down:
            raise DeliveryFailed("the gateway is down")
        if target.key in self.refused:
            raise DeliveryRefused(f"there is no {target.key}")
        self.accepted.append(notification)
        receipt = self._receipt(notification)
        self.timeline.add("sent", effect_in_words(notification))
        if self.crash_after_next_send:
            self.crash_after_next_send = False
            raise Crash
        if self.loses_answers:
            raise DeliveryUnknown("no answer")
        return receipt

    def _receipt(self, notification: Notification) -> str:
        """The idempotency key, as a Message-ID: every copy has the same."""
        return notification.idempotency_key


class InMemoryMail(InMemoryGateway):
    """Mail that stays here."""


@dataclass
class InMemorySms(InMemoryGateway):
    """SMS that stay here."""

    last_copies: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The last page that was accepted for each number: its idempotency key, and its receipt."""
    _copies: Counter[str] = field(default_factory=Counter)

    def _receipt(self, notification: Notification) -> str:
        """As at Twilio: each copy has another one."""
        key = notification.idempotency_key
        self._copies[key] += 1
        receipt = key if self._copies[key] == 1 else f"{key} (copy {self._copies[key]})"
        self.last_copies[notification.target.key] = (key, receipt)
        return receipt


def in_memory_gateways(mail: Mail | None = None, sms: Sms | None = None) -> Gateways:
    """These gateways, with an in-memory one in the place of each that is None."""
    return Gateways(mail=mail or InMemoryMail(), sms=sms or InMemorySms())


class InMemoryTimer:
    """Timer, whose timeouts are `due` once the clock has been moved."""

    def __init__(self, clock: Clock, timeline: Timeline | None = None) -> None:
        """Delays go by `clock`."""
        self._clock = clock
        self._timeline = timeline or Timeline(clock)
        self._running: dict[_Step, tuple[timedelta, TimerMessage]] = {}
        self._lock = threading.Lock()
        self.delays: list[tuple[AcknowledgementTimeout, timedelta]] = []
        """Every delay that was set, in order."""

    def set(self, timeout: AcknowledgementTimeout, delay: timedelta) -> None:
        """Keep `timeout` until `delay` is over; a second time changes nothing."""
        with self._lock:
            self.delays.append((timeout, delay))
            self._timeline.add("set", f"{message_in_words(timeout)}, due in {in_words(delay)}")
            self._running.setdefault(_step_of(timeout), (self._clock.now + delay, timeout))

    def give_at_once(self, message: TimerMessage) -> None:
        """Give `message` to the Pager now, in the place of the timeout of the same step."""
        with self._lock:
            self._running[_step_of(message)] = (self._clock.now, message)

    @property
    def running(self) -> list[TimerMessage]:
        """The messages that the Pager has not received yet, due or not."""
        with self._lock:
            return [message for _, message in self._running.values()]

    @property
    def next_due(self) -> timedelta | None:
        """When the next message is due, if there is one."""
        with self._lock:
            return min((at for at, _ in self._running.values()), default=None)

    def due(self) -> list[TimerMessage]:
        """The messages that are due by now, the longest due first."""
        with self._lock:
            due = [running for running in self._running.values() if running[0] <= self._clock.now]
        return [message for _, message in sorted(due, key=lambda running: running[0])]

    def done(self, message: TimerMessage) -> None:
        """Say that the Pager has received `message`: until then it stays due."""
        with self._lock:
            del self._running[_step_of(message)]


_Step = tuple[str, int, int]


def _step_of(message: TimerMessage) -> _Step:
    return message.service_id, message.incident, message.level


def _ending(effect: Effect, outcome: Outcome) -> str:
    """What was not sent, why, and when it is tried again."""
    parts = [effect_in_words(effect)]
    if outcome.detail:
        parts.append(outcome.detail)
    if outcome.retry_after is not None:
        parts.append(f"again in {in_words(outcome.retry_after)}")
    return "; ".join(parts)
