"""From when until when who is on call, and where nobody is."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.oncall.horizon import horizon
from pager.oncall.on_call import Duty, Taken, duties, people_of, taken
from pager.oncall.schedules import Schedule
from pager.oncall.turns import changes

LOOKED_AHEAD = (timedelta(days=1), timedelta(days=30), timedelta(days=400))
"""How far a change is looked for, step by step; in the end for longer than any shift. Where there
are many short turns, it is not looked for beyond the `horizon`."""


class Shift(NamedTuple):
    """Who is on call. In UTC; the end no longer belongs to it."""

    starts_at: datetime
    ends_at: datetime
    duties: tuple[Duty, ...]
    """Who, and why."""

    @property
    def people(self) -> tuple[str, ...]:
        """Their names, each once."""
        return people_of(self.duties)


class Gap(NamedTuple):
    """Nobody is on call. In UTC; the end no longer belongs to it."""

    starts_at: datetime
    ends_at: datetime


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """The shifts between two moments, one after the other, exact to the microsecond.

    A shift goes on while the same people are on call for the same reasons. What has begun before
    `start`, or goes on after `end`, is cut off there.
    """
    return [one for one in _stretches(schedule, start, end) if one.duties]


def gaps(schedule: Schedule, start: datetime, end: datetime) -> list[Gap]:
    """Where nobody is on call between two moments."""
    return [
        Gap(one.starts_at, one.ends_at)
        for one in _stretches(schedule, start, end)
        if not one.duties
    ]


def next_change(schedule: Schedule, at: datetime) -> datetime | None:
    """The next moment, in UTC, at which other people are on call.

    None for none in 400 days, or none before the horizon of the schedule.
    """
    for ahead in dict.fromkeys(horizon(schedule, ahead) for ahead in LOOKED_AHEAD):
        now, *later = _stretches(schedule, at, at.astimezone(UTC) + ahead)
        for one in later:
            if one.people != now.people:
                return one.starts_at
    return None


def _stretches(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """The shifts, and the gaps as shifts of nobody."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end <= start:
        return []
    zone = ZoneInfo(schedule.time_zone)
    handovers: defaultdict[datetime, dict[str, str | None]] = defaultdict(dict)
    for rotation in schedule.rotations:
        for moment, person in changes(rotation, zone, start, end):
            handovers[moment][rotation.name] = person
    edges = {edge for one in schedule.overrides for edge in (one.starts_at, one.ends_at)}
    edges = {start, *(edge for edge in edges if start < edge < end)}

    turns: dict[str, str | None] = {}
    overrides: Taken = {}
    stretches: list[Shift] = []
    for moment, until in pairwise(sorted({*handovers, *edges, end})):
        turns |= handovers.get(moment, {})
        if moment in edges:
            overrides = taken(schedule, moment)
        now = duties(schedule, turns, overrides)
        if stretches and stretches[-1].duties == now:
            stretches[-1] = stretches[-1]._replace(ends_at=until)
        else:
            stretches.append(Shift(moment, until, now))
    return stretches
