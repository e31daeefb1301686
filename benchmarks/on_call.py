"""Who is on call at a moment, and the shifts of a month: the time of the domain alone."""

import time as clock
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from pydantic import BaseModel

from benchmarks.machine import cpu_model
from pager.oncall.on_call import on_call
from pager.oncall.schedules import (
    HOUR,
    WEEKDAYS,
    Hours,
    Layer,
    Override,
    Rotation,
    Schedule,
)
from pager.oncall.shifts import shifts
from pager.oncall.turns import turns_of

DAY = timedelta(days=1)
STARTED = datetime.fromisoformat("2020-01-06T09:00")
MONTH = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
NOW = datetime(2027, 1, 20, 14, 30, tzinfo=UTC)
"""When nobody stands in."""
DECADES_LATER = datetime(2099, 7, 1, tzinfo=UTC)
PEOPLE = tuple(f"person {number}" for number in range(12))


class OnCall(BaseModel):
    """What schedules cost. It is measured on any machine, so it says on which, and when."""

    date: str
    cpu: str
    schedules: list["Cost"]


class Cost(BaseModel):
    """What one schedule costs."""

    schedule: str
    # Microseconds: who is on call, in January 2027 and in 2099, and the same by a new process.
    now_us: float
    decades_later_us: float
    first_us: float
    # Of the month.
    month_ms: float
    shifts: int


class _Shape(NamedTuple):
    """How large a schedule is."""

    title: str
    layers: int = 1
    rotations: int = 1
    """Of each layer."""
    shift: timedelta = 7 * DAY
    restrictions: int = 0
    """Of each rotation."""
    overrides: int = 0
    """In the month."""


SHAPES = (
    _Shape("weekly, 12 people"),
    _Shape(
        "12 people, 3 layers, daily, office hours, 20 overrides",
        layers=3,
        shift=DAY,
        restrictions=1,
        overrides=20,
    ),
    _Shape(
        "the largest: 10 layers of 10 rotations, hourly, 20 restrictions each; 240 overrides",
        layers=10,
        rotations=10,
        shift=HOUR,
        restrictions=20,
        overrides=240,
    ),
)


def measure_on_call() -> OnCall:
    """Each of the schedules, the best of several times."""
    return OnCall(
        date=clock.strftime("%Y-%m-%d", clock.gmtime()),
        cpu=cpu_model(),
        schedules=[_measure(shape) for shape in SHAPES],
    )


def _measure(shape: _Shape) -> Cost:
    schedule, (start, end) = _schedule(shape), MONTH
    found = shifts(schedule, start, end)

    def first() -> None:
        turns_of.cache_clear()
        on_call(schedule, NOW)

    return Cost(
        schedule=shape.title,
        first_us=round(_best(first) * 1e6, 1),
        now_us=round(_best(lambda: on_call(schedule, NOW)) * 1e6, 1),
        decades_later_us=round(_best(lambda: on_call(schedule, DECADES_LATER)) * 1e6, 1),
        month_ms=round(_best(lambda: shifts(schedule, start, end)) * 1e3, 1),
        shifts=len(found),
    )


def _best(of: Callable[[], object]) -> float:
    """CPU seconds of the fastest call within a third of a second; one is made at the least."""
    best, until = float("inf"), clock.process_time() + 1 / 3
    while True:
        begun = clock.process_time()
        of()
        ended = clock.process_time()
        best = min(best, ended - begun)
        if ended > until:
            return best


def _schedule(shape: _Shape) -> Schedule:
    return Schedule(
        name="Database",
        time_zone="Europe/Paris",
        layers=tuple(
            Layer(
                rotations=tuple(
                    _rotation(shape, layer, number) for number in range(shape.rotations)
                )
            )
            for layer in range(shape.layers)
        ),
        overrides=tuple(
            Override(
                person=PEOPLE[number % len(PEOPLE)],
                starts_at=MONTH[0] + number * 3 * HOUR,
                ends_at=MONTH[0] + number * 3 * HOUR + 2 * HOUR,
            )
            for number in range(shape.overrides)
        ),
    )


def _rotation(shape: _Shape, layer: int, number: int) -> Rotation:
    """Each begins at another minute, so that nothing changes at the same moment."""
    minute = (layer * shape.rotations + number) % 60
    return Rotation(
        name=f"rotation {layer}.{number}",
        participants=PEOPLE,
        starts=STARTED + timedelta(minutes=minute),
        shift_length=shape.shift,
        restrictions=tuple(
            Hours(
                weekdays=WEEKDAYS[:5],
                starts=time((9 + restriction) % 24, minute),
                # An office closes at 17:00; of many, each ends with its hour.
                ends=time(17) if shape.restrictions == 1 else time((9 + restriction) % 24, 59),
            )
            for restriction in range(shape.restrictions)
        ),
    )
