"""The same people are on call as in Grafana OnCall, event by event."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from pydantic import JsonValue

from pager.adapters.imports.export import File
from pager.adapters.imports.oncall.reading import read_oncall
from pager.oncall.on_call import on_call
from unit.adapters.imports.exported import NOW

STEP = timedelta(minutes=30)
DAY = timedelta(days=1)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
UNITS = {"hourly": timedelta(hours=1), "daily": DAY, "weekly": 7 * DAY}


class Shift(NamedTuple):
    """A shift of Grafana OnCall."""

    frequency: str
    interval: int
    hours: int
    """How long an event is."""
    groups: tuple[tuple[int, ...], ...]
    days: tuple[str, ...] = ()
    starts: str = "2026-11-02T09:00:00"
    week_start: str = "MO"
    level: int = 1
    first: int = 0


WEEKLY = Shift("weekly", 1, 168, ((0,), (1,), (2,)))
OFFICE = Shift("weekly", 1, 8, ((3,), (4,)), DAYS[:5], level=2)
SCENES = {
    "weekly": (WEEKLY,),
    "weekly, from the second": (WEEKLY._replace(first=1),),
    "a fortnight each": (WEEKLY._replace(interval=2, hours=336),),
    "weekly, a part of it": (WEEKLY._replace(hours=60),),
    "in office hours": (OFFICE,),
    "in office hours, begun on Thursday": (OFFICE._replace(starts="2026-11-05T09:00:00"),),
    "begun on Saturday": (OFFICE._replace(starts="2026-11-07T09:00:00"),),
    "weeks from Sunday": (
        OFFICE._replace(days=("SU", "MO", "SA"), week_start="SU", starts="2026-11-01T20:00:00"),
    ),
    "nights": (Shift("daily", 1, 12, ((0,), (1,)), starts="2026-11-03T20:00:00"),),
    "days of some weekdays": (Shift("daily", 1, 24, ((0,), (1,), (2,)), ("MO", "TU", "FR")),),
    "two days each": (Shift("daily", 2, 10, ((0,), (1,)), ("MO", "WE", "TH"), level=3),),
    "three days each": (Shift("daily", 3, 72, ((0,), (1,))),),
    "eight hours each": (Shift("hourly", 8, 8, ((0,), (1,), (2,))),),
    "six of eight hours": (Shift("hourly", 8, 6, ((0,), (1,), (2,))),),
    "a long weekend": (WEEKLY._replace(hours=62, days=("FR",), starts="2026-11-06T18:00:00"),),
    "two together": (Shift("weekly", 1, 168, ((0, 1), (2,), (3, 4, 0))),),
    "two levels": (WEEKLY, OFFICE),
}


IMPOSSIBLE = {
    "monthly": (
        Shift("monthly", 1, 24, ((0,),)),
        "it comes monthly, and a rotation takes turns of hours",
    ),
    "every second week": (
        OFFICE._replace(interval=2),
        "it comes every 2 weeks, and the hours of a rotation are those of each",
    ),
    "a week of two": (
        WEEKLY._replace(interval=2),
        "it lasts 7 d every 14 d, and the hours of a rotation are those of a week",
    ),
    "two at once": (
        WEEKLY._replace(hours=169),
        "it lasts 7 d 1 h every 7 d, and the hours of a rotation are those of a week",
    ),
    "longer than its day": (
        OFFICE._replace(hours=25),
        "an event of it is not over when the next begins",
    ),
    "days that are longer": (
        Shift("daily", 1, 30, ((0,), (1,)), ("MO",)),
        "an event of it is not over when the next begins",
    ),
    "no length": (
        WEEKLY._replace(hours=0),
        "nobody knows from when until when it is",
    ),
}


@pytest.mark.parametrize("scene", IMPOSSIBLE)
def test_what_no_rotation_can_say_is_left_out(scene: str) -> None:
    """A note says why, and that it may cost pages."""
    shift, why = IMPOSSIBLE[scene]
    result = read_oncall([File("all", _export([shift], "UTC"))], NOW)
    assert [(note.text, note.serious) for note in result.notes if "shift" in note.place] == [
        (f"left out: {why}", True)
    ]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_same_people_are_on_call(scene: str, zone: str) -> None:
    """At each half hour of six weeks in which clocks change; the higher level counts."""
    shifts = SCENES[scene]
    export = _export(shifts, zone)
    mine = read_oncall([File("all", export)], NOW).configuration.directory.schedules["S"]
    at, end = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 12, tzinfo=UTC)
    events = [[*_events(shift)] for shift in sorted(shifts, key=lambda one: -one.level)]
    while at < end:
        local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        serving = (_serving(one, local) for one in events)
        assert {*on_call(mine, at)} == next((people for people in serving if people), set()), at
        at += STEP


def test_the_first_people_have_the_event_that_goes_on_when_the_rotation_begins() -> None:
    """A rotation that was edited begins anew, in its grid of events."""
    shift = _shift(WEEKLY, "0")
    shift["rotation_start"] = "2026-11-18T12:00:00"
    export: JsonValue = {
        "users": [{"id": f"U{n}", "username": f"u{n}", "email": f"u{n}@x.org"} for n in range(3)],
        "on_call_shifts": [shift],
        "schedules": [{"id": "S", "name": "S", "type": "web", "time_zone": "UTC", "shifts": ["0"]}],
    }
    mine = read_oncall([File("all", export)], NOW).configuration.directory.schedules["S"]
    assert on_call(mine, datetime(2026, 11, 18, 12, tzinfo=UTC)) == ("u0",)
    assert on_call(mine, datetime(2026, 11, 23, 9, tzinfo=UTC)) == ("u1",)


def _export(shifts: Sequence[Shift], zone: str) -> JsonValue:
    return {
        "users": [
            {"id": f"U{one}", "username": f"u{one}", "email": f"u{one}@example.com"}
            for one in range(5)
        ],
        "on_call_shifts": [_shift(shift, str(number)) for number, shift in enumerate(shifts)],
        "schedules": [
            {
                "id": "S",
                "name": "S",
                "type": "calendar",
                "time_zone": zone,
                "shifts": [str(number) for number in range(len(shifts))],
            }
        ],
    }


def _shift(shift: Shift, id_: str) -> dict[str, JsonValue]:
    return {
        "id": id_,
        "name": f"Shift {id_}",
        "type": "rolling_users",
        "level": shift.level,
        "start": shift.starts,
        "duration": shift.hours * 3600,
        "frequency": shift.frequency,
        "interval": shift.interval,
        "week_start": shift.week_start,
        "by_day": [*shift.days],
        "rolling_users": [[f"U{one}" for one in group] for group in shift.groups],
        "start_rotation_from_user_index": shift.first,
    }


def _events(shift: Shift) -> Iterator[tuple[datetime, datetime, set[str]]]:
    """From when until when an event is, and who has it: one after the other, day by day."""
    lasts = timedelta(hours=shift.hours)
    for number, starts in _starts(shift):
        group = shift.groups[(number + shift.first) % len(shift.groups)]
        yield starts, starts + lasts, {f"u{one}" for one in group}


def _starts(shift: Shift) -> Iterator[tuple[int, datetime]]:
    """Each event, with the number of the turn that it is in."""
    at, end = datetime.fromisoformat(shift.starts), datetime.fromisoformat("2027-05-01")
    turn = 0
    if not shift.days:
        while at < end:
            yield turn, at
            turn, at = turn + 1, at + UNITS[shift.frequency] * shift.interval
        return
    if shift.frequency == "daily":
        while at < end:
            if DAYS[at.weekday()] in shift.days:
                yield turn // shift.interval, at
                turn += 1
            at += DAY
        return
    started = False
    while at < end:
        if started and DAYS[at.weekday()] == shift.week_start:
            turn += 1
        if DAYS[at.weekday()] in shift.days:
            started = True
            yield turn, at
        at += DAY


def _serving(events: list[tuple[datetime, datetime, set[str]]], local: datetime) -> set[str]:
    found: set[str] = set()
    for starts, ends, people in events:
        if starts <= local < ends:
            found |= people
    return found
