"""The same people are on call as in PagerDuty, counted as its documentation does."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from pydantic import JsonValue

from pager.adapters.imports.export import File
from pager.adapters.imports.pagerduty.reading import read_pagerduty
from pager.oncall.on_call import on_call
from unit.adapters.imports.exported import NOW

STEP = timedelta(minutes=30)
HOUR = 3600


class Restriction(NamedTuple):
    """Hours of a layer, from minutes after Monday 00:00 (or after 00:00 of each day) on."""

    starts: int
    minutes: int
    weekly: bool = False


class Shape(NamedTuple):
    """A layer of PagerDuty."""

    people: tuple[int, ...]
    first: str
    """Its `rotation_virtual_start`."""
    hours: int
    restrictions: tuple[Restriction, ...] = ()


ALWAYS = Shape((0, 1, 2), "2020-01-06T09:00:00-05:00", 168)
NIGHTS = Shape((3, 4), "2025-01-06T20:00:00-05:00", 24, (Restriction(20 * 60, 12 * 60),))
OFFICE = Shape(
    (1, 2, 3),
    "2024-12-31T00:00:00-05:00",
    24,
    tuple(Restriction(day * 1440 + 9 * 60, 8 * 60, weekly=True) for day in range(5)),
)
WEEKEND = Shape((4, 0), "2025-03-07T17:00:00-05:00", 336, (Restriction(6780, 3780, weekly=True),))
SHORT = Shape((0, 1, 2, 3, 4), "2025-01-01T00:00:00-05:00", 8, OFFICE.restrictions)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
@pytest.mark.parametrize(
    "layers",
    [(ALWAYS,), (NIGHTS,), (OFFICE,), (WEEKEND,), (SHORT,), (NIGHTS, WEEKEND, ALWAYS)],
    ids=["always", "nights", "office", "weekend", "short", "three layers"],
)
def test_the_same_people_are_on_call(layers: tuple[Shape, ...], zone: str) -> None:
    """At each half hour of six weeks in which clocks change; the first layer counts first."""
    schedule: JsonValue = {
        "id": "S",
        "name": "S",
        "time_zone": zone,
        "schedule_layers": [_layer(shape, str(number)) for number, shape in enumerate(layers)],
    }
    users: JsonValue = [
        {"id": f"U{one}", "name": f"User {one}", "email": f"u{one}@example.com"} for one in range(5)
    ]
    result = read_pagerduty([File("all", {"users": users, "schedules": [schedule]})], NOW)
    mine = result.configuration.directory.schedules["S"]
    at, end = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 12, tzinfo=UTC)
    while at < end:
        serving = (_serving(shape, at, ZoneInfo(zone)) for shape in layers)
        first = next((person for person in serving if person), None)
        assert on_call(mine, at) == ((first,) if first else ()), at
        at += STEP


def _layer(shape: Shape, name: str) -> JsonValue:
    return {
        "id": name,
        "name": f"Layer {name}",
        "start": "2026-05-13T11:00:00Z",
        "end": None,
        "rotation_virtual_start": shape.first,
        "rotation_turn_length_seconds": shape.hours * HOUR,
        "users": [{"user": {"id": f"U{one}", "type": "user_reference"}} for one in shape.people],
        "restrictions": [_restriction(one) for one in shape.restrictions],
    }


def _restriction(one: Restriction) -> JsonValue:
    day, minute = divmod(one.starts, 1440)
    restriction: dict[str, JsonValue] = {
        "type": "weekly_restriction" if one.weekly else "daily_restriction",
        "start_time_of_day": f"{minute // 60:02}:{minute % 60:02}:00",
        "duration_seconds": one.minutes * 60,
    }
    return {**restriction, "start_day_of_week": day + 1} if one.weekly else restriction


def _serving(shape: Shape, at: datetime, zone: ZoneInfo) -> str | None:
    """Who serves: turns follow each other by the clock of the zone, with or without hours."""
    local = at.astimezone(zone).replace(tzinfo=None)
    first = datetime.fromisoformat(shape.first).astimezone(zone).replace(tzinfo=None)
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    serves = not shape.restrictions or any(
        (minute - one.starts) % (10_080 if one.weekly else 1440) < one.minutes
        for one in shape.restrictions
    )
    turn = (local - first) // timedelta(hours=shape.hours)
    return f"User {shape.people[turn % len(shape.people)]}" if serves else None
