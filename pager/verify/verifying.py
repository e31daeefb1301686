"""Whether properties hold at every moment, and the first one at which they do not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.configuration.configuration import Configuration
from pager.model import FALLBACK
from pager.oncall.directory import NobodyOfThatName
from pager.verify.catalogue import Property, read_property
from pager.verify.outlook import Outlook, Services
from pager.verify.property import Spell, spells
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


class Verdict(NamedTuple):
    """Whether one property holds."""

    sentence: str
    holds: bool
    """At each moment."""
    violations: tuple[Violation, ...]
    """One for each policy or schedule of which it does not hold."""


def verify(
    configuration: Configuration, sentences: Iterable[str], start: datetime, end: datetime
) -> tuple[Verdict, ...]:
    """Whether each of these properties holds at every moment from `start` until before `end`.

    Both are aware. Raises UnknownProperty, and NobodyOfThatName where a sentence names a service, a
    schedule or a team that is not in the configuration.
    """
    properties = [read_property(sentence) for sentence in sentences]
    outlook = Outlook(configuration, start, end)
    for one in properties:
        one.rule.check(outlook)
    return tuple(_verdict(one, outlook) for one in properties)


def _verdict(one: Property, outlook: Outlook) -> Verdict:
    violations = tuple(_violations(one, outlook))
    return Verdict(one.sentence, not violations, violations)


def _violations(one: Property, outlook: Outlook) -> Iterator[Violation]:
    for services in _in_scope(one.scope, outlook):
        look = partial(one.rule.look, outlook, services)
        found = spells(look, outlook.start, outlook.end)
        if found:
            yield _violation(services, found, outlook)


def _in_scope(scope: str | None, outlook: Outlook) -> Iterator[Services]:
    if scope is None:
        yield from outlook.services
        return
    found = [one for one in outlook.services if scope in one.ids]
    if not found:
        raise NobodyOfThatName("service", scope)
    yield found[0]._replace(ids=(scope,))


def _violation(services: Services, found: Sequence[Spell], outlook: Outlook) -> Violation:
    first, *later = found
    zone = outlook.zone_of(services)
    subject, *others = (WITHOUT_POLICY if one == FALLBACK else one for one in services.ids)
    return Violation(
        subject=subject,
        at=first.starts_at,
        what=_in_words(first, later, zone, outlook.end),
        timeline=timeline(
            outlook.configuration, services.ids[0], first.starts_at, first.fault.events
        ),
        until=first.ends_at,
        times_more=len(later),
        others=tuple(others),
    )


def _in_words(first: Spell, later: Sequence[Spell], zone: str, end: datetime) -> str:
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
