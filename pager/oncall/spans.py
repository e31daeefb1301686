"""How long somebody is on call: since when, until when, and when next."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from pager.oncall.horizon import horizon
from pager.oncall.on_call import Duty
from pager.oncall.schedules import Schedule
from pager.oncall.shifts import LOOKED_AHEAD, Shift, shifts


class Span(NamedTuple):
    """From when until when somebody has a duty without a break. In UTC."""

    starts_at: datetime | None
    """None for longer than was looked back: 400 days, or the horizon of the schedule."""
    ends_at: datetime | None
    """The first moment that no longer belongs to it; None for later than was looked ahead."""


def span_of(schedule: Schedule, duty: Duty, at: datetime) -> Span:
    """How long that duty lasts, which somebody has at that moment."""
    at = at.astimezone(UTC)
    return Span(_start(schedule, duty, at), _end(schedule, duty, at))


def next_turn(schedule: Schedule, person: str, after: datetime) -> datetime | None:
    """When that person is on call next, who is not at `after`. None as with `next_change`."""
    after = after.astimezone(UTC)
    for ahead in _distances(schedule):
        for shift in shifts(schedule, after, after + ahead):
            if person in shift.people:
                return shift.starts_at
    return None


def _start(schedule: Schedule, duty: Duty, at: datetime) -> datetime | None:
    for back in _distances(schedule):
        since = at
        for shift in reversed(_known_shifts(schedule, at - back, at)):
            if shift.ends_at != since or duty not in shift.duties:
                return since
            since = shift.starts_at
        if since > at - back:
            return since
    return None


def _end(schedule: Schedule, duty: Duty, at: datetime) -> datetime | None:
    for ahead in _distances(schedule):
        until = at
        for shift in _known_shifts(schedule, at, at + ahead):
            if shift.starts_at != until or duty not in shift.duties:
                return until
            until = shift.ends_at
        if until < at + ahead:
            return until
    return None


@lru_cache(maxsize=16)
def _known_shifts(schedule: Schedule, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """The shifts, which are asked for again for each person who is on call at one moment."""
    return tuple(shifts(schedule, start, end))


def _distances(schedule: Schedule) -> Iterable[timedelta]:
    """How far is looked, step by step."""
    return dict.fromkeys(horizon(schedule, distance) for distance in LOOKED_AHEAD)
