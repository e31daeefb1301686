"""Whether properties hold at every moment, and the first one at which they do not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.configuration.configuration import Configuration
from pager.model import FALLBACK
from pager.oncall.directory import NobodyOfThatName
from pager.verify.catalogue import Property, read_property
from pager.verify.outlook import Outlook, Services
from pager.verify.property import ScheduleRule, ServiceRule, Spell, tried
from pager.verify.replay import timeline

THIRTEEN_MONTHS = timedelta(days=396)
"""How far is usually looked ahead: whatever happens once a year is among it."""

WITHOUT_POLICY = "services without a policy"


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
    schedule or a team that is not in the configuration, TooManyHandovers where it would take
    minutes, and ValueError where the end is not after the start.
    """
    properties = [read_property(sentence) for sentence in sentences]
    outlook = Outlook(configuration, start, end)
    return tuple(verdict(outlook, one) for one in properties)


def verdict(outlook: Outlook, one: Property) -> Verdict:
    """Whether that property holds. Raises NobodyOfThatName, as `verify`."""
    rule = one.rule
    if isinstance(rule, ServiceRule):
        services = _services(one.scope, outlook)
        found = [violation for some in services for violation in _of_services(rule, some, outlook)]
        number = sum(len(some.ids) for some in services)
        return Verdict(one.sentence, not found, tuple(found), number)
    schedules = _schedules(one.scope, outlook)
    found = [violation for name in schedules for violation in _of_schedule(rule, name, outlook)]
    number = sum(rule.is_about(outlook, name) for name in schedules)
    return Verdict(one.sentence, not found, tuple(found), number)


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
    if scope not in names:
        raise NobodyOfThatName("schedule", scope)
    return [scope]


def _of_services(rule: ServiceRule, services: Services, outlook: Outlook) -> Iterator[Violation]:
    spells = tried(rule.trial(outlook, services), outlook.start, outlook.end)
    if spells:
        lines = timeline(outlook.configuration, services.ids[0], spells[0])
        yield _violation(spells, services.ids, outlook.zone_of(services), outlook.end, lines)


def _of_schedule(rule: ScheduleRule, name: str, outlook: Outlook) -> Iterator[Violation]:
    if spells := rule.spells(outlook, name):
        zone = outlook.directory.schedules[name].time_zone
        yield _violation(spells, (name,), zone, outlook.end)


def _violation(
    spells: Sequence[Spell], subjects: Sequence[str], zone: str, end: datetime, lines: str = ""
) -> Violation:
    first, *later = spells
    subject, *others = (WITHOUT_POLICY if one == FALLBACK else one for one in subjects)
    return Violation(
        subject=subject,
        at=first.starts_at,
        what=_in_words(first, later, zone, end),
        timeline=lines,
        until=first.ends_at,
        times_more=len(later),
        others=tuple(others),
        why=first.fault.what,
    )


def _in_words(first: Spell, later: list[Spell], zone: str, end: datetime) -> str:
    until = f"until {_local(first.ends_at, zone)}" if first.ends_at < end else "until the end"
    again = ""
    if later:
        times = "once more" if len(later) == 1 else f"{len(later)} more times, the next"
        again = f", and {times} on {_local(later[0].starts_at, zone)}"
    return (
        f"On {_local(first.starts_at, zone)} in {zone} {first.fault.what}. So it is {until}{again}."
    )


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%A %Y-%m-%d %H:%M")
