"""What the brief makes of a Monitored Service, and which effects it asks for.

`ExpectedService` knows nothing of versions, outboxes, claims and leases.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple

from pager import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    HealthyEvent,
    Level,
    Message,
    Notification,
    Unreachable,
)


class EffectKey(NamedTuple):
    """An effect of one step: to notify a Target, or to set the timer."""

    service_id: str
    incident: int
    level: int
    receiver: str
    """The Target's key, or TIMER."""


TIMER = "the timer"


def effect_key(page: Notification) -> EffectKey:
    return EffectKey(page.service_id, page.incident, page.level, page.target.key)


@dataclass
class ExpectedEffect:
    """An effect that the brief asks for: done at least once, and again only for a known reason."""

    content: str | timedelta
    """The Alert's message, for a Target; the delay, for the timer."""
    times_done: int = 0
    """How often its port took it, or refused it for good."""
    permitted_repeats: int = 0
    """How often Pager could not know that, so that it may do it once more."""
    known: bool = False
    """Pager knows that it is done, so it need not be done again."""

    def record(self, *, known: bool) -> None:
        """Its port took it, or refused it for good. `known`: Pager learnt so."""
        self.times_done += 1
        self.permitted_repeats += not known
        self.known |= known


@dataclass
class ExpectedService:
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
    effects: dict[EffectKey, ExpectedEffect] = field(default_factory=dict)

    def is_unanswered(self, incident: int) -> bool:
        """Whether anybody has yet to answer `incident`."""
        return self.incident == incident and self.stage in {"escalating", "exhausted"}

    def acts_on(self, message: Message) -> bool:
        """Whether `message` is not one of those that the brief answers with "doesn't"."""
        match message:
            case Alert():
                return self.stage == "healthy"
            case AcknowledgementTimeout() | Unreachable():
                step = (message.incident, message.level)
                return self.stage == "escalating" and step == (self.incident, self.level)
            case Acknowledgement():
                return self.is_unanswered(message.incident)
            case HealthyEvent():
                return self.stage != "healthy" and message.incident in {None, self.incident}

    def apply(self, message: Message) -> None:
        """Change as `message` demands."""
        if not self.acts_on(message) or (isinstance(message, Alert) and not self.policy):
            return
        self.changes += 1
        match message:
            case Alert():
                self.stage, self.message = "escalating", message.message
                self.incident += 1
                self.level = 0
                self._escalate()
            case AcknowledgementTimeout() | Unreachable():
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
        self._expect(TIMER, reached.acknowledgement_delay)
        for target in reached.targets:
            self._expect(target.key, self.message)

    def _expect(self, receiver: str, content: str | timedelta) -> None:
        self.effects[EffectKey(self.service_id, self.incident, self.level, receiver)] = (
            ExpectedEffect(content)
        )
