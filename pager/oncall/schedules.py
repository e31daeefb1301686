"""Schedules: who takes turns, in which hours, and who stands in.

Times of day are those of the schedule's time zone, as people read them on a wall; an override is
from one moment to another. `on_call` says what a schedule means.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    NaiveDatetime,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pager.durations import IsoDuration
from pager.model import Value
from pager.oncall.names import Name

MOST_PARTICIPANTS = 100
MOST_RESTRICTIONS = 20
MOST_ROTATIONS = 10
"""Of a layer."""
MOST_LAYERS = 10
MOST_OVERRIDES = 1_000
HOUR = timedelta(hours=1)
LONGEST_SHIFT = timedelta(days=366)
YEARS = range(1970, 2101)
"""Those of a date: what is known of time zones, and a mistyped year is not among them."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""In the order of `datetime.weekday`."""


def _to_the_minute(at: time) -> time:
    if at.second or at.microsecond or at.tzinfo is not None:
        raise PydanticCustomError("time_of_day", "A time of day is expected, such as 09:00.")
    return at


TimeOfDay = Annotated[
    time,
    Field(strict=False),
    AfterValidator(_to_the_minute),
    PlainSerializer(lambda at: at.strftime("%H:%M"), when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "example": "09:00"}),
]
"""A time of day in the schedule's time zone, to the minute."""


OF_ONE_MACHINE = ("localtime", "posixrules", "posix/", "right/")
"""How the files begin that are no zones, or the same ones in another way, where there are any: two
nodes must agree on who is on call."""


def _known_zone(name: str) -> str:
    if name.startswith(OF_ONE_MACHINE) or not _is_zone(name):
        raise PydanticCustomError(
            "time_zone",
            "There is no time zone {name}. A good one is a region and a city: Europe/Paris.",
            {"name": name},
        )
    return name


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


TimeZone = Annotated[str, StringConstraints(max_length=100), AfterValidator(_known_zone)]
"""A time zone of the tz database: Europe/Paris."""


def _known_year(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise PydanticCustomError(
            "year", f"A date between {YEARS[0]} and {YEARS[-1]} is expected: check the year."
        )
    return at


def _local_minute(at: datetime) -> datetime:
    if at.second or at.microsecond:
        raise PydanticCustomError("local_time", "A date and a time to the minute are expected.")
    return _known_year(at)


LocalTime = Annotated[NaiveDatetime, Field(strict=False), AfterValidator(_local_minute)]
"""A date and a time of day in the schedule's time zone: 2027-01-18T09:00."""


def _in_utc(at: datetime) -> datetime:
    # Python takes no notice of a change of the clocks where it compares two times of one zone.
    # The year counts as it is kept, or it could not be read again; a far one has no time in UTC.
    return _known_year(_known_year(at).astimezone(UTC))


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, written with any offset and kept in UTC: 2027-01-18T08:00:00Z."""


def _whole_hours(length: timedelta) -> timedelta:
    if length % HOUR or not HOUR <= length <= LONGEST_SHIFT:
        raise PydanticCustomError(
            "shift_length", "A shift lasts whole hours, days or weeks: from 1 hour to 366 days."
        )
    return length


class Hours(Value):
    """On some weekdays, from one time of day to another."""

    type: Literal["hours"] = "hours"
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    """Those on which it begins."""
    starts: TimeOfDay
    ends: TimeOfDay
    """On the next day, where it is not after `starts`."""


class WeekSpan(Value):
    """Once a week, from a time of one weekday to a time of another."""

    type: Literal["week-span"] = "week-span"
    from_weekday: Weekday
    starts: TimeOfDay
    until_weekday: Weekday
    ends: TimeOfDay
    """In the next week, where it is not after the start."""


Restriction = Annotated[Hours | WeekSpan, Field(discriminator="type")]
"""When a rotation has somebody on call."""


class Rotation(Value):
    """People who take turns."""

    name: Name
    participants: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_PARTICIPANTS)]
    """The names of people, in the order of their turns."""
    starts: LocalTime
    """The first handover: the first participant's turn begins. Nobody is on call before."""
    shift_length: Annotated[IsoDuration, AfterValidator(_whole_hours)] = timedelta(days=7)
    """How long a turn lasts, on the clock on the wall: each day has 24 hours there."""
    ends: LocalTime | None = None
    """Nobody is on call from then on; None where it goes on for ever."""
    restrictions: Annotated[tuple[Restriction, ...], Field(max_length=MOST_RESTRICTIONS)] = ()
    """Somebody is on call only in these hours; always where there are none. A turn that has none of
    these hours is nobody's: whoever is next has the turn after it."""

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Rotation":
        if self.ends is not None and self.ends <= self.starts:
            raise PydanticCustomError(
                "rotation_end", "The rotation ends before it starts: choose a later end."
            )
        return self


class Layer(Value):
    """Rotations side by side: whoever has the turn in any of them is on call."""

    rotations: Annotated[tuple[Rotation, ...], Field(min_length=1, max_length=MOST_ROTATIONS)]


class Override(Value):
    """Somebody stands in: they are on call in the place of whoever would be."""

    person: Name
    starts_at: Moment
    ends_at: Moment
    """The first moment that no longer belongs to it."""
    rotation: Name | None = None
    """The rotation whose turn they take; None where they take the whole schedule."""

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Override":
        if self.ends_at <= self.starts_at:
            raise PydanticCustomError(
                "override_end", "The override ends before it starts: choose a later end."
            )
        return self


class Schedule(Value):
    """Who is on call when."""

    type: Literal["schedule"] = "schedule"
    name: Name
    time_zone: TimeZone
    layers: Annotated[tuple[Layer, ...], Field(max_length=MOST_LAYERS)] = ()
    """The later one counts wherever it has somebody."""
    overrides: Annotated[tuple[Override, ...], Field(max_length=MOST_OVERRIDES)] = ()
    """Of two at the same time, the later in the list counts."""

    @property
    def rotations(self) -> tuple[Rotation, ...]:
        """The rotations of all layers."""
        return tuple(rotation for layer in self.layers for rotation in layer.rotations)

    @property
    def people(self) -> frozenset[str]:
        """The names of everybody who is in it."""
        in_turn = (name for rotation in self.rotations for name in rotation.participants)
        return frozenset((*in_turn, *(override.person for override in self.overrides)))

    @model_validator(mode="after")
    def _rotations_can_be_told_apart(self) -> "Schedule":
        names = [rotation.name for rotation in self.rotations]
        for name in names:
            if names.count(name) > 1:
                raise PydanticCustomError(
                    "rotation_twice",
                    "Two rotations are called {name}: give one another name.",
                    {"name": name},
                )
        for override in self.overrides:
            if override.rotation is not None and override.rotation not in names:
                raise PydanticCustomError(
                    "no_rotation", "There is no rotation {name}.", {"name": override.rotation}
                )
        return self
