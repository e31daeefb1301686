"""How far ahead a schedule is computed: a page about many short turns must not take seconds."""

from datetime import timedelta

from pager.oncall.schedules import Hours, Rotation, Schedule

DAY = timedelta(days=1)
WEEK = timedelta(days=7)

MOST_HANDOVERS = 20_000
"""That a page looks through. Each takes about ten microseconds."""


def horizon(schedule: Schedule, at_most: timedelta) -> timedelta:
    """So many days, at least one: fewer than `at_most` where there would be too many turns."""
    a_day = sum(map(_handovers_a_day, schedule.rotations))
    days = int(MOST_HANDOVERS / a_day) if a_day else at_most.days
    return min(at_most, max(days, 1) * DAY)


def _handovers_a_day(rotation: Rotation) -> float:
    windows = sum(
        len(one.weekdays) if isinstance(one, Hours) else 1 for one in rotation.restrictions
    )
    return DAY / rotation.shift_length + 2 * windows * (DAY / WEEK)
