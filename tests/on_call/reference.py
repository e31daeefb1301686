"""Who is on call, the slow way: step by step through time, as somebody would do it by hand.

It shares nothing with `pager.oncall` but the model. Everything in a schedule, and every change of a
clock, must be at a whole step.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from pager.oncall.schedules import WEEKDAYS, Hours, Restriction, Rotation, Schedule

DAY = timedelta(days=1)


def on_call_by_steps(
    schedule: Schedule, start: datetime, end: datetime, step: timedelta
) -> Iterator[tuple[datetime, set[str]]]:
    """Each step from `start` until `end`, and who is on call then."""
    zone = ZoneInfo(schedule.time_zone)
    turns = {
        rotation.name: _turns(rotation, _shown(start, zone) - 2 * DAY, _shown(end, zone), step)
        for rotation in schedule.rotations
    }
    latest, at = datetime.min, start - 2 * DAY  # noqa: DTZ901 - what is shown has no zone
    while at < end:
        # While an hour is shown for the second time, its last step goes on.
        latest = max(latest, _shown(at, zone))
        if at >= start:
            yield (
                at,
                _people(schedule, at, {name: turn.get(latest) for name, turn in turns.items()}),
            )
        at += step


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _turns(
    rotation: Rotation, start: datetime, end: datetime, step: timedelta
) -> Mapping[datetime, str]:
    """Who serves at each step of the local time; each turn in which somebody serves counts one."""
    who: dict[datetime, str] = {}
    counted, last = -1, None
    local = rotation.starts
    while local <= min(end, (rotation.ends or end + DAY) - step):
        if _is_open(rotation.restrictions, local.weekday(), local.hour * 60 + local.minute):
            turn = (local - rotation.starts) // rotation.shift_length
            if turn != last:
                counted, last = counted + 1, turn
            if local >= start:
                who[local] = rotation.participants[counted % len(rotation.participants)]
        local += step
    return who


@cache
def _is_open(restrictions: tuple[Restriction, ...], weekday: int, minute: int) -> bool:
    return not restrictions or any(_has(one, weekday, minute) for one in restrictions)


def _has(restriction: Restriction, weekday: int, minute: int) -> bool:
    starts = restriction.starts.hour * 60 + restriction.starts.minute
    ends = restriction.ends.hour * 60 + restriction.ends.minute
    if isinstance(restriction, Hours):
        today = WEEKDAYS[weekday] in restriction.weekdays
        yesterday = WEEKDAYS[weekday - 1] in restriction.weekdays
        if starts < ends:
            return today and starts <= minute < ends
        return (today and minute >= starts) or (yesterday and minute < ends)
    first = (WEEKDAYS.index(restriction.from_weekday), starts)
    last = (WEEKDAYS.index(restriction.until_weekday), ends)
    if first < last:
        return first <= (weekday, minute) < last
    return (weekday, minute) >= first or (weekday, minute) < last


def _people(schedule: Schedule, at: datetime, turns: Mapping[str, str | None]) -> set[str]:
    """The layers from the first to the last, with the overrides one after the other."""
    alone: set[str] = set()
    in_place: dict[str, str] = {}
    for override in schedule.overrides:
        if override.starts_at <= at.astimezone(UTC) < override.ends_at:
            if override.rotation is None:
                alone, in_place = {override.person}, {}
            else:
                in_place[override.rotation] = override.person
    if alone:
        return alone | {*in_place.values()}
    people: set[str] = set()
    for layer in schedule.layers:
        names = (in_place.get(one.name) or turns[one.name] for one in layer.rotations)
        people = {name for name in names if name} or people
    return people
