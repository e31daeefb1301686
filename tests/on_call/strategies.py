"""Any schedule, as Hypothesis makes it."""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from on_call.zones import ZONES, next_change
from pager.oncall.schedules import (
    WEEKDAYS,
    Hours,
    Layer,
    Override,
    Restriction,
    Rotation,
    Schedule,
    WeekSpan,
)

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PEOPLE = ("Ada", "Grace", "Edsger", "Barbara", "Alan", "Donald")
LENGTHS = [*(number * HOUR for number in (1, 2, 5, 8, 12, 24, 36)), 7 * DAY, 10 * DAY, 31 * DAY]


class Case(NamedTuple):
    """A schedule, and a moment round which it is looked at: often a change of its clocks."""

    schedule: Schedule
    at: datetime


def restrictions(step: timedelta = MINUTE) -> st.SearchStrategy[tuple[Restriction, ...]]:
    """None, or a few of both kinds."""
    times = _multiples(step, DAY - step).map(
        lambda since: time(since // HOUR, since % HOUR // MINUTE)
    )
    weekdays = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7).map(tuple)
    day = st.sampled_from(WEEKDAYS)
    hours = st.builds(Hours, weekdays=weekdays, starts=times, ends=times)
    spans = st.builds(WeekSpan, from_weekday=day, starts=times, until_weekday=day, ends=times)
    return st.lists(st.one_of(hours, spans), max_size=3).map(tuple)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any schedule of any zone, at any time."""
    zone = draw(st.sampled_from(ZONES))
    at = draw(_moments(ZoneInfo(zone)))
    return Case(draw(schedules(zone, at)), at)


@st.composite
def schedules(
    draw: st.DrawFn, zone: str, at: datetime, step: timedelta = MINUTE, lasts: timedelta = 2 * DAY
) -> Schedule:
    """Any schedule that begins at about that moment, and is full of changes for so long."""
    sizes = draw(st.lists(st.integers(1, 2), max_size=3))
    numbers = iter(range(sum(sizes)))
    layers = [
        [draw(rotations(f"rotation {next(numbers)}", at, step, lasts)) for _ in range(size)]
        for size in sizes
    ]
    names = [rotation.name for layer in layers for rotation in layer]
    return Schedule(
        name="Database",
        time_zone=zone,
        layers=tuple(Layer(rotations=tuple(layer)) for layer in layers),
        overrides=tuple(draw(st.lists(overrides(names, at, step, lasts), max_size=4))),
    )


@st.composite
def rotations(
    draw: st.DrawFn,
    name: str,
    at: datetime,
    step: timedelta = MINUTE,
    lasts: timedelta = 2 * DAY,
) -> Rotation:
    """One that may begin some days before or just after that moment, and may end."""
    participants = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True))
    starts = at.replace(tzinfo=None) + draw(_multiples(step, 10 * DAY)) - 9 * DAY
    length = draw(st.none() | _multiples(step, lasts + 10 * DAY))
    return Rotation(
        name=name,
        participants=tuple(participants),
        starts=starts,
        shift_length=draw(st.sampled_from(LENGTHS)),
        ends=None if length is None else starts + step + length,
        restrictions=draw(restrictions(step)),
    )


@st.composite
def overrides(
    draw: st.DrawFn,
    rotations: list[str],
    at: datetime,
    step: timedelta = MINUTE,
    lasts: timedelta = 2 * DAY,
) -> Override:
    """Round that moment, of the whole schedule or one rotation."""
    starts_at = at + draw(_multiples(step, lasts)) - DAY
    return Override(
        person=draw(st.sampled_from(PEOPLE)),
        starts_at=starts_at,
        ends_at=starts_at + step + draw(_multiples(step, lasts / 2)),
        rotation=draw(st.sampled_from([None, *rotations])),
    )


@st.composite
def _moments(draw: st.DrawFn, zone: ZoneInfo) -> datetime:
    day = datetime(1973, 1, 1, tzinfo=UTC) + draw(st.integers(0, 126 * 365)) * DAY
    return next_change(zone, day).replace(second=0) if draw(st.booleans()) else day


def _multiples(step: timedelta, most: timedelta) -> st.SearchStrategy[timedelta]:
    return st.integers(0, most // step).map(lambda number: number * step)
