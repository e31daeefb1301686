"""The layout of a calendar: weeks with bars, and the same days in words. A pure function of shifts.

Each bar is a person who is on call without a break, or the time in which nobody is. It begins and
ends at its exact place between the midnights of the schedule's time zone.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.adapters.web.console.on_call.local_days import (
    ClockChange,
    clock,
    clock_change,
    day_of,
    start_of,
)
from pager.adapters.web.console.on_call.stretches import Stretch
from pager.oncall.week import DAY

WEEKS = 4
COLOURS = 12


class Bar(NamedTuple):
    """A part of a stretch, in one week."""

    stretch: Stretch
    left: float
    """Where it begins, in percent of the week."""
    width: float
    lane: int
    """From 0, counted from the top: those at the same time are below each other."""
    begins: bool
    """Whether the stretch begins here; otherwise it has begun in an earlier week."""


class Row(NamedTuple):
    """The bars of a rotation, or of the whole schedule, in one week."""

    name: str
    bars: Sequence[Bar]

    @property
    def lanes(self) -> int:
        """How many there are: at least one."""
        return max((bar.lane for bar in self.bars), default=0) + 1


class Line(NamedTuple):
    """A part of a stretch, on one day."""

    stretch: Stretch
    starts: str
    """A time of day; "" where it has begun on an earlier day."""
    ends: str
    """A time of day; "" where it goes on on the next day."""


class Day(NamedTuple):
    """A day of the calendar."""

    date: date
    is_today: bool
    lines: Sequence[Line]
    change: ClockChange | None


class Week(NamedTuple):
    """Seven days, from a Monday on."""

    days: Sequence[Day]
    rows: Sequence[Row]
    """Of each rotation; and then of the whole schedule."""
    now: float | None
    """Where now is, in percent of the week; None where it is in another one."""

    @property
    def monday(self) -> date:
        """Its first day."""
        return self.days[0].date

    @property
    def next_monday(self) -> date:
        """The first day after it."""
        return self.monday + 7 * DAY

    def weeks_ago(self, weeks: int) -> date:
        """The Monday so many weeks before."""
        return self.monday - weeks * 7 * DAY


class RowOfStretches(NamedTuple):
    """What one row of the calendar shows."""

    name: str
    stretches: Sequence[Stretch]


def first_day(at: date) -> date:
    """The Monday of that week."""
    return at - timedelta(days=at.weekday())


def period(monday: date, zone: ZoneInfo, weeks: int = WEEKS) -> tuple[datetime, datetime]:
    """The first moment of that many weeks, and the first one after them."""
    return start_of(monday, zone), start_of(monday + weeks * 7 * DAY, zone)


def colours(people: Iterable[str]) -> dict[str, int]:
    """A colour for each person: the same on every calendar of the schedule."""
    return {person: number % COLOURS + 1 for number, person in enumerate(sorted(people))}


def calendar(
    rows: Sequence[RowOfStretches], monday: date, now: datetime, zone: ZoneInfo, weeks: int = WEEKS
) -> list[Week]:
    """The weeks from `monday` on; the last of the rows is the whole schedule, as it is in words."""
    return [_week(rows, monday + number * 7 * DAY, now, zone) for number in range(weeks)]


def _week(rows: Sequence[RowOfStretches], monday: date, now: datetime, zone: ZoneInfo) -> Week:
    dates = [monday + number * DAY for number in range(7)]
    midnights = [start_of(day, zone) for day in [*dates, monday + 7 * DAY]]
    today = day_of(now, zone)
    whole = rows[-1].stretches
    return Week(
        [
            Day(day, day == today, list(_lines(whole, start, end, zone)), clock_change(day, zone))
            for day, (start, end) in zip(dates, pairwise(midnights), strict=True)
        ],
        [Row(row.name, list(_bars(row.stretches, midnights))) for row in rows],
        place(now, midnights) if midnights[0] <= now < midnights[-1] else None,
    )


def place(at: datetime, midnights: Sequence[datetime]) -> float:
    """How far between the first and the last of the `midnights` that is, in percent.

    All days are equally wide, however long they are.
    """
    days = len(midnights) - 1
    for number, (start, end) in enumerate(pairwise(midnights)):
        if at < end:
            passed = max(at - start, timedelta(0)) / (end - start)
            return round(100 * (number + passed) / days, 3)
    return 100.0


def _bars(stretches: Sequence[Stretch], midnights: Sequence[datetime]) -> Iterator[Bar]:
    ends: list[datetime] = []
    """Until when each lane is taken."""
    for stretch in stretches:
        start = max(stretch.starts_at, midnights[0])
        end = min(stretch.ends_at, midnights[-1])
        if start >= end:
            continue
        free = [number for number, taken in enumerate(ends) if taken <= start]
        lane = free[0] if free else len(ends)
        ends[lane : lane + 1] = [end]
        left = place(start, midnights)
        width = round(place(end, midnights) - left, 3)
        yield Bar(stretch, left, width, lane, begins=start == stretch.starts_at)


def _lines(
    stretches: Sequence[Stretch], start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[Line]:
    for stretch in stretches:
        if max(stretch.starts_at, start) < min(stretch.ends_at, end):
            starts = clock(stretch.starts_at, zone) if stretch.starts_at > start else ""
            ends = clock(stretch.ends_at, zone) if stretch.ends_at < end else ""
            yield Line(stretch, starts, ends)
