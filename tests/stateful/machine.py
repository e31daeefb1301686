"""What ought to become of Monitored Services, and a Pager that is watched while it sees to it.

A `Life` is a model of one service that knows the brief, and nothing of versions, outboxes,
claims and leases. `WatchedPager` tells it what was saved, and asks it about all that the relay
hands over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple

from pager import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    Decision,
    DeliveryRefused,
    DeliveryUnknown,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Message,
    Notification,
    OutboxRelay,
    Target,
)
from pager.ports import Gateways
from pager.testing import Clock, Crash, InMemoryGateway, InMemoryPager, InMemoryTimer, Timeline

# --- What ought to happen ------------------------------------------------------------------


class Errand(NamedTuple):
    """What is to be done once: notify a Target, or set the timer, for one step."""

    service_id: str
    incident: int
    level: int
    at: str
    """The Target's key, or TIMER."""


TIMER = "the timer"


def errand(page: Notification) -> Errand:
    return Errand(page.service_id, page.incident, page.level, page.target.key)


@dataclass
class Owed:
    """How an errand goes: it is done at least once, and once more only for a reason."""

    content: str | timedelta
    """The Alert's message, for a Target; the delay, for the timer."""
    answers: int = 0
    """How often its port took it, or refused it for good."""
    windows: int = 0
    """How often Pager could not know that: the documented windows for doing it once more."""
    known: bool = False
    """Pager knows, so that it need not be done again."""

    def answered(self, *, known: bool) -> None:
        """Its port took it, or refused it for good; does Pager know?"""
        self.answers += 1
        self.windows += not known
        self.known |= known


@dataclass
class Life:
    """What the brief makes of one Monitored Service."""

    service_id: str
    policy: tuple[Level, ...]
    """Its Levels; none, where it has no policy."""
    stage: Literal["healthy", "escalating", "acknowledged", "exhausted"] = "healthy"
    incident: int = 0
    level: int = 0
    message: str = ""
    by: str | None = None
    changes: int = 0
    owed: dict[Errand, Owed] = field(default_factory=dict)

    def waits(self, incident: int) -> bool:
        """Whether anybody has yet to answer `incident`."""
        return self.incident == incident and self.stage in {"escalating", "exhausted"}

    def heeds(self, message: Message) -> bool:
        """Whether `message` is not one of those that the brief answers with "doesn't"."""
        match message:
            case Alert():
                return self.stage == "healthy"
            case AcknowledgementTimeout():
                step = (message.incident, message.level)
                return self.stage == "escalating" and step == (self.incident, self.level)
            case Acknowledgement():
                return self.waits(message.incident)
            case HealthyEvent():
                return self.stage != "healthy" and message.incident in {None, self.incident}

    def hear(self, message: Message) -> None:
        """Become what `message` makes of it."""
        if not self.heeds(message) or (isinstance(message, Alert) and not self.policy):
            return
        self.changes += 1
        match message:
            case Alert():
                self.stage, self.message = "escalating", message.message
                self.incident += 1
                self.level = 0
                self._escalate()
            case AcknowledgementTimeout():
                self._escalate()
            case Acknowledgement():
                self.stage, self.by = "acknowledged", message.by
            case HealthyEvent():
                self.stage = "healthy"

    def _escalate(self) -> None:
        if self.level >= len(self.policy):
            self.stage = "exhausted"
            return
        reached = self.policy[self.level]
        self.level += 1
        self._owe(TIMER, reached.acknowledgement_delay)
        for target in reached.targets:
            self._owe(target.key, self.message)

    def _owe(self, at: str, content: str | timedelta) -> None:
        self.owed[Errand(self.service_id, self.incident, self.level, at)] = Owed(content)


# --- What happens --------------------------------------------------------------------------


class HandedOver(NamedTuple):
    """An errand at the moment in which the relay hands it to its port."""

    errand: Errand
    owed: bool
    """The brief asks for it, in these words."""
    waited_for: bool
    """Nobody had answered the incident."""


Watch = Callable[[Errand, str | timedelta], Owed]


@dataclass
class WatchedGateway(InMemoryGateway):
    """Mail and SMS: what is handed over is seen, and how that ended."""

    watch: Watch = field(kw_only=True)
    meanwhile: Callable[[Notification], object] | None = None
    """What happens while the next page is sent."""

    def send(self, target: Target, notification: Notification) -> str:
        """Send it, as InMemoryGateway does."""
        owed = self.watch(errand(notification), notification.message)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile(notification)
        try:
            receipt = super().send(target, notification)
        except DeliveryRefused:
            owed.answered(known=True)
            raise
        except (DeliveryUnknown, Crash):  # it was accepted
            owed.answered(known=False)
            raise
        owed.answered(known=True)
        return receipt


class WatchedTimer(InMemoryTimer):
    """A timer that is seen, and can fail as the gateways do."""

    def __init__(self, clock: Clock, timeline: Timeline, watch: Watch) -> None:
        """As InMemoryTimer."""
        super().__init__(clock, timeline)
        self.watch = watch
        self.down = False
        self.crash_after_next_set = False
        self.running: set[AcknowledgementTimeout] = set()
        """What is to come."""

    def set(self, timeout: AcknowledgementTimeout, delay: timedelta) -> None:
        """Set it, unless the timer is down."""
        step = (timeout.service_id, timeout.incident, timeout.level)
        owed = self.watch(Errand(*step, TIMER), delay)
        if self.down:
            raise ConnectionError
        super().set(timeout, delay)
        self.running.add(timeout)
        crash, self.crash_after_next_set = self.crash_after_next_set, False
        owed.answered(known=not crash)
        if crash:
            raise Crash

    def done(self, timeout: AcknowledgementTimeout) -> None:
        """It has come."""
        super().done(timeout)
        self.running.discard(timeout)


class WatchedPager(InMemoryPager):
    """A whole Pager in memory, of which each Life hears what was saved, when it was saved."""

    def __init__(self, *lives: Life) -> None:
        """Every service is Healthy, under its Life's policy."""
        super().__init__()
        self.lives = {life.service_id: life for life in lives}
        for life in lives:
            self.edit(life.service_id, *life.policy)
        self.handed_over: list[HandedOver] = []
        mail, sms = (
            WatchedGateway(timeline=self.timeline, watch=self._hand_over) for _ in range(2)
        )
        self.watched = {"email": mail, "sms": sms}
        self.gateways = Gateways(mail=mail, sms=sms)
        self.timer = self.watched_timer = WatchedTimer(self.clock, self.timeline, self._hand_over)
        self._crash: Literal["before", "after"] | None = None
        self.start_relay()

    def start_relay(self) -> None:
        """Another relay takes over."""
        self.relay = OutboxRelay(self.outbox, self.services, self.gateways, self.timer)

    def edit(self, service_id: str, *levels: Level) -> None:
        """Give the service these Levels; none is to remove its policy."""
        self.lives[service_id].policy = levels
        if levels:
            self.policies.put(EscalationPolicy(service_id=service_id, levels=levels))
        else:
            self.policies.remove(service_id)

    def crash_at_next_save(self, when: Literal["before", "after"]) -> None:
        """Let the process die there."""
        self._crash = when
        self.services.crash_at_next_save(when)

    def commit(self, message: Message) -> Decision:
        """Commit it; who heeds it as it is loaded hears it when it is saved."""
        life = self.lives[message.service_id]
        heeded = life.heeds(message)
        try:
            decision = super().commit(message)
        except Crash:
            crash, self._crash = self._crash, None
            if crash == "after":
                life.hear(message)
            raise
        if heeded:
            life.hear(message)
        return decision

    def _hand_over(self, errand: Errand, content: str | timedelta) -> Owed:
        life = self.lives[errand.service_id]
        owed = life.owed.get(errand, Owed(content))
        self.handed_over.append(
            HandedOver(
                errand,
                owed=errand in life.owed and owed.content == content,
                waited_for=life.waits(errand.incident),
            )
        )
        return owed
