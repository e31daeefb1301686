"""The timeline of an incident in plain words, for people; `timeline` has the machine's words."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, assert_never

from pager.adapters.store.views.entries import (
    Attempt,
    Decided,
    Entry,
    Note,
    PolicyEdit,
    Reported,
    UnreadableEntry,
)
from pager.adapters.store.views.page_story import Line, attempted, because, is_one_line, reported
from pager.adapters.text import one_line
from pager.decide import next_level_number
from pager.durations import in_words
from pager.messages import (
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementExpired,
    AcknowledgementExpiry,
    AcknowledgementTimeout,
    Alert,
    Escalate,
    HealthyEvent,
    Notification,
    PageAgain,
    Resolve,
    TimerEffect,
    Unreachable,
)
from pager.model import (
    MOST_OPEN_KEYS,
    Exhausted,
    Healthy,
    MonitoredService,
    Unhealthy,
    shortened,
)

LONGEST_KEY_SHOWN = 60
"""Characters of a dedup key."""


class _Step(NamedTuple):
    """The step that waits for an Acknowledgement."""

    delay: AcknowledgementDelay
    at: datetime


def story(entries: Iterable[Entry]) -> list[Line]:
    """What these entries say, in their order: the oldest first.

    Pages that left together are one line. What an entry says may depend on those before it: where
    they are missing, it says less.
    """
    teller = _Teller()
    for entry in entries:
        teller.tell(entry)
    return teller.lines


def headlines(decided: Iterable[Decided]) -> list[Line]:
    """What each of these decisions says, a line each: the oldest first."""
    teller = _Teller()
    return [teller.headline(entry) for entry in decided]


class _Teller:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._step: _Step | None = None
        self._together: list[Attempt] = []
        """Attempts that are one line, which is the last."""

    def tell(self, entry: Entry) -> None:
        """Add what the entry says."""
        if isinstance(entry, Attempt):
            self._tell_attempt(entry)
            return
        self._together = []
        match entry:
            case Decided():
                gaps = [Line(entry.at, gap, tone="alarm") for gap in self._gaps(entry)]
                self.lines += [self.headline(entry), *gaps]
            case PolicyEdit():
                what = "removed" if entry.policy is None else "edited"
                self.lines.append(Line(entry.at, f"{entry.author or 'Somebody'} {what} the policy"))
            case Reported():
                self.lines += reported(entry)
            case Note():
                text = f"{entry.author} noted"
                self.lines.append(Line(entry.at, text, quote=entry.text, tone="note"))
            case UnreadableEntry():
                what = entry.what.replace("-", " ")
                text = f"A {what} that this version of Pager cannot read"
                self.lines.append(Line(entry.at, text, tone="failed"))
            case _:
                assert_never(entry)

    def headline(self, entry: Decided) -> Line:
        """What a decision says, without whom it did not reach."""
        line = self._decided(entry)
        self._remember(entry)
        return line

    def _gaps(self, entry: Decided) -> Sequence[str]:
        """Whom a step did not reach; where no Level was left, who might have been told."""
        exhausts = _is_exhausted(entry.after) and not _is_exhausted(entry.before)
        told = any(isinstance(effect, Notification) for effect in entry.effects)
        if entry.policy is None or not (told or exhausts):
            return ()
        return entry.policy.gaps

    def _remember(self, entry: Decided) -> None:
        for effect in entry.effects:
            if isinstance(effect, AcknowledgementDelay):
                self._step = _Step(effect, entry.at)

    def _decided(self, entry: Decided) -> Line:  # noqa: PLR0911 - one for each message
        match entry.message:
            case Alert():
                return self._waiting(_alert(entry, entry.message), entry)
            case AcknowledgementTimeout():
                return self._timed_out(entry)
            case Unreachable() | Escalate() | PageAgain():
                return Line(entry.at, _step_in_words(entry, entry.message), tone="alarm")
            case AcknowledgementExpired():
                return self._waiting(_expired(entry), entry)
            case Acknowledgement():
                return self._acknowledged(entry, entry.message.by)
            case Resolve():
                return _resolved(entry, entry.message)
            case HealthyEvent():
                who = entry.author or "The service"
                does = "closed the incident" if entry.author else "is healthy again"
                return Line(entry.at, f"{who} {does}", tone="healthy")
            case _:
                assert_never(entry.message)

    def _waiting(self, line: Line, entry: Decided) -> Line:
        """The line, with the end that the incident waits for; as it is where it waits for none."""
        for effect in entry.effects:
            if isinstance(effect, AcknowledgementDelay) and effect.policy_level == 0:
                text = "In maintenance: nobody is told before it ends"
                return line._replace(tone="", then=text, then_at=entry.at + effect.delay)
        return line

    def _timed_out(self, entry: Decided) -> Line:
        if isinstance(entry.after, Unhealthy) and entry.after.waits_for_maintenance:
            return self._waiting(Line(entry.at, "The maintenance goes on"), entry)
        if _is_exhausted(entry.before):
            return Line(entry.at, f"The policy has somebody new: {_next(entry)}", tone="alarm")
        if _told_before(entry) == 0:
            return Line(entry.at, f"The maintenance was over: {_next(entry)}", tone="alarm")
        waited = "Nobody answered in time"
        if self._step is not None:
            waited = f"{in_words(self._step.delay.delay)} without an answer"
        return Line(entry.at, f"{waited}: {_next(entry)}", tone="alarm")

    def _acknowledged(self, entry: Decided, by: str | None) -> Line:
        line = Line(entry.at, f"{_who(entry.author, by)}", tone="acknowledged")
        for effect in entry.effects:
            if isinstance(effect, AcknowledgementExpiry):
                return line._replace(then="It expires", then_at=entry.at + effect.delay)
        was_exhausted = _is_exhausted(entry.before)
        if self._step is None or was_exhausted or not isinstance(entry.after, Unhealthy):
            return line
        due_at = self._step.at + self._step.delay.delay
        level = next_level_number(entry.after, entry.policy)
        if level is None:
            return line._replace(then="Nobody else was left to tell")
        return line._replace(then=f"Level {level} would have been told", then_at=due_at)

    def _tell_attempt(self, entry: Attempt) -> None:
        if isinstance(entry.effect, TimerEffect):
            self._together = []
            if entry.status != "sent":
                text = f"The timer of level {entry.effect.policy_level} was not set{because(entry)}"
                self.lines.append(Line(entry.at, text, tone="failed"))
            return
        if self._together and is_one_line(self._together[-1], entry):
            self._together.append(entry)
            self.lines.pop()
        else:
            self._together = [entry]
        self.lines.append(attempted(self._together))


def _alert(entry: Decided, alert: Alert) -> Line:
    by = f" from {entry.author}" if entry.author else ""
    if entry.effects:
        return Line(entry.at, f"Alert{by}", quote=alert.message, tone="alarm")
    open_now = _open(entry.after)
    text = f"Another alert{by}{f': {open_now}' if open_now else ''}"
    return Line(entry.at, text, quote=alert.message)


def _resolved(entry: Decided, resolve: Resolve) -> Line:
    """A trouble is over."""
    by, key = entry.author, resolve.dedup_key
    what = f"“{shortened(one_line(key), LONGEST_KEY_SHOWN)}”" if key else "The trouble"
    text = f"{what} is over{f', says {by}' if by else ''}"
    if isinstance(entry.after, Healthy):
        then = (
            "it was the last trouble, so the incident is closed"
            if key
            else "the incident is closed"
        )
        return Line(entry.at, f"{text}: {then}", tone="healthy")
    left = len(entry.after.open_keys)
    return Line(entry.at, f"{text}: {left} {'is' if left == 1 else 'are'} still open")


def _open(service: MonitoredService) -> str:
    """How many troubles are open, where they are several."""
    if not isinstance(service, Unhealthy):
        return ""
    if service.has_too_many_keys:
        return f"more than {MOST_OPEN_KEYS} troubles, so only a person can close the incident"
    number = len(service.open_keys)
    return f"{number} troubles are open" if number > 1 else ""


def _who(author: str | None, by: str | None) -> str:
    """Who has acknowledged, and by what."""
    name = by or author or "Somebody"
    if author is None or author == name:
        return f"{name} acknowledged"
    if author.startswith("link of "):
        return f"{name} acknowledged by link"
    return f"{name} acknowledged, by {author}"


def _next(entry: Decided) -> str:
    """What an escalation has led to."""
    service = entry.after
    if not isinstance(service, Unhealthy) or not entry.effects:
        return "nobody is left to tell"
    level = f"level {service.policy_level}"
    if entry.continues:
        return f"the next contact methods of {level}"
    if entry.begins_again:
        return f"{level} again"
    return f"others on {level}" if _tells_others(entry) else level


def _expired(entry: Decided) -> Line:
    """Whose Acknowledgement has expired, and what that has led to."""
    names = [page.expired_of for page in entry.effects if isinstance(page, Notification)]
    what = f"The acknowledgement of {names[0]} has expired" if names else "It has expired"
    return Line(entry.at, f"{what}: {_next(entry)} again", tone="alarm")


def _step_in_words(entry: Decided, message: Unreachable | Escalate | PageAgain) -> str:
    """A step that no timeout has led to."""
    match message:
        case Unreachable():
            level = _told_before(entry)
            on = f" on level {level}" if level else ""
            return f"Nobody{on} could be reached: {_next(entry)}"
        case Escalate(acknowledged=True):
            return f"{message.by} handed it on: {_next(entry)}"
        case Escalate() if _told_before(entry) == 0:
            return f"{message.by} did not wait for the end of the maintenance: {_next(entry)}"
        case Escalate():
            return f"{message.by} did not wait for an answer: {_next(entry)}"
        case PageAgain(acknowledged=True):
            return f"{message.by} gave it back: {_next(entry)} again"
        case PageAgain():
            return f"{message.by} let them be told again: {_next(entry)}"
        case _:
            assert_never(message)


def _tells_others(entry: Decided) -> bool:
    """Whether it tells those on the Level that was told last who have come to it since."""
    pages = [effect for effect in entry.effects if isinstance(effect, Notification)]
    is_again = any(page.told_again_by or page.expired_of for page in pages)
    return not is_again and any(page.policy_level == _told_before(entry) for page in pages)


def _told_before(entry: Decided) -> int | None:
    """The Level that was told last before it; 0 where nobody was, None where that is not known."""
    return entry.before.policy_level if isinstance(entry.before, Unhealthy) else None


def _is_exhausted(service: MonitoredService | None) -> bool:
    return isinstance(service, Unhealthy) and isinstance(service.escalation, Exhausted)
