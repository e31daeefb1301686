"""How far ahead schedules are computed."""

from datetime import UTC, datetime, timedelta

from pager.oncall.horizon import horizon, horizon_of_all
from pager.oncall.schedules import MOST_LAYERS, MOST_ROTATIONS, Layer, Override, Rotation, Schedule
from pager.oncall.shifts import next_change

MONDAY = datetime(2027, 1, 18, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
YEAR = 365 * DAY


def schedule(rotations: int, length: timedelta, *overrides: Override) -> Schedule:
    """Ada alone, in so many rotations of each layer."""
    layers = (
        Layer(
            rotations=tuple(
                Rotation(
                    name=f"{layer} {number}",
                    participants=("Ada",),
                    starts=MONDAY.replace(tzinfo=None),
                    shift_length=length,
                )
                for number in range(rotations)
            )
        )
        for layer in range(MOST_LAYERS if rotations else 0)
    )
    return Schedule(name="Database", time_zone="UTC", layers=tuple(layers), overrides=overrides)


def test_a_schedule_of_many_short_turns_is_not_looked_far_ahead() -> None:
    """Any other one is, as far as it is asked."""
    assert horizon(schedule(0, DAY), YEAR) == YEAR
    assert horizon(schedule(1, DAY), YEAR) == YEAR
    assert DAY <= horizon(schedule(MOST_ROTATIONS, HOUR), YEAR) < 30 * DAY


def test_many_schedules_are_not_looked_as_far_ahead_as_one() -> None:
    """What they have together counts."""
    assert horizon_of_all([schedule(1, DAY)] * 2, YEAR) == YEAR
    assert horizon_of_all([schedule(1, DAY)] * 20, YEAR) == 100 * DAY
    assert horizon_of_all([schedule(MOST_ROTATIONS, HOUR)] * 20, YEAR) == DAY


def test_a_change_is_not_looked_for_beyond_the_horizon() -> None:
    """Where there are many short turns; in any other schedule it is found."""
    taken = Override(person="Grace", starts_at=MONDAY + 99 * DAY, ends_at=MONDAY + 100 * DAY)
    assert next_change(schedule(1, DAY, taken), MONDAY) == MONDAY + 99 * DAY
    assert next_change(schedule(MOST_ROTATIONS, HOUR, taken), MONDAY) is None
