"""How far ahead schedules are computed: whoever asks about many short turns must not wait for it.

A hundred rotations of an hour have a million handovers in 400 days, which take ten seconds.
"""

from collections.abc import Iterable
from datetime import timedelta

from pager.oncall.schedules import Hours, Rotation, Schedule
from pager.oncall.week import DAY, WEEK

MOST_HANDOVERS = 20_000
"""That are looked through at once. Each takes about ten microseconds."""


def horizon(schedule: Schedule, at_most: timedelta) -> timedelta:
    """So many days, at least one: fewer than `at_most` where there would be too many turns."""
    return horizon_of_all([schedule], at_most)


def horizon_of_all(
    schedules: Iterable[Schedule], at_most: timedelta, handovers: int = MOST_HANDOVERS
) -> timedelta:
    """The same for several schedules that are looked through together.

    `handovers` are the most that are looked through, by whoever has more time.
    """
    a_day = sum(_handovers_a_day(one) for schedule in schedules for one in schedule.rotations)
    days = int(handovers / a_day) if a_day else at_most.days
    return min(at_most, max(days, 1) * DAY)


def _handovers_a_day(rotation: Rotation) -> float:
    windows = sum(
        len(one.weekdays) if isinstance(one, Hours) else 1 for one in rotation.restrictions
    )
    return DAY / rotation.shift_length + 2 * windows * (DAY / WEEK)
