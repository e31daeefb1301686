"""Whether properties hold at every moment, and the first one at which they do not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.configuration.configuration import Configuration
from pager.configuration.spelling import as_known
from pager.model import FALLBACK
from pager.oncall.directory import NobodyOfThatName
from pager.verify.catalogue import Property, read_property
from pager.verify.effort import MOST_SITUATIONS, Effort, TooMuchToTry
from pager.verify.outlook import Outlook, Services
from pager.verify.property import ScheduleRule, ServiceRule, tried
from pager.verify.replay import timeline
from pager.verify.times import Stretch

THIRTEEN_MONTHS = timedelta(days=396)
"""How far is usually looked ahead: whatever happens once a year is among it."""

WITHOUT_POLICY = "services without a policy"
AS_FAR_AS_LOOKED = "for as long as Pager looks ahead"


class Violation(NamedTuple):
    """A counterexample: something of which the property does not hold, and since when."""

    subject: str
    """The service, or the schedule."""
    at: datetime
    """The first moment, in UTC."""
    what: str
    """Who, why, until when, and how often again."""
    timeline: str
    """What an Alert leads to at that moment, a line for each thing that happens; "" of a schedule.
    """
    until: datetime
    """The first moment at which it holds again, in UTC."""
    times_more: int
    """How often it comes about again until the end."""
    others: tuple[str, ...] = ()
    """The other services of which the same is true, because they have the same policy."""
    why: str = ""
    """What is wrong at the first moment, alone."""


class Verdict(NamedTuple):
    """Whether one property holds."""

    sentence: str
    holds: bool
    """At each moment, of each of them."""
    violations: tuple[Violation, ...]
    """One for each policy or schedule of which it does not hold."""
    looked_at: int = 0
    """Of how many services, or schedules, it was found out."""
    situations: int = 0
    """That may follow from an Alert and were looked at."""

    @property
    def says_nothing(self) -> str:
        """A sentence, where it holds because it is about nothing; "" where it says something."""
        if self.looked_at or not self.holds:
            return ""
        return (
            f"“{self.sentence}” is about nothing that is in this configuration, so it says nothing."
        )


def verify(
    configuration: Configuration, sentences: Iterable[str], start: datetime, end: datetime
) -> tuple[Verdict, ...]:
    """Whether each of these properties holds at every moment from `start` until before `end`.

    Both are aware. Raises UnknownProperty, NobodyOfThatName where a sentence names a service, a
    schedule or a team that is not in the configuration, TooManyHandovers and TooMuchToTry where it
    would take minutes, and ValueError where the end is not after the start.
    """
    properties = [read_property(sentence) for sentence in sentences]
    outlook = Outlook(configuration, start, end)
    return tuple(verdict(outlook, one) for one in properties)


def verdict(outlook: Outlook, one: Property, most: int = MOST_SITUATIONS) -> Verdict:
    """Whether that property holds, found out by looking at so many situations at the most.

    Raises NobodyOfThatName and TooMuchToTry, as `verify`.
    """
    rule = one.rule
    if isinstance(rule, ServiceRule):
        return _verdict_on_services(rule, one, outlook, Effort(most))
    schedules = _schedules(one.scope, outlook)
    found = [violation for name in schedules for violation in _of_schedule(rule, name, outlook)]
    number = sum(rule.is_about(outlook, name) for name in schedules)
    return Verdict(one.sentence, not found, tuple(found), number)


def _verdict_on_services(
    rule: ServiceRule, one: Property, outlook: Outlook, effort: Effort
) -> Verdict:
    """What was found is kept where it would be too much to try the rest."""
    number = 0
    found: list[Violation] = []
    try:
        for some in _services(one.scope, outlook):
            found += _of_services(rule, some, outlook, effort)
            number += len(some.ids)
    except TooMuchToTry:
        if not found:
            raise
    return Verdict(one.sentence, not found, tuple(found), number, effort.spent)


def _services(scope: str | None, outlook: Outlook) -> Sequence[Services]:
    if scope is None:
        return outlook.services
    found = [one._replace(ids=(scope,)) for one in outlook.services if scope in one.ids]
    if not found:
        raise NobodyOfThatName("service", scope)
    return found


def _schedules(scope: str | None, outlook: Outlook) -> Sequence[str]:
    names = sorted(outlook.directory.schedules)
    if scope is None:
        return names
    name = as_known(scope, names)
    if name not in names:
        raise NobodyOfThatName("schedule", scope)
    return [name]


def _of_services(
    rule: ServiceRule, services: Services, outlook: Outlook, effort: Effort
) -> Iterator[Violation]:
    trial = rule.trial(outlook, services, effort)
    wrong, until = tried(trial, outlook.start, outlook.end)
    if wrong:
        first = wrong[0].starts_at
        what, events = trial.fault(first)
        lines = timeline(outlook.configuration, services.ids[0], first, events)
        ahead = _Ahead(outlook.zone_of(services), until, outlook.end)
        yield _violation(services.ids, what, wrong, ahead, lines)


def _of_schedule(rule: ScheduleRule, name: str, outlook: Outlook) -> Iterator[Violation]:
    if spells := rule.spells(outlook, name):
        zone = outlook.directory.schedules[name].time_zone
        times = [Stretch(spell.starts_at, spell.ends_at) for spell in spells]
        ahead = _Ahead(zone, outlook.end, outlook.end)
        yield _violation((name,), spells[0].fault.what, times, ahead)


class _Ahead(NamedTuple):
    """What was looked at."""

    zone: str
    """In which the clock is read."""
    until: datetime
    end: datetime
    """Until when it was to be looked at."""


def _violation(
    subjects: Sequence[str], why: str, wrong: Sequence[Stretch], ahead: _Ahead, lines: str = ""
) -> Violation:
    subject, *others = (WITHOUT_POLICY if one == FALLBACK else one for one in subjects)
    return Violation(
        subject=subject,
        at=wrong[0].starts_at,
        what=_in_words(why, wrong, ahead),
        timeline=lines,
        until=wrong[0].ends_at,
        times_more=len(wrong) - 1,
        others=tuple(others),
        why=why,
    )


def _in_words(why: str, wrong: Sequence[Stretch], ahead: _Ahead) -> str:
    zone = ahead.zone
    first, *later = wrong
    until = (
        f"until {_local(first.ends_at, zone)}" if first.ends_at < ahead.end else AS_FAR_AS_LOOKED
    )
    again = ""
    if later:
        times = "once more" if len(later) == 1 else f"{len(later)} more times, the next"
        again = f", and {times} on {_local(later[0].starts_at, zone)}"
    rest = ""
    if ahead.until < ahead.end:
        rest = f" What comes after {_local(ahead.until, zone)} would be too much to try."
    return f"On {_local(first.starts_at, zone)} in {zone} {why}. So it is {until}{again}.{rest}"


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%A %Y-%m-%d %H:%M")
