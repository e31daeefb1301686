"""A schedule in words: its rotations, its overrides, and what an edit of it changed."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pager.adapters.web.console.on_call.hours import all_hours_in_words
from pager.adapters.web.console.on_call.local_days import shown
from pager.adapters.web.console.text import first_of
from pager.oncall.overrides import override_id
from pager.oncall.schedules import Override, Rotation, Schedule

UNITS = {
    "weeks": timedelta(weeks=1),
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
}
"""From the longest to the shortest: every shift is a whole number of one of them."""

_ONE = {"weeks": "every week", "days": "every day", "hours": "every hour"}


def length_of(rotation: Rotation) -> tuple[int, str]:
    """How long its shifts last: a whole number of the longest unit that fits."""
    return next(
        (rotation.shift_length // length, unit)
        for unit, length in UNITS.items()
        if not rotation.shift_length % length
    )


def rotation_in_words(rotation: Rotation) -> str:
    """When its people take turns: "every week from Mon 18 Jan 2027, 09:00"."""
    number, unit = length_of(rotation)
    every = _ONE[unit] if number == 1 else f"every {number} {unit}"
    ends = f" until {local_in_words(rotation.ends)}" if rotation.ends else ""
    hours = f", {all_hours_in_words(rotation.restrictions)}" if rotation.restrictions else ""
    return f"{every} from {local_in_words(rotation.starts)}{ends}{hours}"


def local_in_words(local: datetime) -> str:
    """A time of the schedule's zone, with its day: Mon 18 Jan 2027, 09:00."""
    seconds = ":%S" if local.second else ""
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M{seconds}}"


def override_in_words(override: Override, zone: ZoneInfo) -> str:
    """Who stands in from when until when."""
    start, end = (local_in_words(shown(at, zone)) for at in (override.starts_at, override.ends_at))
    where = f" in {override.rotation}" if override.rotation else ""
    return f"{override.person}{where} from {start} to {end}"


def schedule_differences(before: Schedule | None, after: Schedule) -> list[str]:
    """What an edit changed, a sentence each; none where it changed nothing."""
    if before is None:
        zone = f"A new schedule, in {after.time_zone}."
        return [zone, *map(_new, after.rotations)]
    return [
        *_time_zone(before, after),
        *_rotations(before, after),
        *_overrides(before, after),
    ]


def _time_zone(before: Schedule, after: Schedule) -> Iterator[str]:
    if before.time_zone != after.time_zone:
        yield f"Its time zone is {after.time_zone} instead of {before.time_zone}."


def _rotations(before: Schedule, after: Schedule) -> Iterator[str]:
    old, new = _by_name(before), _by_name(after)
    for name, (_, rotation) in old.items():
        if name not in new:
            yield f"The rotation {name} was removed: {first_of(rotation.participants)}."
    for name, (layer, rotation) in new.items():
        if name not in old:
            yield _new(rotation)
            continue
        former_layer, former = old[name]
        if former_layer != layer:
            yield f"{name}: in layer {layer} instead of layer {former_layer}."
        yield from _rotation(former, rotation)


def _by_name(schedule: Schedule) -> Mapping[str, tuple[int, Rotation]]:
    return {
        rotation.name: (number, rotation)
        for number, layer in enumerate(schedule.layers, start=1)
        for rotation in layer.rotations
    }


def _new(rotation: Rotation) -> str:
    people = first_of(rotation.participants)
    return f"The rotation {rotation.name} is new: {people}, {rotation_in_words(rotation)}."


def _rotation(before: Rotation, after: Rotation) -> Iterator[str]:
    if before.participants != after.participants:
        yield from _participants(before, after)
    if rotation_in_words(before) != rotation_in_words(after):
        yield f"{after.name}: {rotation_in_words(after)} instead of {rotation_in_words(before)}."


def _participants(before: Rotation, after: Rotation) -> Iterator[str]:
    added = [name for name in after.participants if name not in before.participants]
    gone = [name for name in before.participants if name not in after.participants]
    if added:
        yield f"{after.name}: added {first_of(added)}."
    if gone:
        yield f"{after.name}: removed {first_of(gone)}."
    if not added and not gone:
        yield f"{after.name}: the order is {first_of(after.participants)}."


def _overrides(before: Schedule, after: Schedule) -> Iterator[str]:
    zone = ZoneInfo(after.time_zone)
    old = {override_id(one): one for one in before.overrides}
    new = {override_id(one): one for one in after.overrides}
    for id_, override in new.items():
        if id_ not in old:
            yield f"Override: {override_in_words(override, zone)}."
    for id_, override in old.items():
        if id_ not in new:
            yield f"Override taken back: {override_in_words(override, zone)}."
