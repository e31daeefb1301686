"""Schedules of Grafana OnCall: a layer for each level of its shifts.

The shift of the higher level counts, as the later layer does in Pager.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.oncall.people import People
from pager.adapters.imports.oncall.shifts import Shift, overrides_of, rotations_of, shift_of
from pager.adapters.imports.zones import zone_of
from pager.oncall.schedules import MOST_ROTATIONS, Layer, Rotation, Schedule

Schedules = Mapping[str, Schedule]
"""By their ids."""


def schedules(export: Export, people: People, now: datetime, notes: Notes) -> Schedules:
    """The schedules. What is over `now` is left out of them."""
    names = Names("schedule", notes)
    shifts = {shift.text("id"): shift for shift in export.all("shift")}
    placed: set[str] = set()
    found: dict[str, Schedule] = {}
    for fields in export.all("schedule"):
        id_ = fields.text("id")
        theirs = [shift for shift in shifts if shifts[shift].text("schedule") == id_]
        ids = [*dict.fromkeys((*fields.texts("shifts"), *theirs))]
        placed.update(ids)
        if fields.text("type") == "ical":
            fields.leave_out("its shifts are in a calendar elsewhere", serious=True)
            continue
        name = names.give(id_, fields.text("name"))
        fields.place = f"schedule {name}"
        _pass_over(fields)
        zone = zone_of(fields, "time_zone") if fields.has("time_zone") else ZoneInfo("UTC")
        mine = [shift_of(one, zone, people, now) for one in _present(fields, ids, shifts)]
        known = [shift for shift in mine if shift is not None]
        overrides = (shift for shift in known if shift.is_override)
        schedule = valid(
            Schedule,
            fields.place,
            notes,
            name=name,
            time_zone=zone.key,
            layers=_layers(fields, known, now),
            overrides=tuple(one for shift in overrides for one in overrides_of(shift, now)),
        )
        if schedule is not None:
            found[id_] = schedule
    for shift in shifts.keys() - placed:
        shifts[shift].leave_out("it is in no schedule")
    return found


def _present(
    schedule: Fields, ids: Sequence[str], shifts: Mapping[str, Fields]
) -> Iterator[Fields]:
    """The shifts of the schedule that are in the files."""
    for id_ in ids:
        if id_ in shifts:
            shifts[id_].place = f"{schedule.place}, shift {shifts[id_].text('name')}"
            yield shifts[id_]
        else:
            schedule.note(f"its shift {id_} is not in the files", serious=True)


def _pass_over(schedule: Fields) -> None:
    schedule.skip("team_id", "slack", "on_call_now", "enable_web_overrides", "ical_url_primary")
    if schedule.has("ical_url_overrides"):
        schedule.note("its overrides in a calendar elsewhere are left out", serious=True)
    schedule.skip("ical_url_overrides")


def _layers(schedule: Fields, shifts: Sequence[Shift], now: datetime) -> tuple[Layer, ...]:
    names = Names("shift", schedule.notes)
    levels: defaultdict[int, list[Rotation]] = defaultdict(list)
    for shift in shifts:
        if not shift.is_override:
            levels[shift.level] += rotations_of(shift, names, now)
    if not any(levels.values()):
        schedule.note("has no shift that goes on, so nobody is ever on call", serious=True)
    for rotations in levels.values():
        for rotation in rotations[MOST_ROTATIONS:]:
            why = f"{MOST_ROTATIONS} at a level are the most"
            schedule.note(f"the shift {rotation.name} is left out: {why}", serious=True)
    return tuple(
        Layer(rotations=tuple(levels[level][:MOST_ROTATIONS]))
        for level in sorted(levels)
        if levels[level]
    )
