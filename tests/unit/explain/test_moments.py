"""Moments as people type them, and as they are shown."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pager.explain.moments import BadMoment, as_typed, read_moment, shown

PARIS = ZoneInfo("Europe/Paris")
WEDNESDAY = datetime(2027, 1, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2027-01-24 03:00", "2027-01-24T02:00"),
        ("2027-01-24T03:00+00:00", "2027-01-24T03:00"),
        ("2027-01-24T03:00:30Z", "2027-01-24T03:00:30"),
        ("now", "2027-01-20T12:00"),
        ("today 9:05", "2027-01-20T08:05"),
        ("Tomorrow at 03:00", "2027-01-21T02:00"),
        ("yesterday 03:00", "2027-01-19T02:00"),
        ("Sunday  03:00", "2027-01-24T02:00"),
        ("sun 03:00", "2027-01-24T02:00"),
        ("last Sunday 03:00", "2027-01-17T02:00"),
        ("Wednesday 14:00", "2027-01-20T13:00"),
        ("Wednesday 12:00", "2027-01-27T11:00"),
        ("last Wednesday 12:00", "2027-01-20T11:00"),
        ("last Wednesday 14:00", "2027-01-13T13:00"),
        ("2027-03-28 02:30", "2027-03-28T01:00"),
    ],
)
def test_a_moment_is_typed_in_many_ways(typed: str, moment: str) -> None:
    """Without an offset it is a time of the zone; a time that is skipped is the change."""
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert read_moment(typed, PARIS, WEDNESDAY) == expected


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "last tomorrow 25:00", "25:00", "Sunday", "1066-10-14", "9999-12-31 23:59"],
)
def test_anything_else_is_refused(typed: str) -> None:
    """With examples of what can be typed."""
    with pytest.raises(BadMoment, match="Sunday 03:00"):
        read_moment(typed, PARIS, WEDNESDAY)


def test_a_moment_is_shown_on_the_clock_of_a_zone() -> None:
    """With the weekday; a time that comes twice says which one it is."""
    assert shown(WEDNESDAY, "Europe/Paris") == "Wed 2027-01-20 13:00"
    assert shown(WEDNESDAY.replace(second=5), "UTC") == "Wed 2027-01-20 12:00:05"
    twice = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert shown(twice, "Europe/Paris") == "Sun 2027-10-31 02:30 (the second time)"


@pytest.mark.parametrize(
    ("moment", "typed"),
    [
        ("2027-01-24T02:00", "2027-01-24 03:00:00"),
        ("2027-01-24T02:00:05.250", "2027-01-24 03:00:05.250000"),
        ("2026-10-25T00:30", "2026-10-25 02:30:00+02:00"),
        ("2026-10-25T01:30", "2026-10-25 02:30:00+01:00"),
    ],
)
def test_a_moment_is_written_as_people_type_it(moment: str, typed: str) -> None:
    """With the offset where the clock shows that time twice."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert as_typed(at, PARIS) == typed
    assert read_moment(typed, PARIS, WEDNESDAY) == at
