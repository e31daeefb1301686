"""The same people are on call as in Opsgenie, counted as its documentation does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import JsonValue

from pager.adapters.imports.export import File
from pager.adapters.imports.opsgenie.reading import read_opsgenie
from pager.oncall.on_call import on_call
from pager.oncall.schedules import WEEKDAYS
from unit.adapters.imports.exported import NOW

STEP = timedelta(minutes=30)
HOURS = {"hourly": 1, "daily": 24, "weekly": 168}
OFFICE: list[JsonValue] = [
    {"startDay": day, "endDay": day, "startHour": 9, "startMin": 0, "endHour": 17, "endMin": 30}
    for day in WEEKDAYS[:5]
]
WEEKEND: list[JsonValue] = [
    {"startDay": "friday", "endDay": "monday", "startHour": 18, "startMin": 0, "endHour": 8,
     "endMin": 0}
]  # fmt: skip
SCENES: dict[str, tuple[str, int, int, str, list[JsonValue] | tuple[int, int] | None]] = {
    "weekly": ("weekly", 1, 3, "2026-01-05T08:00:00Z", None),
    "every second week": ("weekly", 2, 2, "2026-01-05T08:00:00Z", None),
    "daily, in office hours": ("daily", 1, 3, "2026-01-05T08:00:00Z", OFFICE),
    "daily, begun at a weekend": ("daily", 1, 4, "2026-01-03T08:00:00Z", OFFICE),
    "every third day": ("daily", 3, 5, "2026-01-06T11:30:00Z", OFFICE),
    "every 12 hours": ("hourly", 12, 3, "2026-01-05T18:00:00Z", WEEKEND),
    "every 5 hours": ("hourly", 5, 3, "2026-01-05T18:00:00Z", None),
    "weekends": ("weekly", 1, 2, "2026-01-02T18:00:00Z", WEEKEND),
    "weekends, day by day": ("daily", 1, 3, "2026-01-02T00:00:00Z", WEEKEND),
    "at night": ("daily", 1, 3, "2026-01-05T08:00:00Z", (22, 6)),
    "by day": ("daily", 1, 3, "2026-01-05T23:00:00Z", (6, 22)),
}


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_same_people_are_on_call(scene: str, zone: str) -> None:
    """At each half hour of six weeks, over the change of the clocks in March."""
    rotation = _rotation(scene)
    schedule: dict[str, JsonValue] = {
        "id": "s",
        "name": "S",
        "timezone": zone,
        "enabled": True,
        "rotations": [rotation],
    }
    result = read_opsgenie([File("all", {"users": _users(), "schedules": [schedule]})], NOW)
    mine = result.configuration.directory.schedules["S"]
    at, end = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 12, tzinfo=UTC)
    while at < end:
        assert on_call(mine, at) == _serving(rotation, at, ZoneInfo(zone)), at
        at += STEP


def test_an_order_that_takes_too_many_names_is_told() -> None:
    """Nine people of whom one serves in each hour of office days: the first difference is told."""
    rotation = _rotation("every third day")
    rotation |= {"type": "hourly", "length": 5, "participants": _participants(9)}
    schedule: dict[str, JsonValue] = {
        "id": "s",
        "name": "S",
        "timezone": "UTC",
        "enabled": True,
        "rotations": [rotation],
    }
    result = read_opsgenie([File("all", {"users": _users(), "schedules": [schedule]})], NOW)
    [told] = [note for note in result.notes if note.place == "schedule S, rotation R"]
    assert told.serious
    assert told.text == (
        "turns outside of its hours counted before, and do not here: others have the turns from "
        "2026-01-07 07:30 on"
    )


def _users() -> list[JsonValue]:
    return [
        {"id": f"u{number}", "username": f"u{number}@example.com", "fullName": f"User {number}"}
        for number in range(9)
    ]


def _participants(number: int) -> list[JsonValue]:
    return [{"type": "user", "id": f"u{one}"} for one in range(number)]


def _rotation(scene: str) -> dict[str, JsonValue]:
    kind, length, people, starts, limits = SCENES[scene]
    rotation: dict[str, JsonValue] = {
        "id": "r",
        "name": "R",
        "type": kind,
        "length": length,
        "startDate": starts,
        "participants": _participants(people),
    }
    match limits:
        case list():
            rotation["timeRestriction"] = {
                "type": "weekday-and-time-of-day",
                "restrictions": limits,
            }
        case (starts_at, ends_at):
            hours: dict[str, JsonValue] = {
                "startHour": starts_at, "startMin": 0, "endHour": ends_at, "endMin": 0
            }  # fmt: skip
            rotation["timeRestriction"] = {"type": "time-of-day", "restriction": hours}
        case _:
            pass
    return rotation


def _serving(rotation: dict[str, JsonValue], at: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """Who serves: turns follow each other by the clock of the zone, with or without hours."""
    local = at.astimezone(zone).replace(tzinfo=None)
    starts = datetime.fromisoformat(str(rotation["startDate"])).astimezone(zone)
    length = timedelta(hours=HOURS[str(rotation["type"])]) * int(str(rotation["length"]))
    limits = rotation.get("timeRestriction")
    if isinstance(limits, dict) and not _is_open(limits, local):
        return ()
    turn = (local - starts.replace(tzinfo=None)) // length
    participants = rotation["participants"]
    assert isinstance(participants, list)
    who = participants[turn % len(participants)]
    assert isinstance(who, dict)
    return (str(who["id"]).replace("u", "User "),)


def _is_open(limits: dict[str, JsonValue], local: datetime) -> bool:
    """Whether any of the restrictions has that minute of the week."""
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    if limits["type"] == "time-of-day":
        hours = limits["restriction"]
        assert isinstance(hours, dict)
        return _within(minute % 1440, _minutes(hours, "start"), _minutes(hours, "end"))
    spans = limits["restrictions"]
    assert isinstance(spans, list)
    return any(
        _within(minute, _minutes(span, "start"), _minutes(span, "end"))
        for span in spans
        if isinstance(span, dict)
    )


def _minutes(span: dict[str, JsonValue], which: str) -> int:
    day = WEEKDAYS.index(str(span[f"{which}Day"])) if f"{which}Day" in span else 0
    return day * 1440 + int(str(span[f"{which}Hour"])) * 60 + int(str(span[f"{which}Min"]))


def _within(minute: int, starts: int, ends: int) -> bool:
    return starts <= minute < ends if starts < ends else minute >= starts or minute < ends
