"""Who is on call at a moment, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from pager.oncall.on_call import Duty, explain, on_call
from pager.oncall.schedules import Layer, Override, Rotation, Schedule

MONDAY = datetime.fromisoformat("2027-01-18")
AT = MONDAY.replace(hour=12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rotation(name: str, *participants: str, starts: datetime = MONDAY) -> Rotation:
    return Rotation(name=name, participants=participants, starts=starts)


def schedule(*layers: tuple[Rotation, ...], overrides: tuple[Override, ...] = ()) -> Schedule:
    return Schedule(
        name="Database",
        time_zone="UTC",
        layers=tuple(Layer(rotations=rotations) for rotations in layers),
        overrides=overrides,
    )


def override(person: str, rotation: str | None = None) -> Override:
    return Override(person=person, starts_at=AT, ends_at=AT + HOUR, rotation=rotation)


FIRST = rotation("first", "Ada", "Grace")
SECOND = rotation("second", "Edsger")
LATER = rotation("later", "Barbara", starts=MONDAY + timedelta(days=7))


def test_everybody_who_has_a_turn_in_a_layer_is_on_call() -> None:
    """In the order of the rotations, each once."""
    again = rotation("again", "Edsger")
    assert on_call(schedule((SECOND, FIRST, again)), AT) == ("Edsger", "Ada")


def test_nobody_is_on_call_in_a_schedule_without_layers() -> None:
    """Such is one that was just made."""
    assert on_call(schedule(), AT) == ()


def test_the_later_layer_counts_where_it_has_somebody() -> None:
    """Where it has nobody, the one before it does."""
    layers = schedule((FIRST,), (LATER,))
    assert on_call(layers, AT) == ("Ada",)
    assert on_call(layers, AT + timedelta(days=7)) == ("Barbara",)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([override("Alan")], ["Alan"]),
        ([override("Alan", "first")], ["Alan", "Edsger"]),
        ([override("Alan", "second")], ["Ada", "Alan"]),
        ([override("Alan", "first"), override("Barbara", "second")], ["Alan", "Barbara"]),
        ([override("Alan", "first"), override("Barbara", "first")], ["Barbara", "Edsger"]),
        ([override("Alan"), override("Barbara")], ["Barbara"]),
        ([override("Alan", "first"), override("Barbara")], ["Barbara"]),
        ([override("Alan"), override("Barbara", "first")], ["Alan", "Barbara"]),
    ],
)
def test_an_override_takes_a_place_or_the_whole_schedule(
    overrides: list[Override], expected: list[str]
) -> None:
    """Of two the later in the list counts, and nobody is off who was not told."""
    with_them = schedule((FIRST, SECOND), overrides=tuple(overrides))
    assert on_call(with_them, AT) == tuple(expected)
    assert on_call(with_them, AT + HOUR) == ("Ada", "Edsger")
    assert on_call(with_them, AT - timedelta(microseconds=1)) == ("Ada", "Edsger")


def test_who_takes_the_place_of_a_rotation_is_on_call_though_it_has_no_turn() -> None:
    """And the layer of that rotation has somebody then."""
    taken = schedule((FIRST,), (LATER,), overrides=(override("Alan", "later"),))
    assert on_call(taken, AT) == ("Alan",)


def test_a_reason_is_given_for_each_duty() -> None:
    """The rotation, and the override where there is one."""
    taken = override("Alan", "first")
    assert explain(schedule((FIRST, SECOND), overrides=(taken,)), AT) == (
        Duty("Alan", "first", taken),
        Duty("Edsger", "second"),
    )
    assert explain(schedule((FIRST,), overrides=(override("Alan"),)), AT) == (
        Duty("Alan", None, override("Alan")),
    )
