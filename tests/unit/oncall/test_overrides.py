"""Overrides: added to a schedule and taken back, each by a name that nothing else changes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from pager.oncall.overrides import (
    KEPT_FOR,
    NoSuchOverride,
    override_id,
    override_of,
    with_override,
    without_override,
)
from pager.oncall.schedules import MOST_OVERRIDES, Layer, Override, Rotation, Schedule

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
WEEKLY = Rotation(
    name="weekly",
    participants=("Ada", "Grace"),
    starts=datetime(2027, 1, 4, 9),  # noqa: DTZ001 - on the wall
)
DATABASE = Schedule(name="Database", time_zone="Europe/Paris", layers=(Layer(rotations=(WEEKLY,)),))


def override(
    person: str = "Edsger", start: datetime = NOW, rotation: str | None = None
) -> Override:
    """Somebody stands in for an hour."""
    return Override(person=person, starts_at=start, ends_at=start + HOUR, rotation=rotation)


def test_the_last_one_that_was_added_counts() -> None:
    """It is the last in the list, also where it was there before."""
    first, second = override("Ada"), override("Grace")
    schedule = with_override(with_override(DATABASE, first, NOW), second, NOW)
    assert schedule.overrides == (first, second)
    assert with_override(schedule, first, NOW).overrides == (second, first)
    assert schedule.layers == DATABASE.layers


def test_what_ended_long_ago_is_dropped_when_one_is_added() -> None:
    """To the moment; one that goes on until later stays, whenever it began."""
    ended = override(start=NOW - KEPT_FOR - HOUR)
    kept = override(start=NOW - KEPT_FOR - HOUR + SECOND)
    schedule = with_override(with_override(DATABASE, ended, NOW), kept, NOW)
    assert schedule.overrides == (kept,)


def test_it_is_named_by_what_it_says() -> None:
    """Not by its place, nor by the zone in which its moments are written."""
    one = override()
    same = override(start=one.starts_at.astimezone(timezone(HOUR)))
    others = [
        override("Ada"),
        override(start=NOW + SECOND),
        override(rotation="weekly"),
        one.model_copy(update={"ends_at": NOW + SECOND}),
    ]
    assert override_id(same) == override_id(one)
    assert len({override_id(each) for each in [one, *others]}) == 5
    schedule = with_override(DATABASE, one, NOW)
    assert override_of(schedule, override_id(one)) == one
    with pytest.raises(NoSuchOverride, match="Database has no such override"):
        override_of(schedule, override_id(others[0]))


def test_one_is_taken_back_and_the_others_stay() -> None:
    """A second time there is nothing left to take back."""
    first, second = override("Ada"), override("Grace")
    schedule = with_override(with_override(DATABASE, first, NOW), second, NOW)
    left = without_override(schedule, first)
    assert left.overrides == (second,)
    assert without_override(left, first) == left


def test_what_no_schedule_can_have_is_refused() -> None:
    """A rotation that it has not; more overrides than it has room for."""
    with pytest.raises(ValidationError, match="There is no rotation nights"):
        with_override(DATABASE, override(rotation="nights"), NOW)
    full = DATABASE.model_copy(
        update={"overrides": tuple(override(start=NOW + n * HOUR) for n in range(MOST_OVERRIDES))}
    )
    with pytest.raises(ValidationError, match=f"at most {MOST_OVERRIDES} items"):
        with_override(full, override("Ada"), NOW)


def test_what_only_a_newer_version_knows_stays_in_the_schedule() -> None:
    """It was read with it, and is written back."""
    text = DATABASE.model_dump_json().replace("{", '{"colour": "red", ', 1)
    newer = Schedule.model_validate_json(text, extra="allow")
    schedule = with_override(newer, override(), NOW)
    assert schedule.model_extra == {"colour": "red"}
    assert without_override(schedule, override()).model_extra == {"colour": "red"}
