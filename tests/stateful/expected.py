"""What the brief makes of a Monitored Service, and which effects it asks for.

`ExpectedService` knows nothing of versions, outboxes, claims and leases.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple

from pager import (
    Acknowledgement,
    AcknowledgementExpired,
    AcknowledgementTimeout,
    Alert,
    Escalate,
    HealthyEvent,
    Level,
    Message,
    Notification,
    PageAgain,
    Resolve,
    Unreachable,
)


class EffectKey(NamedTuple):
    """An effect of one step: to notify a Target, or to set the timer."""

    service_id: str
    incident: int
    level: int
    receiver: str
    """The Target's key, or TIMER, or EXPIRY."""


TIMER = "the timer"
EXPIRY = "the timer, for the end of an Acknowledgement"


def effect_key(page: Notification) -> EffectKey:
    return EffectKey(page.service_id, page.incident, page.level, page.target.key)


@dataclass
class ExpectedEffect:
    """An effect that the brief asks for: done at least once, and again only for a known reason."""

    content: str | timedelta
    """What the Alerts said, for a Target; the delay, for the timer."""
    times_done: int = 0
    """How often its port took it, or refused it for good."""
    permitted_repeats: int = 0
    """How often Pager could not know that, so that it may do it once more."""
    known: bool = False
    """Pager knows that it is done, so it need not be done again."""
    may_be_withdrawn: bool = False
    """The incident was acknowledged before it was done. If that is taken back, others are told."""

    def record(self, *, known: bool) -> None:
        """Its port took it, or refused it for good. `known`: Pager learnt so."""
        self.times_done += 1
        self.permitted_repeats += not known
        self.known |= known


class ExpectedPolicy(NamedTuple):
    """An Escalation Policy."""

    levels: tuple[Level, ...] = ()
    """None, where there is no policy."""
    repeat: int = 0
    """How many times it begins again."""
    expiry: timedelta | None = None
    """How long an Acknowledgement is good for; None, where it does not expire."""


NO_POLICY = ExpectedPolicy()


@dataclass
class ExpectedService:
    """What the brief makes of one Monitored Service."""

    service_id: str
    policy: ExpectedPolicy
    stage: Literal["healthy", "escalating", "acknowledged", "exhausted"] = "healthy"
    incident: int = 0
    level: int = 0
    message: str = ""
    later: tuple[str, ...] = ()
    """What later Alerts said: there are too few texts here for any to be left out."""
    by: str | None = None
    troubles: frozenset[str | None] = frozenset()
    """The dedup keys of those that are open: too few here for any not to be told apart."""
    notified: Counter[str] = field(default_factory=Counter)
    """How often each Target was notified in this incident, since the policy last began."""
    begun_again: int = 0
    """How many times the policy has, in this incident."""
    changes: int = 0
    effects: dict[EffectKey, ExpectedEffect] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[str, ...]:
        """What the Alerts of the incident said, each text once."""
        return (self.message, *self.later)

    def is_unanswered(self, incident: int) -> bool:
        """Whether anybody has yet to answer `incident`."""
        return self.incident == incident and self.stage in {"escalating", "exhausted"}

    def is_acknowledged(self, incident: int, level: int) -> bool:
        """Whether somebody has it in hand, at that step."""
        return self.stage == "acknowledged" and (incident, level) == (self.incident, self.level)

    def acts_on(self, message: Message) -> bool:  # noqa: PLR0911 - one for each message
        """Whether `message` is not one of those that the brief answers with "doesn't"."""
        match message:
            case Alert():
                is_new = message.message not in self.texts or message.dedup_key not in self.troubles
                return self.stage == "healthy" or is_new
            case AcknowledgementTimeout() | Unreachable():
                step = (message.incident, message.level)
                goes_on = self.stage == "exhausted" and self.next_level() is not None
                return (self.stage == "escalating" or goes_on) and step == (
                    self.incident,
                    self.level,
                )
            case AcknowledgementExpired():
                has_it = self.is_acknowledged(message.incident, message.level)
                return has_it and self.policy.expiry is not None
            case Acknowledgement():
                return self.is_unanswered(message.incident)
            case Resolve():
                return message.dedup_key in self.troubles
            case HealthyEvent():
                return self.stage != "healthy" and message.incident in {None, self.incident}
            case Escalate() | PageAgain():
                is_seen = message.acknowledged == (self.stage == "acknowledged")
                step = (message.incident, message.level)
                is_current = self.stage != "healthy" and step == (self.incident, self.level)
                can_page = bool(self.policy.levels)
                if isinstance(message, Escalate):
                    can_page = self.stage == "escalating" or self.next_level() is not None
                return is_seen and is_current and can_page

    def apply(self, message: Message) -> None:  # noqa: PLR0912 - one for each message
        """Change as `message` demands."""
        can_page = bool(self.policy.levels) or self.stage != "healthy"
        if not self.acts_on(message) or (isinstance(message, Alert) and not can_page):
            return
        self.changes += 1
        match message:
            case Alert() if self.stage != "healthy":
                if message.message not in self.texts:
                    self.later = (*self.later, message.message)
                self.troubles |= {message.dedup_key}
            case Alert():
                self.troubles = frozenset({message.dedup_key})
                self.message, self.later = message.message, ()
                self.incident += 1
                self.level = self.begun_again = 0
                self.notified.clear()
                self._escalate()
            case AcknowledgementTimeout() | Unreachable():
                self._escalate()
            case Acknowledgement():
                self.stage, self.by = "acknowledged", message.by
                for effect in self.effects.values():
                    effect.may_be_withdrawn = True
                if self.policy.expiry is not None:
                    self._expect(EXPIRY, self.policy.expiry)
            case HealthyEvent():
                self.stage, self.troubles = "healthy", frozenset()
            case Resolve():
                self.troubles -= {message.dedup_key}
                if not self.troubles:
                    self.stage = "healthy"
            case Escalate():
                self._escalate()
            case PageAgain() | AcknowledgementExpired():
                self._page_again()

    def next_level(self) -> Level | None:
        """The next one; after the last one the first one, if the policy begins again."""
        if self._begins_again():
            return self.policy.levels[0]
        return self._level_left()

    def _begins_again(self) -> bool:
        repeats_left = self.policy.repeat - self.begun_again
        return bool(self.policy.levels) and self._level_left() is None and repeats_left > 0

    def _level_left(self) -> Level | None:
        """The first Level that somebody is named on who was named oftener than notified so far."""
        levels = self.policy.levels
        for place, level in enumerate(levels, start=1):
            named = Counter(target.key for up_to in levels[:place] for target in up_to.targets)
            left = [t for t in level.targets if named[t.key] > self.notified[t.key]]
            if left:
                return Level(targets=tuple(left), acknowledgement_delay=level.acknowledgement_delay)
        return None

    def last_level(self) -> Level | None:
        """The last Level with somebody who was notified as often as named up to there."""
        levels = self.policy.levels
        for place in range(len(levels), 0, -1):
            named = Counter(target.key for level in levels[:place] for target in level.targets)
            level = levels[place - 1]
            told = [t for t in level.targets if self.notified[t.key] >= named[t.key]]
            if told:
                return level.model_copy(update={"targets": tuple(told)})
        return None

    def _page_again(self) -> None:
        """Nobody counts as notified once more."""
        told = self.last_level()
        if told is None:
            self._escalate()
            return
        self.stage = "escalating"
        self.level += 1
        self._expect(TIMER, told.acknowledgement_delay)
        for target in told.targets:
            self._expect(target.key, " / ".join(self.texts))

    def _escalate(self) -> None:
        reached = self.next_level()
        if reached is None:
            self.stage = "exhausted"
            return
        if self._begins_again():
            self.begun_again += 1
            self.notified.clear()
        self.stage = "escalating"
        self.level += 1
        self._expect(TIMER, reached.acknowledgement_delay)
        for target in reached.targets:
            self.notified[target.key] += 1
            self._expect(target.key, " / ".join(self.texts))

    def _expect(self, receiver: str, content: str | timedelta) -> None:
        self.effects[EffectKey(self.service_id, self.incident, self.level, receiver)] = (
            ExpectedEffect(content)
        )
