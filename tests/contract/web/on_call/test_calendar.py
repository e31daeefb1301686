"""The layout of a calendar: bars at their exact places, days in words, and where a clock jumps."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pager.adapters.web.console.on_call.calendar import (
    Line,
    RowOfStretches,
    Week,
    calendar,
    colours,
    first_day,
    period,
)
from pager.adapters.web.console.on_call.local_days import clock_change, start_of
from pager.adapters.web.console.on_call.stretches import Share, Stretch, by_person, shares
from pager.oncall.local_time import moment_of
from pager.oncall.on_call import Duty
from pager.oncall.shifts import Shift

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2027, 1, 18)


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    """The moment at which the clock of that zone shows `text`."""
    return moment_of(datetime.fromisoformat(text), zone)


def percent(days: float) -> object:
    """That many days, in percent of a week."""
    return pytest.approx(100 * days / 7, abs=0.002)


def laid_out(
    *stretches: Stretch, monday: date = MONDAY, now: str = "2027-01-20T12:00"
) -> list[Week]:
    """Two weeks of a calendar."""
    return calendar([RowOfStretches("On call", stretches)], monday, at(now), PARIS, weeks=2)


def test_a_bar_begins_and_ends_at_its_exact_place() -> None:
    """From Wednesday noon, the middle of the third day, to the middle of the next week's first."""
    stretch = Stretch("Ada", at("2027-01-20T12:00"), at("2027-01-25T12:00"))
    first, second = laid_out(stretch)
    [bar] = first.rows[0].bars
    assert (bar.left, bar.width) == (percent(2.5), percent(4.5))
    [rest] = second.rows[0].bars
    assert (rest.left, rest.width) == (0, percent(0.5))
    assert (bar.begins, rest.begins) == (True, False)


def test_people_at_the_same_time_are_below_each_other() -> None:
    """A lane is free again once its person is off."""
    stretches = (
        Stretch("Ada", at("2027-01-18T00:00"), at("2027-01-20T00:00")),
        Stretch("Grace", at("2027-01-19T00:00"), at("2027-01-22T00:00")),
        Stretch("Linus", at("2027-01-20T00:00"), at("2027-01-21T00:00")),
    )
    row = laid_out(*stretches)[0].rows[0]
    assert [bar.lane for bar in row.bars] == [0, 1, 0]
    assert row.lanes == 2


def test_a_day_says_in_words_who_is_on_call_from_when_until_when() -> None:
    """A time that is not of that day is left out."""
    ada = Stretch("Ada", at("2027-01-18T00:00"), at("2027-01-19T09:00"))
    nobody = Stretch(None, at("2027-01-19T09:00"), at("2027-01-19T17:30"))
    grace = Stretch("Grace", at("2027-01-19T17:30"), at("2027-01-22T00:00"))
    days = laid_out(ada, nobody, grace)[0].days
    assert list(days[0].lines) == [Line(ada, "", "")]
    assert list(days[1].lines) == [
        Line(ada, "", "09:00"),
        Line(nobody, "09:00", "17:30"),
        Line(grace, "17:30", ""),
    ]
    assert list(days[3].lines) == [Line(grace, "", "")]
    assert not days[4].lines


def test_today_and_now_are_marked() -> None:
    """In the week that it is, and in no other."""
    first, second = laid_out()
    assert [day.date.day for day in first.days if day.is_today] == [20]
    assert first.now == percent(2.5)
    assert second.now is None
    assert not any(day.is_today for day in second.days)


def test_a_day_whose_clock_jumps_says_so() -> None:
    """In spring an hour does not exist, in autumn one comes twice; the next day has 24 hours."""
    skipped = clock_change(date(2027, 3, 28), PARIS)
    assert skipped is not None
    assert skipped.in_words == (
        "The clock goes from 02:00 to 03:00: the time between does not exist."
    )
    doubled = clock_change(date(2027, 10, 31), PARIS)
    assert doubled is not None
    assert doubled.in_words == (
        "The clock goes back from 03:00 to 02:00: the time between comes twice."
    )
    assert clock_change(date(2027, 3, 29), PARIS) is None


def test_places_on_a_short_day_are_those_of_its_own_hours() -> None:
    """On a day of 23 hours, noon is after 11 of them."""
    sunday = date(2027, 3, 28)
    stretch = Stretch("Ada", at("2027-03-28T12:00"), at("2027-03-29T00:00"))
    [bar] = laid_out(stretch, monday=first_day(sunday))[0].rows[0].bars
    assert bar.left == percent(6 + 11 / 23)
    assert bar.left + bar.width == pytest.approx(100)


def test_a_day_that_a_zone_skipped_has_no_room() -> None:
    """Samoa went from the 29th to the 31st of December 2011."""
    zone, skipped = ZoneInfo("Pacific/Apia"), date(2011, 12, 30)
    assert start_of(skipped, zone) == start_of(date(2011, 12, 31), zone)
    monday = first_day(skipped)
    stretch = Stretch("Ada", *period(monday, zone, 1))
    [week] = calendar([RowOfStretches("", [stretch])], monday, start_of(monday, zone), zone, 1)
    assert [(bar.left, bar.width) for bar in week.rows[0].bars] == [(0, 100)]
    assert [len(day.lines) for day in week.days] == [1, 1, 1, 1, 0, 1, 1]


HOURS = some.integers(0, 14 * 24)
START = start_of(MONDAY, PARIS)
END = START + timedelta(days=14)


@given(some.lists(some.tuples(HOURS, some.frozensets(some.sampled_from("ABC"))), max_size=12))
def test_stretches_say_of_each_moment_what_the_shifts_say(
    changes: list[tuple[int, frozenset[str]]],
) -> None:
    """Person by person, without a break, with nobody in the gaps; sorted by their beginnings."""
    moments = [(START + timedelta(hours=hour), sorted(who)) for hour, who in sorted(changes)]
    moments = list(dict(moments).items())
    ends = [*[moment for moment, _ in moments[1:]], END][: len(moments)]
    shifts = [
        Shift(moment, end, tuple(Duty(name, "Weeks") for name in who))
        for (moment, who), end in zip(moments, ends, strict=True)
        if who and moment < end
    ]
    stretches = by_person(shifts, START, END)
    for hour in range(14 * 24):
        moment = START + timedelta(hours=hour)
        by_shift: set[str | None] = {
            name for one in shifts if one.starts_at <= moment < one.ends_at for name in one.people
        }
        found = [one.person for one in stretches if one.starts_at <= moment < one.ends_at]
        assert len(found) == len(by_shift or [None])
        assert set(found) == (by_shift or {None})
    for one in stretches:
        assert not [
            two for two in stretches if two.person == one.person and two.starts_at == one.ends_at
        ]
    assert stretches == sorted(stretches, key=lambda one: (one.starts_at, one.person or ""))


def test_shares_are_of_whoever_is_in_the_schedule() -> None:
    """Also of those who have no turn in that time."""
    hour = timedelta(hours=1)
    stretches = [
        Stretch("Ada", START, START + hour),
        Stretch(None, START + hour, START + 2 * hour),
        Stretch("Grace", START + 2 * hour, START + 5 * hour),
        Stretch("Ada", START + 5 * hour, START + 6 * hour),
    ]
    assert shares(stretches, ["Ada", "Grace", "Linus"]) == [
        Share("Grace", 3 * hour, 1),
        Share("Ada", 2 * hour, 2),
        Share("Linus", timedelta(0), 0),
    ]


def test_colours_are_those_of_the_names() -> None:
    """In whichever order the people come."""
    assert colours(["Grace", "Ada"]) == colours(["Ada", "Grace"]) == {"Ada": 1, "Grace": 2}
