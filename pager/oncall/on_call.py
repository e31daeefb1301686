"""What a schedule means: who is on call at a moment, and why.

- The later layer counts wherever it has somebody; in a layer all rotations count.
- An override of a rotation: that person is on call in its place, whether or not it has a turn then.
- An override of the whole schedule: that person is on call, and everybody else is off.
- Of two overrides at the same time, the later in the list counts. (Where a rotation is taken after
  the whole schedule was, both people are on call: nobody has told either that they are off.)
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.oncall.local_time import local_time
from pager.oncall.schedules import Layer, Override, Schedule
from pager.oncall.turns import turns_of

TurnsNow = Mapping[str, str | None]
"""Who has the turn in each rotation, or that nobody has; by its name."""
Taken = Mapping[str | None, Override]
"""The overrides that count, by the rotation whose place they take; None: of the whole schedule."""


class Duty(NamedTuple):
    """Somebody is on call, and why."""

    person: str
    rotation: str | None
    """The name of the rotation whose turn it is; None where they take the whole schedule."""
    override: Override | None = None
    """By which they stand in; None where it is their own turn."""


def on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """The names of those who are on call at that moment, each once; nobody in a gap.

    In the order of the rotations of their layer. `at` is aware, of whichever time zone.
    """
    return people_of(explain(schedule, at))


def people_of(duties: tuple[Duty, ...]) -> tuple[str, ...]:
    """The names of those who have these duties, each once."""
    return tuple(dict.fromkeys(duty.person for duty in duties))


def explain(schedule: Schedule, at: datetime) -> tuple[Duty, ...]:
    """Who is on call at that moment, and why; somebody who has two turns is there twice."""
    local = local_time(at, ZoneInfo(schedule.time_zone))
    turns = {rotation.name: turns_of(rotation).at(local).person for rotation in schedule.rotations}
    return duties(schedule, turns, taken(schedule, at.astimezone(UTC)))


def taken(schedule: Schedule, at: datetime) -> Taken:
    """The overrides that count at that moment (in UTC)."""
    found: dict[str | None, Override] = {}
    for override in schedule.overrides:
        if override.starts_at <= at < override.ends_at:
            if override.rotation is None:
                found.clear()
            found[override.rotation] = override
    return found


def duties(schedule: Schedule, turns: TurnsNow, overrides: Taken) -> tuple[Duty, ...]:
    """Who is on call, and why, while these turns and overrides last."""
    if None in overrides:
        return tuple(Duty(one.person, one.rotation, one) for one in overrides.values())
    for layer in reversed(schedule.layers):
        if found := tuple(_of_layer(layer, turns, overrides)):
            return found
    return ()


def _of_layer(layer: Layer, turns: TurnsNow, overrides: Taken) -> Iterator[Duty]:
    for rotation in layer.rotations:
        if override := overrides.get(rotation.name):
            yield Duty(override.person, rotation.name, override)
        elif person := turns[rotation.name]:
            yield Duty(person, rotation.name)
