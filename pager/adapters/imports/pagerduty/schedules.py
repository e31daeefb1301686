"""Schedules of PagerDuty."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.pagerduty.layers import layers_of
from pager.adapters.imports.pagerduty.objects import pass_over_links, reference, summary
from pager.adapters.imports.pagerduty.people import People
from pager.adapters.imports.periods import period_of
from pager.adapters.imports.zones import zone_of
from pager.oncall.schedules import Layer, Override, Schedule

Schedules = Mapping[str, Schedule]
"""By their ids."""


def schedules(export: Export, people: People, now: datetime, notes: Notes) -> Schedules:
    """The schedules. What is over `now` is left out of them."""
    names = Names("schedule", notes)
    found: dict[str, Schedule] = {}
    for fields in export.all("schedule"):
        id_ = fields.text("id")
        name = names.give(id_, fields.text("name", "summary"))
        fields.place = f"schedule {name}"
        _pass_over(fields)
        zone = zone_of(fields, "time_zone")
        layers = tuple(Layer(rotations=(one,)) for one in layers_of(fields, people, zone, now))
        if not layers:
            fields.note("has no layer that goes on: fetch /schedules/ID", serious=True)
        schedule = valid(
            Schedule,
            fields.place,
            notes,
            name=name,
            time_zone=zone.key,
            layers=layers,
            overrides=tuple(_overrides(export.of("override", id_), name, people, now)),
        )
        if schedule is not None:
            found[id_] = schedule
    return found


def _pass_over(schedule: Fields) -> None:
    pass_over_links(schedule)
    schedule.skip("name", "escalation_policies", "users", "teams", "http_cal_url", "web_cal_url")
    schedule.skip("final_schedule", "overrides_subschedule", "personal_http_cal_url")


def _overrides(
    overrides: Sequence[Fields], schedule: str, people: People, now: datetime
) -> Iterator[Override]:
    for fields in overrides:
        pass_over_links(fields)
        fields.place = f"schedule {schedule}, override"
        period = period_of(fields, ("start", "end"), now)
        if period is None:
            continue
        user = fields.one("user")
        who, person = summary(user), people.get(reference(user))
        if person is None:
            fields.leave_out(f"{who}, who stands in, is no user", serious=True)
        elif override := valid(
            Override,
            fields.place,
            fields.notes,
            person=person.name,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
        ):
            yield override
