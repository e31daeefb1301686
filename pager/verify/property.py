"""A property has to hold at each moment; where it does not, it says why."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pager.verify.outlook import Outlook, Services


class Events(NamedTuple):
    """What people and providers do after an Alert, so that a fault shows."""

    lasts: timedelta = timedelta(0)
    """How long it is watched."""
    refused_steps: tuple[int, ...] = ()
    """The steps whose pages are refused for good."""
    acknowledged: tuple[timedelta, ...] = ()
    """How long after the Alert somebody acknowledges."""


class Fault(NamedTuple):
    """Why a property does not hold at a moment."""

    what: str
    """A sentence that begins after "On Sunday at 03:00 "; without a full stop."""
    events: Events = Events()
    """What an Alert has to meet at that moment, for everybody to see it; of services."""


class Spell(NamedTuple):
    """A time during which a property does not hold; its end no longer belongs to it."""

    starts_at: datetime
    ends_at: datetime
    fault: Fault
    """At its begin; why it goes on may be something else."""


class Look(NamedTuple):
    """What was found out about an Alert at one moment, and at all others before `until`."""

    fault: Fault | None
    until: datetime


Trial = Callable[[datetime], Look]
"""Tries an Alert at that moment, and all that may happen then."""


class ServiceRule(ABC):
    """Of Monitored Services: of what an Alert leads to, whenever it comes."""

    @abstractmethod
    def trial(self, outlook: Outlook, services: Services) -> Trial:
        """What tries an Alert of these services.

        Raises NobodyOfThatName where the property names somebody who is not in the directory.
        """


class ScheduleRule(ABC):
    """Of schedules: of who is on call."""

    def is_about(self, outlook: Outlook, schedule: str) -> bool:
        """Whether it says anything of that schedule: of nobody everything holds."""
        return any(piece.value for piece in outlook.pieces(schedule))

    @abstractmethod
    def spells(self, outlook: Outlook, schedule: str) -> Sequence[Spell]:
        """When it does not hold of the schedule with that name, the earliest first."""


Rule = ServiceRule | ScheduleRule
"""What a property says."""


def tried(trial: Trial, start: datetime, end: datetime) -> list[Spell]:
    """All the times between two moments during which it does not hold, without a gap."""
    found: list[Spell] = []
    at = start
    while at < end:
        fault, until = trial(at)
        until = min(until, end)
        if fault is not None and found and found[-1].ends_at == at:
            found[-1] = found[-1]._replace(ends_at=until)
        elif fault is not None:
            found.append(Spell(at, until, fault))
        at = until
    return found
