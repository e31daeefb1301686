"""The clocks of all time zones: found by asking `zoneinfo` what they show, day by day."""

from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ZONES = tuple(sorted(available_timezones()))


class Clock(NamedTuple):
    """How far a clock is ahead of UTC, from a moment on."""

    since: datetime
    ahead: timedelta


def ahead(at: datetime, zone: ZoneInfo) -> timedelta:
    """How far the clocks of the zone are ahead of UTC at that moment."""
    return at.astimezone(zone).utcoffset() or timedelta(0)


def clocks(zone: ZoneInfo, start: datetime, end: datetime) -> list[Clock]:
    """The clock at `start`, and each to which it is changed before `end`, to the second.

    It is looked at once a day: since 1970 no zone had two changes within two days.
    """
    found = [Clock(start, ahead(start, zone))]
    day = start
    while day < end:
        if ahead(day + DAY, zone) != found[-1].ahead:
            since = _change(day, day + DAY, zone)
            found.append(Clock(since, ahead(since, zone)))
        day += DAY
    return found


def next_change(zone: ZoneInfo, at: datetime) -> datetime:
    """The next change of the clocks within two years; `at` where there is none."""
    return next((one.since for one in clocks(zone, at, at + 730 * DAY)[1:]), at)


@cache
def distinct(start: datetime, end: datetime) -> tuple[str, ...]:
    """Of those zones that show the same all the time between, one."""
    shown = {tuple(clocks(ZoneInfo(name), start, end)): name for name in reversed(ZONES)}
    return tuple(sorted(shown.values()))


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    while after - before > SECOND:
        middle = before + (after - before) // 2 // SECOND * SECOND
        if ahead(middle, zone) == ahead(after, zone):
            after = middle
        else:
            before = middle
    return after
