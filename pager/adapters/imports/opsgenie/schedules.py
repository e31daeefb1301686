"""Schedules of Opsgenie: their rotations are on call side by side, so they are one layer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.opsgenie.objects import identifiers, in_words, main_of, named
from pager.adapters.imports.opsgenie.people import People
from pager.adapters.imports.opsgenie.rotations import Rotations, rotations_of
from pager.adapters.imports.periods import period_of
from pager.adapters.imports.zones import zone_of
from pager.oncall.schedules import Layer, Override, Schedule

Schedules = Mapping[str, Schedule]
"""By the ids and the names that Opsgenie has for them."""


def schedules(export: Export, people: People, now: datetime, notes: Notes) -> Schedules:
    """The schedules. What is over `now` is left out of them."""
    names = Names("schedule", notes)
    found: dict[str, Schedule] = {}
    for fields in export.all("schedule"):
        fields.skip("description", "ownerTeam", "links", "expandable")
        if not fields.flag("enabled", default=True):
            fields.leave_out("it is disabled")
            continue
        called = identifiers(fields)
        name = names.give(main_of(called), fields.text("name"))
        fields.place = f"schedule {name}"
        zone = zone_of(fields, "timezone")
        rotations = rotations_of(fields, people, zone, now)
        overrides = [*fields.many("overrides"), *export.of("override", main_of(called))]
        schedule = valid(
            Schedule,
            fields.place,
            notes,
            name=name,
            time_zone=zone.key,
            layers=_layers(fields, rotations),
            overrides=tuple(_overrides(overrides, fields.place, people, rotations, now)),
        )
        if schedule is not None:
            found |= dict.fromkeys(called, schedule)
    return found


def _layers(schedule: Fields, rotations: Rotations) -> tuple[Layer, ...]:
    together = {rotation.name: rotation for rotation in rotations.values()}
    if not together:
        schedule.note("has no rotation, so nobody is ever on call", serious=True)
        return ()
    return (Layer(rotations=tuple(together.values())),)


def _overrides(
    overrides: Sequence[Fields], place: str, people: People, rotations: Rotations, now: datetime
) -> Iterator[Override]:
    for fields in overrides:
        fields.skip("alias", "_parent")
        fields.place = f"{place}, override"
        period = period_of(fields, ("startDate", "endDate"), now)
        if period is None:
            continue
        user = fields.one("user")
        person = named(user, people)
        if person is None:
            fields.leave_out(f"{in_words(user)} cannot stand in", serious=True)
            continue
        user.skip("type")
        for rotation in _taken(fields, rotations):
            override = valid(
                Override,
                fields.place,
                fields.notes,
                person=person.name,
                starts_at=period.starts_at,
                ends_at=period.ends_at,
                rotation=rotation,
            )
            if override is not None:
                yield override


def _taken(override: Fields, rotations: Rotations) -> Iterator[str | None]:
    """The names of the rotations whose place it takes; None is the whole schedule."""
    taken = override.many("rotations")
    if not taken:
        yield None
    for one in taken:
        rotation = named(one, rotations)
        if rotation is None:
            override.note(f"{in_words(one)} is no rotation any more: not taken")
        else:
            yield rotation.name
