"""Shifts of Grafana OnCall are rotations, and overrides."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.oncall.events import NoTurns, Repeated, Turns, turns_of
from pager.adapters.imports.oncall.people import People, names_of
from pager.adapters.imports.zones import zone_of
from pager.durations import in_words
from pager.oncall.local_time import moment_of
from pager.oncall.schedules import HOUR, YEARS, Override, Rotation
from pager.oncall.week import DAY

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST = 366 * DAY
"""Of an event."""

Group = tuple[str, ...]
"""The names of people who are on call together."""


class Shift(NamedTuple):
    """What all kinds of shifts have; times are those of the schedule's zone."""

    fields: Fields
    zone: ZoneInfo
    moved: timedelta
    """Of its times, where they were those of another zone."""
    level: int
    starts: datetime
    duration: timedelta
    groups: Sequence[Group]

    @property
    def is_override(self) -> bool:
        """Whether it stands in for the whole schedule."""
        return self.fields.text("type") == "override"

    def local(self, name: str) -> datetime | None:
        """A time of it."""
        moment = self.fields.moment(name)
        if moment is None or moment.year not in YEARS:
            return None
        return moment.replace(tzinfo=None, second=0, microsecond=0) + self.moved


def shift_of(fields: Fields, zone: ZoneInfo, people: People, now: datetime) -> Shift | None:
    """The shift in a schedule of that zone. None with a note where nobody is on call in it."""
    fields.skip("id", "team_id", "schedule", "source", "name")
    duration = timedelta(seconds=fields.number("duration"))
    groups = tuple(_groups(fields, people))
    moved = _moved(fields, zone, now)
    shift = Shift(fields, zone, moved, fields.number("level"), now, duration, groups)
    starts = shift.local("start")
    if starts is None or not timedelta(0) < duration <= LONGEST:
        fields.leave_out("nobody knows from when until when it is", serious=True)
        return None
    if not groups:
        fields.leave_out("nobody who is here is in it", serious=True)
        return None
    return shift._replace(starts=starts)


def rotations_of(shift: Shift, names: Names, now: datetime) -> Iterator[Rotation]:
    """Rotations side by side: as many as people are on call together."""
    fields = shift.fields
    id_, wanted = fields.text("id"), fields.text("name") or "Shift"
    try:
        turns = _turns(shift)
    except NoTurns as error:
        fields.leave_out(str(error), serious=True)
        return
    single = not fields.text("frequency")
    ends = shift.starts + shift.duration if single else shift.local("until")
    if ends is not None and moment_of(ends, shift.zone) <= now:
        fields.leave_out(f"it ended on {ends:%Y-%m-%d}")
        return
    if turns.starts < shift.starts and moment_of(shift.starts, shift.zone) > now:
        fields.note(f"begins with its week, at {turns.starts:%Y-%m-%d %H:%M}")
    together = max(len(group) for group in shift.groups)
    for number in range(together):
        rotation = valid(
            Rotation,
            fields.place,
            fields.notes,
            name=names.give(f"{id_} {number}", f"{wanted} {number + 1}" if number else wanted),
            participants=tuple(
                group[number % len(group)] for group in shift.groups for _ in range(turns.each)
            ),
            starts=turns.starts,
            shift_length=turns.length,
            ends=ends,
            restrictions=turns.restrictions,
        )
        if rotation is not None:
            yield rotation


def overrides_of(shift: Shift, now: datetime) -> Iterator[Override]:
    """What an override says: of several people who stand in together, the last one does."""
    fields = shift.fields
    fields.skip("level", "rotation_start", "frequency", "interval", "until", "week_start", "by_day")
    fields.skip("start_rotation_from_user_index")
    starts_at = moment_of(shift.starts, shift.zone)
    ends_at = moment_of(shift.starts + shift.duration, shift.zone)
    if ends_at <= now:
        fields.leave_out("it is over")
        return
    [*others, person] = shift.groups[0]
    if others:
        fields.note(f"{', '.join(others)} stood in, too: only {person} does here", serious=True)
    override = valid(
        Override,
        fields.place,
        fields.notes,
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    if override is not None:
        yield override


def _turns(shift: Shift) -> Turns:
    """The turns of a shift. Raises NoTurns."""
    fields = shift.fields
    frequency, interval = fields.text("frequency"), max(fields.number("interval", 1), 1)
    week_start = fields.text("week_start") or "SU"
    counts_from = shift.local("rotation_start") or shift.starts
    moved_days = ((shift.starts - shift.moved).date() - shift.starts.date()).days
    if fields.has("by_month") or fields.has("by_monthday"):
        fields.skip("by_month", "by_monthday")
        raise NoTurns("it has days of the month, and the hours of a rotation are those of a week")
    days = {(DAYS.index(day) - moved_days) % 7 for day in fields.texts("by_day") if day in DAYS}
    if not frequency:
        whole = -(-shift.duration // HOUR) * HOUR
        return Turns(shift.starts, whole, ())
    return turns_of(
        Repeated(
            shift.starts,
            shift.duration,
            frequency,
            interval,
            days,
            (DAYS.index(week_start if week_start in DAYS else "SU") - moved_days) % 7,
            counts_from,
        )
    )


def _groups(fields: Fields, people: People) -> Iterator[Group]:
    """Who takes turns, in the order of the turns."""
    groups = [*fields.lists("rolling_users")] or [fields.texts("users")]
    first = fields.number("start_rotation_from_user_index")
    for group in (*groups[first:], *groups[:first]):
        if known := names_of(group, people, fields):
            yield known


def _moved(fields: Fields, zone: ZoneInfo, now: datetime) -> timedelta:
    """How much later its times are on the clock of the schedule's zone."""
    if not fields.has("time_zone"):
        return timedelta(0)
    own = zone_of(fields, "time_zone")
    moved = (now.astimezone(zone).utcoffset() or timedelta(0)) - (
        now.astimezone(own).utcoffset() or timedelta(0)
    )
    if own.key != zone.key:
        fields.note(
            f"was by the clock of {own.key}, and is by that of {zone.key}, which is "
            f"{in_words(abs(moved))} {'later' if moved >= timedelta(0) else 'earlier'} now"
        )
    return moved
