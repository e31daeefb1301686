"""A schedule as it is at a moment: who is on call until when, who is next, and where nobody is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.adapters.web.console.on_call.stretches import Stretch, stretches_of
from pager.adapters.web.console.on_call.zone_times import FOR_EVER, ZoneTimes
from pager.oncall.horizon import horizon, horizon_of_all
from pager.oncall.on_call import on_call
from pager.oncall.schedules import Schedule
from pager.oncall.shifts import next_change

AHEAD = timedelta(days=30)
"""How far gaps and shifts are looked for."""


class ScheduleNow(NamedTuple):
    """Who is on call in a schedule."""

    schedule: Schedule
    people: Sequence[str]
    """Those who are on call now; empty where nobody is."""
    until: datetime | None
    """When somebody else is, or nobody; None where that does not come."""
    next_people: Sequence[str]
    """Those who are on call then."""
    stretches: Sequence[Stretch]
    """Who is on call, person by person, and the gaps: of what begins within `days`."""
    days: int
    """How far ahead that is."""
    times: ZoneTimes

    @property
    def gaps(self) -> list[Stretch]:
        """When nobody is on call."""
        return [stretch for stretch in self.stretches if stretch.person is None]

    @property
    def shifts(self) -> list[Stretch]:
        """When somebody is."""
        return [stretch for stretch in self.stretches if stretch.person is not None]


class OwnShift(NamedTuple):
    """A time in which somebody is on call, in a schedule."""

    schedule: Schedule
    stretch: Stretch
    times: ZoneTimes


def on_call_now(schedules: Iterable[Schedule], at: datetime) -> Mapping[str, Sequence[str]]:
    """Of each person who is on call at that moment, the names of the schedules."""
    found: dict[str, list[str]] = defaultdict(list)
    for schedule in schedules:
        for name in on_call(schedule, at):
            found[name].append(schedule.name)
    return found


def schedule_now(schedule: Schedule, at: datetime) -> ScheduleNow:
    """The schedule as it is at that moment."""
    until = next_change(schedule, at)
    ahead = horizon(schedule, AHEAD)
    return ScheduleNow(
        schedule,
        on_call(schedule, at),
        until,
        () if until is None else on_call(schedule, until),
        next_stretches(schedule, at, horizon(schedule, FOR_EVER)),
        ahead.days,
        ZoneTimes(ZoneInfo(schedule.time_zone), at),
    )


def next_stretches(schedule: Schedule, at: datetime, ahead: timedelta) -> list[Stretch]:
    """Those that begin within AHEAD, each until its end, or for ever; `ahead` is looked through."""
    found = stretches_of(schedule, at, at + ahead)
    return [stretch for stretch in found if stretch.starts_at < at + AHEAD]


def own_shifts(schedules: Iterable[Schedule], person: str, at: datetime) -> list[OwnShift]:
    """When that person is on call within AHEAD, the earliest first.

    Fewer days are looked through where they are in schedules of many turns together.
    """
    theirs = [schedule for schedule in schedules if person in schedule.people]
    ahead = horizon_of_all(theirs, FOR_EVER)
    shifts = [
        OwnShift(schedule, stretch, ZoneTimes(ZoneInfo(schedule.time_zone), at))
        for schedule in theirs
        for stretch in next_stretches(schedule, at, ahead)
        if stretch.person == person
    ]
    return sorted(shifts, key=lambda one: (one.stretch.starts_at, one.schedule.name))
