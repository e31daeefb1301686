"""A property has to hold at each moment; where it does not, it says why."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from pager.verify.outlook import Outlook, Services


class Events(NamedTuple):
    """What people and providers do after an Alert, so that a fault shows."""

    lasts: timedelta
    """How long it is watched."""
    refused_steps: tuple[int, ...] = ()
    """The steps whose pages are refused for good."""


class Fault(NamedTuple):
    """Why a property does not hold at a moment."""

    what: str
    """A sentence that begins after "On Sunday at 03:00 "; without a full stop."""
    events: Events
    """What an Alert has to meet at that moment, so that everybody can see it."""


class Look(NamedTuple):
    """What was found out about one moment, and about all others before `until`."""

    fault: Fault | None
    until: datetime


class Spell(NamedTuple):
    """A time during which a property does not hold; its end no longer belongs to it."""

    starts_at: datetime
    ends_at: datetime
    fault: Fault
    """At its begin; why it goes on may be something else."""


class ServiceProperty(Protocol):
    """A property of Monitored Services: of what an Alert leads to, whenever it comes."""

    def check(self, outlook: Outlook) -> None:
        """Raise NobodyOfThatName where it names somebody who is not in the directory."""
        ...

    def look(self, outlook: Outlook, services: Services, at: datetime) -> Look:
        """Look at an Alert at that moment."""
        ...


def spells(look: Callable[[datetime], Look], start: datetime, end: datetime) -> Sequence[Spell]:
    """All the times between two moments during which it does not hold, without a gap."""
    found: list[Spell] = []
    for at, until, fault in _faults(look, start, end):
        if found and found[-1].ends_at == at:
            found[-1] = found[-1]._replace(ends_at=until)
        else:
            found.append(Spell(at, until, fault))
    return found


def _faults(
    look: Callable[[datetime], Look], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, Fault]]:
    while start < end:
        fault, until = look(start)
        if fault is not None:
            yield start, min(until, end), fault
        start = until
