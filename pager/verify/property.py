"""A property has to hold at each moment; where it does not, it says why."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pager.verify.effort import Effort, TooMuchToTry
from pager.verify.outlook import Outlook, Services
from pager.verify.times import Stretch, Times, together


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

    is_wrong: bool
    until: datetime


class Trial(ABC):
    """Tries an Alert at any moment, and all that may happen then."""

    @abstractmethod
    def look(self, at: datetime) -> Look:
        """Whether an Alert at that moment breaks the property. Raises TooMuchToTry."""

    @abstractmethod
    def fault(self, at: datetime) -> Fault:
        """How it does, at a moment at which it was found to."""


class ServiceRule(ABC):
    """Of Monitored Services: of what an Alert leads to, whenever it comes."""

    @abstractmethod
    def trial(self, outlook: Outlook, services: Services, effort: Effort) -> Trial:
        """What tries an Alert of these services, as far as the effort goes.

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


class Tried(NamedTuple):
    """When a property does not hold, as far as that was found out."""

    wrong: Times
    until: datetime
    """How far it was tried."""


def tried(trial: Trial, start: datetime, end: datetime) -> Tried:
    """All the times between two moments during which it does not hold.

    What was found is kept where it would be too much to try the rest. Raises TooMuchToTry where
    nothing was found by then.
    """
    found: list[Stretch] = []
    at = start
    try:
        while at < end:
            is_wrong, until = trial.look(at)
            until = min(until, end)
            if is_wrong:
                found.append(Stretch(at, until))
            at = until
    except TooMuchToTry:
        if not found:
            raise
    return Tried(together(found), at)
