"""When the events of a shift are: the hours, turns and first turn of a rotation that has them.

Grafana OnCall repeats an event, as a calendar does. It begins at `start`, lasts for `duration`, and
comes again in each `interval` of its `frequency`, on the days of `by_day`. The next people have the
next event; with days of the week they have the next week, or where it is daily, the next day.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from pager.adapters.imports.hours import Span, restrictions
from pager.durations import in_words
from pager.oncall.schedules import HOUR, Restriction
from pager.oncall.week import DAY, WEEK, in_week

PERIODS = {"hourly": HOUR, "daily": DAY, "weekly": WEEK}


class Repeated(NamedTuple):
    """An event that comes again. Times are those of one zone, weekdays count from Monday, 0."""

    starts: datetime
    duration: timedelta
    """More than nothing."""
    frequency: str
    interval: int
    days: Collection[int]
    week_start: int
    counts_from: datetime
    """The first people have the first event that is not over then."""


class Turns(NamedTuple):
    """What a rotation with these events is like."""

    starts: datetime
    length: timedelta
    restrictions: tuple[Restriction, ...]
    each: int = 1
    """Turns that the same people have one after the other."""


class NoTurns(Exception):
    """No rotation of Pager has such events: the text says why."""


def turns_of(event: Repeated) -> Turns:
    """The turns of a rotation. Raises NoTurns."""
    unit = PERIODS.get(event.frequency)
    if unit is None:
        raise NoTurns(f"it comes {event.frequency or 'once'}, and a rotation takes turns of hours")
    if event.days:
        return _on_days(event, unit)
    period = unit * event.interval
    turn = _number(event, period)
    starts = event.starts + turn * period
    if event.duration == period:
        return Turns(starts, period, ())
    if event.duration > period or WEEK % period:
        raise NoTurns(
            f"it lasts {in_words(event.duration)} every {in_words(period)}, and the hours of a "
            "rotation are those of a week"
        )
    first = in_week(starts)
    spans = [Span(first + number * period, event.duration) for number in range(WEEK // period)]
    return Turns(starts, period, restrictions(spans))


def _number(event: Repeated, period: timedelta) -> int:
    """The number of the event that the first people have."""
    return max((event.counts_from - event.duration - event.starts) // period + 1, 0)


def _on_days(event: Repeated, unit: timedelta) -> Turns:
    first = _first_on_days(event)
    at = timedelta(hours=event.starts.hour, minutes=event.starts.minute)
    spans = [Span(day * DAY + at, event.duration) for day in event.days]
    longest = WEEK if len(event.days) == 1 and unit == WEEK else DAY
    if unit == HOUR or event.duration > longest:
        raise NoTurns("an event of it is not over when the next begins")
    if unit == DAY:
        # The days on which it is not are nobody's turns, as in Pager.
        return Turns(first, DAY, restrictions(spans), event.interval)
    if event.interval > 1:
        raise NoTurns(
            f"it comes every {event.interval} weeks, and the hours of a rotation are those of each"
        )
    # The week of the first event: its turn begins with the first of its days.
    since = (first.weekday() - event.week_start) % 7
    earliest = min((day - event.week_start) % 7 for day in event.days)
    return Turns(first + (earliest - since) * DAY, WEEK, restrictions(spans))


def _first_on_days(event: Repeated) -> datetime:
    """The event that the first people have."""
    day = event.starts
    if day.weekday() not in event.days:
        # Not the next of the days: the one that is the first in a week.
        earliest = min(event.days, key=lambda one: (one - event.week_start) % 7)
        day += (earliest - day.weekday()) % 7 * DAY
    day += max((event.counts_from - event.duration - day) // DAY + 1, 0) * DAY
    while day.weekday() not in event.days:
        day += DAY
    return day
