"""People and schedules in a document. Each has its name as the key that it stands under."""

import operator
from datetime import timedelta
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from pager.adapters.configuration.fields import (
    Document,
    Duration,
    Fields,
    LocalTimeText,
    MomentText,
    TimeText,
    WeekdayText,
    WeekTime,
    WeekTimeText,
    is_none,
)
from pager.adapters.configuration.targets import TAG, MethodDocument, method_document
from pager.oncall.names import Name
from pager.oncall.people import Person
from pager.oncall.schedules import (
    WEEKDAYS,
    Hours,
    Restriction,
    Rotation,
    Schedule,
    TimeZone,
    Weekday,
)


class PersonDocument(Document):
    """Somebody who can be on call."""

    contact_methods: Annotated[tuple[MethodDocument, ...], Field(exclude_if=operator.not_)] = ()
    account: Annotated[str | None, Field(exclude_if=is_none)] = None
    """The name of their account in the console."""

    @classmethod
    def of(cls, person: Person) -> "PersonDocument":
        """As the domain has it, without the marks of what is verified."""
        methods = tuple(method_document(method) for method in person.contact_methods)
        return cls(contact_methods=methods, account=person.account)

    def entry(self, name: str) -> Person:
        """As the domain has it. Raises ValidationError."""
        methods = tuple(
            {"target": method.target, "after": method.after} for method in self.contact_methods
        )
        return Person.model_validate({**dict(self), "name": name, "contact_methods": methods})


def _is_every_day(weekdays: tuple[Weekday, ...]) -> bool:
    return weekdays == WEEKDAYS


class HoursDocument(Document):
    """From one time of day to another: the next day's, where it is not later."""

    weekdays: Annotated[tuple[WeekdayText, ...], Field(exclude_if=_is_every_day)] = WEEKDAYS
    """Those on which it begins; left out where it does every day."""
    from_: Annotated[TimeText, Field(alias="from")]
    until: TimeText

    @property
    def fields(self) -> Fields:
        """As the domain has it."""
        hours = {"starts": self.from_, "ends": self.until}
        return {"type": "hours", "weekdays": self.weekdays, **hours}


class WeekSpanDocument(Document):
    """Once a week, from a time of one weekday to a time of another."""

    from_: Annotated[WeekTimeText, Field(alias="from")]
    until: WeekTimeText

    @property
    def fields(self) -> Fields:
        """As the domain has it."""
        return {
            "type": "week-span",
            "from_weekday": self.from_.weekday,
            "starts": self.from_.at,
            "until_weekday": self.until.weekday,
            "ends": self.until.at,
        }


def _tag(value: object) -> str | None:
    """Which of the two it is: without weekdays, times that have no name of one are times of day.

    `to` is what people write for `until`: they are told of it.
    """
    match value:
        case HoursDocument() | {"weekdays": _}:
            return HOURS
        case WeekSpanDocument():
            return WEEK_SPAN
        case dict() if value.keys() & {"until", "to"}:
            times = (value.get("from"), value.get("until"))
            return WEEK_SPAN if any(map(_has_letter, times)) else HOURS
        case _:
            return None


def _has_letter(value: object) -> bool:
    return isinstance(value, str) and any(map(str.isalpha, value))


HOURS, WEEK_SPAN = f"{TAG}hours", f"{TAG}week-span"

RestrictionDocument = Annotated[
    Annotated[HoursDocument, Tag(HOURS)] | Annotated[WeekSpanDocument, Tag(WEEK_SPAN)],
    Discriminator(
        _tag,
        custom_error_type="restriction",
        custom_error_message='Hours are expected: {from: "08:00", until: "20:00"} for each day,'
        ' {weekdays: [monday, friday], from: "08:00", until: "20:00"} or'
        " {from: friday 18:00, until: monday 09:00}.",
    ),
]
"""When a rotation has somebody on call."""


def _restriction_document(restriction: Restriction) -> RestrictionDocument:
    if isinstance(restriction, Hours):
        return HoursDocument(
            weekdays=restriction.weekdays, from_=restriction.starts, until=restriction.ends
        )
    return WeekSpanDocument(
        from_=WeekTime(weekday=restriction.from_weekday, at=restriction.starts),
        until=WeekTime(weekday=restriction.until_weekday, at=restriction.ends),
    )


class RotationDocument(Document):
    """People who take turns."""

    name: Name
    participants: tuple[Name, ...]
    """The names of people, in the order of their turns."""
    starts: LocalTimeText
    """The first handover. Nobody is on call before."""
    shift_length: Duration = timedelta(days=7)
    """How long a turn lasts: whole hours."""
    ends: Annotated[LocalTimeText | None, Field(exclude_if=is_none)] = None
    """Nobody is on call from then on."""
    restrictions: Annotated[tuple[RestrictionDocument, ...], Field(exclude_if=operator.not_)] = ()
    """Somebody is on call only in these hours; always where there are none."""

    @classmethod
    def of(cls, rotation: Rotation) -> "RotationDocument":
        """As the domain has it."""
        return cls(
            name=rotation.name,
            participants=rotation.participants,
            starts=rotation.starts,
            shift_length=rotation.shift_length,
            ends=rotation.ends,
            restrictions=tuple(map(_restriction_document, rotation.restrictions)),
        )

    @property
    def fields(self) -> Fields:
        """As the domain has it."""
        restrictions = tuple(restriction.fields for restriction in self.restrictions)
        return {**dict(self), "restrictions": restrictions}


class LayerDocument(Document):
    """Rotations side by side: whoever has the turn in any of them is on call."""

    rotations: tuple[RotationDocument, ...]


class OverrideDocument(Document):
    """Somebody stands in: they are on call in the place of whoever would be."""

    person: Name
    starts_at: MomentText
    ends_at: MomentText
    rotation: Annotated[Name | None, Field(exclude_if=is_none)] = None
    """The rotation whose turn they take; left out where they take the whole schedule."""


class ScheduleDocument(Document):
    """Who is on call when."""

    time_zone: TimeZone
    layers: tuple[LayerDocument, ...] = ()
    """The later one counts wherever it has somebody."""
    overrides: Annotated[tuple[OverrideDocument, ...] | None, Field(exclude_if=is_none)] = None
    """Left out: those that people have taken stay as they are."""

    @classmethod
    def of(cls, schedule: Schedule, *, overrides: bool) -> "ScheduleDocument":
        """As the domain has it; with its overrides, or saying nothing of them."""
        layers = tuple(
            LayerDocument(rotations=tuple(map(RotationDocument.of, layer.rotations)))
            for layer in schedule.layers
        )
        said = tuple(OverrideDocument(**dict(override)) for override in schedule.overrides)
        return cls(
            time_zone=schedule.time_zone, layers=layers, overrides=said if overrides else None
        )

    def entry(self, name: str) -> Schedule:
        """As the domain has it; where it says nothing of overrides, without. Raises
        ValidationError."""
        layers = tuple(
            {"rotations": tuple(rotation.fields for rotation in layer.rotations)}
            for layer in self.layers
        )
        overrides = tuple(dict(override) for override in self.overrides or ())
        return Schedule.model_validate(
            {"name": name, "time_zone": self.time_zone, "layers": layers, "overrides": overrides}
        )
