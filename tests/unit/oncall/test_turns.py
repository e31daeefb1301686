"""Whose turn it is in one rotation."""

from datetime import datetime, time, timedelta

import pytest

from pager.oncall.schedules import WEEKDAYS, Hours, Restriction, Rotation, Weekday
from pager.oncall.turns import Turns

MONDAY = datetime.fromisoformat("2027-01-18T09:00")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def rotation(
    people: int = 3,
    length: timedelta = DAY,
    ends: datetime | None = None,
    restrictions: tuple[Restriction, ...] = (),
) -> Rotation:
    return Rotation(
        name="Daily",
        participants=tuple(f"P{number}" for number in range(people)),
        starts=MONDAY,
        shift_length=length,
        ends=ends,
        restrictions=restrictions,
    )


def hours(*weekdays: Weekday, starts: int = 9, ends: int = 17) -> Hours:
    return Hours(weekdays=weekdays, starts=time(starts), ends=time(ends))


def who_serves_daily(rotation: Rotation, days: int) -> list[str | None]:
    """At noon of each day."""
    noon = MONDAY.replace(hour=12)
    return [Turns(rotation).at(noon + day * DAY).person for day in range(days)]


def test_turns_go_round() -> None:
    """A turn ends where the next one begins."""
    turns = Turns(rotation())
    assert turns.at(MONDAY) == ("P0", MONDAY + DAY)
    assert turns.at(MONDAY + DAY - MINUTE) == ("P0", MONDAY + DAY)
    assert turns.at(MONDAY + DAY) == ("P1", MONDAY + 2 * DAY)
    assert turns.at(MONDAY + 3 * DAY) == ("P0", MONDAY + 4 * DAY)


def test_nobody_serves_before_the_start_and_after_the_end() -> None:
    """The end may come in the middle of a turn."""
    end = MONDAY + 30 * HOUR
    turns = Turns(rotation(ends=end))
    assert turns.at(MONDAY - MINUTE) == (None, MONDAY)
    assert turns.at(end - MINUTE) == ("P1", end)
    assert turns.at(end) == (None, None)


def test_somebody_serves_only_in_the_hours_of_the_restrictions() -> None:
    """What changes first counts: the hours, or the turn."""
    turns = Turns(rotation(restrictions=(hours("monday", starts=9, ends=17),)))
    assert turns.at(MONDAY) == ("P0", MONDAY + 8 * HOUR)
    assert turns.at(MONDAY + 8 * HOUR) == (None, MONDAY + DAY)
    assert turns.at(MONDAY + DAY) == (None, MONDAY + 2 * DAY)


def test_in_a_daily_rotation_of_fourteen_for_working_days_everybody_serves() -> None:
    """The days of the weekend are nobody's turns."""
    served = who_serves_daily(rotation(14, restrictions=(hours(*WEEKDAYS[:5]),)), 5 * 28)
    assert served[:8] == ["P0", "P1", "P2", "P3", "P4", None, None, "P5"]
    assert {served.count(f"P{number}") for number in range(14)} == {7, 8}


def test_a_pattern_that_begins_in_the_middle_of_the_week_goes_on_like_that() -> None:
    """The first week is not a whole one."""
    wednesday = rotation(2, restrictions=(hours("tuesday", "thursday"),)).model_copy(
        update={"starts": MONDAY + 2 * DAY}
    )
    served = who_serves_daily(wednesday, 16)
    assert [person for person in served if person] == ["P0", "P1", "P0", "P1"]


@pytest.mark.parametrize("length", [HOUR, 5 * HOUR, DAY, 36 * HOUR, 7 * DAY, 10 * DAY, 366 * DAY])
def test_turns_of_any_length_go_to_each_in_the_order(length: timedelta) -> None:
    """Also years ahead."""
    turns = Turns(rotation(length=length))
    far = 3 * (40 * 366 * DAY // length)
    people = [turns.at(MONDAY + (far + number) * length).person for number in range(4)]
    assert people == ["P0", "P1", "P2", "P0"]


@pytest.mark.parametrize("hour", [17, 20])
def test_a_turn_counts_as_soon_as_it_has_a_minute_of_the_hours(hour: int) -> None:
    """At its beginning or later; a turn that ends where they begin has none."""
    restricted = Hours(weekdays=("monday",), starts=time(hour, 0), ends=time(hour, 1))
    turns = Turns(rotation(2, 8 * HOUR, restrictions=(restricted,)))
    minute = MONDAY.replace(hour=hour)
    assert turns.at(MONDAY).person is None
    assert turns.at(minute) == ("P0", minute + MINUTE)
    assert turns.at(minute + 7 * DAY).person == "P1"
