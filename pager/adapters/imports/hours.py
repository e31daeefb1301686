"""Hours of a week, as other pagers write them, as restrictions of a rotation."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import time, timedelta
from typing import NamedTuple

from pager.oncall.schedules import WEEKDAYS, Hours, Restriction, Weekday, WeekSpan
from pager.oncall.week import DAY, WEEK

MINUTE = timedelta(minutes=1)


class Span(NamedTuple):
    """Once a week, from a time of a weekday on."""

    starts: timedelta
    """After Monday 00:00."""
    length: timedelta
    """More than nothing, at most a week."""


def every_day(starts: timedelta, length: timedelta) -> list[Span]:
    """The same hours of each day; `starts` is the time of day."""
    return [Span(starts + day * DAY, length) for day in range(7)]


def restrictions(spans: Iterable[Span]) -> tuple[Restriction, ...]:
    """The restrictions that have these hours: those that are the same on several days are one."""
    days: defaultdict[tuple[time, time], list[Weekday]] = defaultdict(list)
    longer: list[Restriction] = []
    for span in sorted(set(spans)):
        weekday, starts = _at(span.starts)
        until, ends = _at(span.starts + span.length)
        if span.length <= DAY:
            days[starts, ends].append(weekday)
        else:
            longer.append(
                WeekSpan(from_weekday=weekday, starts=starts, until_weekday=until, ends=ends)
            )
    daily = [
        Hours(weekdays=tuple(weekdays), starts=starts, ends=ends)
        for (starts, ends), weekdays in days.items()
    ]
    return (*daily, *longer)


def _at(position: timedelta) -> tuple[Weekday, time]:
    days, rest = divmod(position % WEEK, DAY)
    hours, minutes = divmod(rest // MINUTE, 60)
    return WEEKDAYS[days], time(hours, minutes)
