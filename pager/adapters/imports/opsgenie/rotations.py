"""Rotations of Opsgenie: turns from their start on, by the clock of the schedule's zone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.opsgenie.objects import identifiers, in_words, main_of, named
from pager.adapters.imports.opsgenie.people import People
from pager.adapters.imports.opsgenie.restrictions import restrictions_of
from pager.adapters.imports.turns import as_every_turn_counts
from pager.adapters.imports.zones import local_minute
from pager.oncall.schedules import MOST_ROTATIONS, YEARS, Rotation

LENGTHS: Mapping[str, timedelta] = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
}

Rotations = Mapping[str, Rotation]
"""By the ids and the names that Opsgenie has for them."""


def rotations_of(schedule: Fields, people: People, zone: ZoneInfo, now: datetime) -> Rotations:
    """The rotations of a schedule that go on `now`."""
    names = Names("rotation", schedule.notes)
    found: dict[str, Rotation] = {}
    kept = 0
    for fields in schedule.many("rotations"):
        fields.skip("_parent")
        called = identifiers(fields)
        name = names.give(main_of(called), fields.text("name") or "Rotation")
        fields.place = f"{schedule.place}, rotation {name}"
        ends = fields.moment("endDate")
        if ends is not None and ends <= now:
            fields.leave_out(f"it ended on {ends:%Y-%m-%d}")
        elif not fields.flag("enabled", default=True):
            fields.leave_out("it is disabled")
        elif kept == MOST_ROTATIONS:
            fields.leave_out(f"{MOST_ROTATIONS} rotations are the most", serious=True)
        elif rotation := _rotation(fields, name, people, zone, ends):
            kept += 1
            found |= dict.fromkeys(called or (name,), rotation)
    return found


def _rotation(
    fields: Fields, name: str, people: People, zone: ZoneInfo, ends: datetime | None
) -> Rotation | None:
    participants = tuple(_participants(fields.many("participants"), people))
    starts, length = fields.moment("startDate"), LENGTHS.get(fields.text("type"))
    if starts is None or length is None or not participants:
        missing = "participants" if starts and length else "start or type that Pager knows"
        fields.leave_out(f"it has no {missing}", serious=True)
        return None
    length *= fields.number("length", 1)
    rotation = valid(
        Rotation,
        fields.place,
        fields.notes,
        name=name,
        participants=participants,
        starts=_since_known_years(local_minute(starts, zone), length * len(participants)),
        shift_length=length,
        ends=None if ends is None else local_minute(ends, zone),
        restrictions=restrictions_of(fields.one("timeRestriction")),
    )
    return rotation and as_every_turn_counts(rotation, fields.place, fields.notes)


def _since_known_years(starts: datetime, round_: timedelta) -> datetime:
    """The start, or as many whole rounds later that it is no year before those of a date."""
    late = datetime(YEARS.start, 1, 1) - starts  # noqa: DTZ001 - both are local
    return starts + max(-(-late // round_), 0) * round_ if round_ else starts


def _participants(participants: Sequence[Fields], people: People) -> Iterator[str]:
    for fields in participants:
        person = named(fields, people)
        if person is None:
            what = "the turn of nobody" if fields.text("type") == "none" else in_words(fields)
            why = "only people take turns here. The others' turns come sooner"
            fields.note(f"{what} is left out: {why}", serious=True)
        else:
            fields.skip("type")
            yield person.name
