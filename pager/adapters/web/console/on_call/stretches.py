"""Who is on call from when until when, person by person: what calendars, lists and shares show."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pager.oncall.schedules import Layer, Rotation, Schedule
from pager.oncall.shifts import Shift, shifts


class Stretch(NamedTuple):
    """Somebody is on call without a break; or nobody is."""

    person: str | None
    """None: nobody."""
    starts_at: datetime
    ends_at: datetime


class Share(NamedTuple):
    """How much of some time a person is on call."""

    person: str
    length: timedelta
    turns: int
    """How often it begins."""

    @property
    def days(self) -> str:
        """The length in days, as people compare it."""
        return f"{self.length / timedelta(days=1):.1f}".removesuffix(".0")


def stretches_of(schedule: Schedule, start: datetime, end: datetime) -> list[Stretch]:
    """Who is on call between two moments, person by person, and the gaps; the earliest first."""
    return by_person(shifts(schedule, start, end), start, end)


def stretches_of_rotation(
    schedule: Schedule, rotation: Rotation, start: datetime, end: datetime
) -> list[Stretch]:
    """Whose turn it is in one rotation, as if there was no other one and no override; no gaps."""
    alone = schedule.model_copy(update={"layers": (Layer(rotations=(rotation,)),), "overrides": ()})
    return [one for one in stretches_of(alone, start, end) if one.person is not None]


def by_person(of: Iterable[Shift], start: datetime, end: datetime) -> list[Stretch]:
    """The shifts between `start` and `end`, which follow one another, person by person."""
    found = _stretches([*of], start.astimezone(UTC), end.astimezone(UTC))
    return sorted(found, key=lambda one: (one.starts_at, one.person or ""))


def _stretches(of: Sequence[Shift], start: datetime, end: datetime) -> Iterator[Stretch]:
    running: dict[str, datetime] = {}
    covered = start
    for shift in [*of, Shift(end, end, ())]:
        if covered < shift.starts_at:
            yield Stretch(None, covered, shift.starts_at)
        people = shift.people
        for person, since in list(running.items()):
            if covered < shift.starts_at or person not in people:
                yield Stretch(person, since, covered)
                del running[person]
        for person in people:
            running.setdefault(person, shift.starts_at)
        covered = shift.ends_at


def shares(stretches: Iterable[Stretch], people: Iterable[str]) -> list[Share]:
    """What each of the `people` has of these stretches: whoever has most, first."""
    seconds, turns = Counter[str](), Counter[str]()
    for stretch in stretches:
        if stretch.person is not None:
            seconds[stretch.person] += round((stretch.ends_at - stretch.starts_at).total_seconds())
            turns[stretch.person] += 1
    everybody = {*people, *turns}
    found = [Share(name, timedelta(seconds=seconds[name]), turns[name]) for name in everybody]
    return sorted(found, key=lambda share: (-share.length, share.person))
