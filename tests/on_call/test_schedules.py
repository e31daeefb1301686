"""What holds of every schedule, whoever is in it and whatever its clocks do."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from on_call.reference import on_call_by_steps
from on_call.strategies import Case, cases, overrides, restrictions, rotations, schedules
from on_call.zones import distinct
from pager.oncall.on_call import explain, on_call
from pager.oncall.schedules import Layer, Rotation, Schedule
from pager.oncall.shifts import Gap, Shift, gaps, next_change, shifts

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
QUARTER = timedelta(minutes=15)
DECADE = datetime(2021, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
PARTS = 8

# The same on every run, and without a deadline: a slow machine must not make a test fail.
TRIED = settings(derandomize=True, database=None, deadline=None, max_examples=60)

Record = Callable[[str, object], None]


def stretches(schedule: Schedule, start: datetime, end: datetime) -> list[Shift | Gap]:
    """The shifts and the gaps, in the order of time."""
    found: list[Shift | Gap] = [*shifts(schedule, start, end), *gaps(schedule, start, end)]
    return sorted(found, key=lambda one: one.starts_at)


def people(stretch: Shift | Gap) -> tuple[str, ...]:
    return stretch.people if isinstance(stretch, Shift) else ()


def agrees_with_the_reference(
    schedule: Schedule, start: datetime, end: datetime, step: timedelta
) -> int:
    """Look at each step; say at how many."""
    found, steps = iter(stretches(schedule, start, end)), 0
    now = next(found)
    for at, expected in on_call_by_steps(schedule, start, end, step):
        if at >= now.ends_at:
            now = next(found)
        assert {*people(now)} == expected, at
        steps += 1
    return steps


@TRIED
@given(cases())
def test_it_is_the_same_minute_by_minute(case: Case) -> None:
    """Any schedule of any zone, in three days, often with a change of its clocks."""
    agrees_with_the_reference(case.schedule, case.at - DAY, case.at + 2 * DAY, MINUTE)


@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS))
def test_it_is_the_same_minute_by_minute_for_long(part: int, record_property: Record) -> None:
    """Many such schedules."""
    looked_at: list[int] = []

    @seed(part)
    @settings(database=None, deadline=None, max_examples=125)
    @given(cases())
    def agrees(case: Case) -> None:
        start, end = case.at - DAY, case.at + 2 * DAY
        looked_at.append(agrees_with_the_reference(case.schedule, start, end, MINUTE))

    agrees()
    record_property("tried", ("schedules minute by minute", len(looked_at)))
    record_property("tried", ("minutes", sum(looked_at)))


@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS))
def test_it_is_the_same_for_ten_years_in_every_zone(
    part: int, zones: int, record_property: Record
) -> None:
    """Every quarter of an hour of a schedule, for zones that differ in that decade."""
    start, end = DECADE
    differing = distinct(start, end)
    looked_at: list[int] = []

    def agrees(schedule: Schedule) -> None:
        looked_at.append(agrees_with_the_reference(schedule, start, end, QUARTER))

    every = max(1, len(differing) // zones)
    for number, zone in list(enumerate(differing))[::every][part::PARTS]:
        # The first example is always a schedule without anybody; the second is one with all.
        trying = settings(database=None, deadline=None, max_examples=2, phases=[Phase.generate])
        any_schedule = schedules(zone, start, QUARTER, end - start)
        seed(number)(trying(given(any_schedule)(agrees)))()
        record_property("tried", ("zones for ten years", 1))
    record_property("tried", ("schedules for ten years", len(looked_at)))
    record_property("tried", ("quarters of an hour", sum(looked_at)))


@TRIED
@given(cases())
def test_shifts_and_gaps_are_all_the_time_and_say_who_is_on_call(case: Case) -> None:
    """At each of their edges, a microsecond before, and in between."""
    start, end = case.at - 3 * DAY, case.at + 4 * DAY
    found = stretches(case.schedule, start, end)
    assert [found[0].starts_at, *(one.ends_at for one in found)] == [
        *(one.starts_at for one in found),
        end,
    ]
    for one in found:
        duties = one.duties if isinstance(one, Shift) else ()
        middle = one.starts_at + (one.ends_at - one.starts_at) / 2
        for at in (one.starts_at, middle, one.ends_at - MICROSECOND):
            assert explain(case.schedule, at) == duties
    for before, after in pairwise(found):
        assert explain(case.schedule, before.starts_at) != explain(case.schedule, after.starts_at)


@TRIED
@given(cases())
def test_until_the_next_change_the_same_people_are_on_call(case: Case) -> None:
    """And from then on others are."""
    now, change = on_call(case.schedule, case.at), next_change(case.schedule, case.at)
    for one in stretches(case.schedule, case.at, change or case.at + 30 * DAY):
        assert people(one) == now
    if change is not None:
        assert on_call(case.schedule, change) != now


@TRIED
@given(cases(), st.data())
def test_an_override_changes_nothing_before_and_after_it(case: Case, data: st.DataObject) -> None:
    """While it lasts, that person is on call, unless a later layer has somebody else."""
    names = [rotation.name for rotation in case.schedule.rotations]
    added = data.draw(overrides(names, case.at))
    with_it = Schedule(**{**dict(case.schedule), "overrides": (*case.schedule.overrides, added)})
    for start, end in ((case.at - 5 * DAY, added.starts_at), (added.ends_at, case.at + 5 * DAY)):
        assert stretches(with_it, start, end) == stretches(case.schedule, start, end)
    for one in stretches(with_it, added.starts_at, added.ends_at):
        if added.rotation is None:
            assert people(one) == (added.person,)
        elif added.rotation in {rotation.name for rotation in case.schedule.layers[-1].rotations}:
            assert added.person in people(one)


@TRIED
@given(cases(), st.data())
def test_a_layer_changes_nothing_where_it_has_nobody(case: Case, data: st.DataObject) -> None:
    """Where it has somebody, they are on call alone."""
    plain = Schedule(**{**dict(case.schedule), "overrides": ()})
    added = Layer(rotations=(data.draw(rotations("added", case.at)),))
    with_it = Schedule(**{**dict(plain), "layers": (*plain.layers, added)})
    alone = Schedule(**{**dict(plain), "layers": (added,)})
    start, end = case.at - 3 * DAY, case.at + 4 * DAY
    for one in shifts(alone, start, end):
        found = stretches(with_it, one.starts_at, one.ends_at)
        assert [people(same) for same in found] == [one.people]
    for gap in gaps(alone, start, end):
        below = stretches(plain, gap.starts_at, gap.ends_at)
        assert stretches(with_it, gap.starts_at, gap.ends_at) == below


@TRIED
@given(
    people=st.integers(1, 20),
    hours=st.integers(1, 400),
    restricted=restrictions(),
    starts=st.integers(0, 7 * 24 * 60),
    days=st.integers(1, 200),
)
def test_everybody_serves_the_same_share(
    people: int, hours: int, restricted: tuple[object, ...], starts: int, days: int
) -> None:
    """In their order, and nobody in two parts of one turn: so the shares differ by one at most."""
    rotation = Rotation.model_validate(
        {
            "name": "Daily",
            "participants": tuple(f"P{number}" for number in range(people)),
            "starts": datetime(2027, 1, 18) + starts * MINUTE,  # noqa: DTZ001 - a local time
            "shift_length": hours * HOUR,
            "restrictions": restricted,
        }
    )
    schedule = Schedule(name="D", time_zone="UTC", layers=(Layer(rotations=(rotation,)),))
    first = rotation.starts.replace(tzinfo=UTC)
    served: dict[int, str] = {}
    for one in shifts(schedule, first, first + days * DAY):
        turns = range(
            (one.starts_at - first) // rotation.shift_length,
            -((first - one.ends_at) // rotation.shift_length),
        )
        for turn in turns:
            [person] = one.people
            assert served.setdefault(turn, person) == person
    order = [served[turn] for turn in sorted(served)]
    assert order == [rotation.participants[number % people] for number in range(len(order))]
    shares = Counter(order)
    assert (
        max(shares.values(), default=0) - min(shares[name] for name in rotation.participants) <= 1
    )
