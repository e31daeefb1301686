"""What the page of a schedule shows: its calendar, its next shifts, its gaps and its overrides."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.adapters.web.console.on_call.calendar import (
    WEEKS,
    RowOfStretches,
    Week,
    calendar,
    colours,
    first_day,
    period,
)
from pager.adapters.web.console.on_call.local_days import day_of
from pager.adapters.web.console.on_call.schedule_now import ScheduleNow, schedule_now
from pager.adapters.web.console.on_call.stretches import (
    Stretch,
    stretches_of,
    stretches_of_rotation,
)
from pager.oncall.horizon import horizon
from pager.oncall.on_call import explain
from pager.oncall.overrides import override_id
from pager.oncall.schedules import Override, Schedule
from pager.oncall.week import WEEK

MOST_ROTATIONS = 12
"""Rotations with a row of their own in the calendar."""


class NextShift(NamedTuple):
    """When somebody is on call next, and what whoever takes it takes."""

    stretch: Stretch
    rotation: str
    """"": the whole schedule."""


class ScheduleView(NamedTuple):
    """A schedule as its page shows it."""

    here: ScheduleNow
    gaps: Sequence[Stretch]
    weeks: Sequence[Week]
    colours: Mapping[str, int]
    next_shifts: Sequence[NextShift]
    overrides: Sequence[tuple[str, Override]]
    """Those that have not ended, with their ids; the earliest first."""


def schedule_view(schedule: Schedule, now: datetime, since: date | None = None) -> ScheduleView:
    """The schedule with the weeks from `since` on; from this one on where it is None."""
    here = schedule_now(schedule, now)
    return ScheduleView(
        here,
        here.gaps,
        weeks_of(schedule, now, since),
        colours(schedule.people),
        [NextShift(stretch, _rotation_taken(schedule, stretch)) for stretch in here.shifts],
        sorted(
            ((override_id(one), one) for one in schedule.overrides if one.ends_at > now),
            key=lambda pair: pair[1].starts_at,
        ),
    )


def weeks_of(schedule: Schedule, now: datetime, since: date | None = None) -> list[Week]:
    """The calendar of the schedule, with a row for each rotation where that tells more."""
    zone = ZoneInfo(schedule.time_zone)
    monday = first_day(since or day_of(now, zone))
    weeks = max(horizon(schedule, WEEKS * WEEK) // WEEK, 1)
    start, end = period(monday, zone, weeks)
    rows = [RowOfStretches("On call", stretches_of(schedule, start, end))]
    if len(schedule.rotations) > 1 or schedule.overrides:
        rows[:0] = [
            RowOfStretches(one.name, stretches_of_rotation(schedule, one, start, end))
            for one in schedule.rotations[:MOST_ROTATIONS]
        ]
    return calendar(rows, monday, now, zone, weeks)


def _rotation_taken(schedule: Schedule, stretch: Stretch) -> str:
    """The rotation in which the person serves, where others are on call at the same time."""
    duties = explain(schedule, stretch.starts_at)
    own = [duty.rotation for duty in duties if duty.person == stretch.person]
    return (own[0] or "") if len(duties) > 1 else ""
