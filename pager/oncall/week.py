"""The hours of a week in which a rotation has somebody on call: what its restrictions mean."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import NamedTuple

from pager.oncall.schedules import WEEKDAYS, Restriction, Weekday, WeekSpan

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
A_MONDAY = datetime.fromisoformat("1970-01-05")


class Window(NamedTuple):
    """From `starts` until `ends`, counted from Monday 00:00."""

    starts: timedelta
    ends: timedelta


def in_week(local: datetime) -> timedelta:
    """How long ago the last Monday began, on the clock on the wall."""
    return (local - A_MONDAY) % WEEK


def windows(restrictions: tuple[Restriction, ...]) -> tuple[Window, ...]:
    """The hours that any of them has, between one Monday and the next, in their order.

    They do not overlap. A window that goes on after Sunday is cut in two: it has Monday's first
    hours. Without restrictions it is the whole week.
    """
    if not restrictions:
        return (Window(timedelta(0), WEEK),)
    merged: list[Window] = []
    for window in sorted(part for one in restrictions for part in _parts(one)):
        if merged and window.starts <= merged[-1].ends:
            merged[-1] = Window(merged[-1].starts, max(merged[-1].ends, window.ends))
        else:
            merged.append(window)
    return tuple(merged)


def next_edge(of: tuple[Window, ...], position: timedelta) -> tuple[bool, timedelta]:
    """Whether a position in the week is in one of the windows, and the position where that ends.

    The latter may be in the next week.
    """
    number = bisect_right(of, position, key=lambda window: window.starts)
    if number and position < of[number - 1].ends:
        return True, of[number - 1].ends
    return False, of[number].starts if number < len(of) else of[0].starts + WEEK


def _parts(restriction: Restriction) -> Iterable[Window]:
    """Its windows, none of which goes on after Sunday."""
    for starts, ends in _spans(restriction):
        yield Window(starts, min(ends, WEEK))
        if ends > WEEK:
            yield Window(timedelta(0), ends - WEEK)


def _spans(restriction: Restriction) -> Iterable[tuple[timedelta, timedelta]]:
    """From when until when it is in force, counted from Monday 00:00; it may end after Sunday."""
    if isinstance(restriction, WeekSpan):
        starts = _position(restriction.from_weekday, restriction.starts)
        ends = _position(restriction.until_weekday, restriction.ends)
        yield starts, ends if ends > starts else ends + WEEK
        return
    for weekday in restriction.weekdays:
        starts = _position(weekday, restriction.starts)
        ends = _position(weekday, restriction.ends)
        yield starts, ends if ends > starts else ends + DAY


def _position(weekday: Weekday, at: time) -> timedelta:
    return timedelta(days=WEEKDAYS.index(weekday), hours=at.hour, minutes=at.minute)
