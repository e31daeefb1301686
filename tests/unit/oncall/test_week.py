"""The hours of a week in which a rotation has somebody on call."""

from datetime import datetime, time, timedelta

import pytest

from pager.oncall.schedules import WEEKDAYS, Hours, Restriction, Weekday, WeekSpan
from pager.oncall.week import WEEK, Window, in_week, next_edge, windows

OFFICE: tuple[Weekday, ...] = WEEKDAYS[:5]


def hours(*weekdays: Weekday, starts: int, ends: int) -> Hours:
    return Hours(weekdays=weekdays, starts=time(starts), ends=time(ends))


def span(first: Weekday, starts: int, last: Weekday, ends: int) -> WeekSpan:
    return WeekSpan(from_weekday=first, starts=time(starts), until_weekday=last, ends=time(ends))


def window(starts: int, ends: int) -> Window:
    """In hours since Monday 00:00."""
    return Window(timedelta(hours=starts), timedelta(hours=ends))


ALWAYS = [window(0, 168)]


@pytest.mark.parametrize(
    ("restrictions", "expected"),
    [
        ([], ALWAYS),
        ([hours("monday", "wednesday", starts=9, ends=17)], [window(9, 17), window(57, 65)]),
        # A night ends on the next day, and that of Sunday on Monday.
        ([hours("tuesday", starts=22, ends=6)], [window(46, 54)]),
        ([hours("sunday", starts=22, ends=6)], [window(0, 6), window(166, 168)]),
        # A day that begins and ends at the same time is a whole one.
        ([hours("monday", starts=9, ends=9)], [window(9, 33)]),
        ([hours("sunday", starts=0, ends=0)], [window(144, 168)]),
        ([hours(*WEEKDAYS, starts=0, ends=0)], ALWAYS),
        ([hours(*WEEKDAYS, starts=9, ends=9)], ALWAYS),
        ([span("friday", 18, "sunday", 9)], [window(114, 153)]),
        ([span("friday", 18, "monday", 9)], [window(0, 9), window(114, 168)]),
        ([span("friday", 18, "monday", 0)], [window(114, 168)]),
        ([span("friday", 18, "friday", 9)], [window(0, 105), window(114, 168)]),
        ([span("friday", 18, "friday", 18)], ALWAYS),
        # Several at the same time, one in another, one after another.
        (
            [hours("monday", starts=9, ends=17), hours("monday", starts=16, ends=20)],
            [window(9, 20)],
        ),
        (
            [hours("monday", starts=9, ends=17), hours("monday", starts=10, ends=12)],
            [window(9, 17)],
        ),
        (
            [hours("monday", starts=9, ends=12), hours("monday", starts=12, ends=17)],
            [window(9, 17)],
        ),
    ],
)
def test_restrictions_are_the_hours_that_any_of_them_has(
    restrictions: list[Restriction], expected: list[Window]
) -> None:
    """Whatever ends at or before its start ends on the next day, or in the next week."""
    assert windows(tuple(restrictions)) == tuple(expected)


def test_a_position_in_the_week_counts_from_monday() -> None:
    """Whichever week it is."""
    assert in_week(datetime.fromisoformat("2027-01-18T00:00")) == timedelta(0)
    assert in_week(datetime.fromisoformat("2027-01-24T23:59")) == WEEK - timedelta(minutes=1)
    assert in_week(datetime.fromisoformat("1970-01-01T00:00")) == timedelta(days=3)


@pytest.mark.parametrize(
    ("position", "serves", "edge"),
    [
        (0, False, 9),
        (9, True, 17),
        (16, True, 17),
        (17, False, 57),
        (57, True, 65),
        (65, False, 177),
    ],
)
def test_the_next_edge_is_where_that_ends(position: int, serves: bool, edge: int) -> None:  # noqa: FBT001 - a row of the table
    """After the last window it is the first one of the next week."""
    of = windows((hours("monday", "wednesday", starts=9, ends=17),))
    expected = serves, timedelta(hours=edge)
    assert next_edge(of, timedelta(hours=position)) == expected
