"""What is known of whom a policy names: who that is just now, and whether a page reaches them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.adapters.web.console.checks import Check, CheckedTarget
from pager.adapters.web.console.entry_paths import entry_path
from pager.adapters.web.console.text import address_of, first_of, key_of, kind_of
from pager.counted import counted
from pager.oncall.directory import Directory
from pager.oncall.on_call import on_call
from pager.oncall.people import Person
from pager.oncall.policies import OnCallTarget, PersonTarget, ScheduleTarget, TeamTarget
from pager.oncall.reachable import trouble_of
from pager.oncall.shifts import next_change

MOST_NAMED = 3
"""People of a schedule that its chip names."""

WEEK = timedelta(days=7)
"""Until a moment that is farther away, the day of the week says too little."""


class OnCallChecks(NamedTuple):
    """Checks whom a policy names, as they are at one moment."""

    directory: Directory
    set_up: Collection[str]
    """The channels through which this server sends pages."""
    at: datetime

    def of(self, target: OnCallTarget, check: Check | None = None) -> CheckedTarget:
        """Somebody who is named; `check` is what is known of them already."""
        people = self._people(target)
        return CheckedTarget(
            self._text(target, people),
            kind_of(target),
            key_of(target),
            check or self._check(people),
            entry_path(target),
        )

    def _people(self, target: OnCallTarget) -> Sequence[Person]:
        """Who is meant, at that moment."""
        names: Sequence[str]
        match target:
            case PersonTarget():
                names = (target.name,)
            case TeamTarget():
                names = self.directory.teams[target.name].members
            case ScheduleTarget():
                names = on_call(self.directory.schedules[target.name], self.at)
        return [self.directory.people[name] for name in names if name in self.directory.people]

    def _text(self, target: OnCallTarget, people: Sequence[Person]) -> str:
        match target:
            case PersonTarget():
                return target.name
            case TeamTarget():
                number = counted(len(people), "person", "people")
                return f"{address_of(target)} ({number})"
            case ScheduleTarget():
                return f"{target.name} on call{self._who(target.name, people)}"

    def _who(self, name: str, people: Sequence[Person]) -> str:
        """Who is on call in that schedule, and until when; in the schedule's zone."""
        if not people:
            return ""
        named = first_of([person.name for person in people], MOST_NAMED)
        schedule = self.directory.schedules[name]
        until = next_change(schedule, self.at)
        if until is None:
            return f" → {named}"
        local = until.astimezone(ZoneInfo(schedule.time_zone))
        day = f"{local:%a}" if until - self.at < WEEK else f"{local:%d %b}"
        return f" → {named} until {day} {local:%H:%M}"

    def _check(self, people: Sequence[Person]) -> Check:
        """The most severe of all: a page that misses one of them may miss the one who knows."""
        if not people:
            return Check.NOBODY
        troubles = set(map(trouble_of, people))
        if "no contact method" in troubles:
            return Check.NO_METHOD
        if not all(map(self._is_reached, people)):
            return Check.NOT_SET_UP
        return Check.NOT_VERIFIED if "not verified" in troubles else Check.GOOD

    def _is_reached(self, person: Person) -> bool:
        return any(method.target.type in self.set_up for method in person.relied_on)
