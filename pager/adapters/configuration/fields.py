"""The single values of a document, as people write them: durations, times, names."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from pager.access.integrations import BadIntegrationName, integration_name
from pager.durations import BadDuration, in_iso, parse_duration, whole_seconds
from pager.oncall.schedules import WEEKDAYS, LocalTime, Moment, Weekday

UNITS = (
    ("day", "days", timedelta(days=1)),
    ("hour", "hours", timedelta(hours=1)),
    ("min", "min", timedelta(minutes=1)),
    ("s", "s", timedelta(seconds=1)),
)


class Document(BaseModel):
    """A part of a document: strict, and it has no other fields."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


Fields = dict[str, object]
"""The fields of a value of the domain, from which it is built and checked as a whole."""


def is_none(value: object) -> bool:
    """Whether a field says nothing: it is left out of what is written then."""
    return value is None


def duration_text(duration: timedelta) -> str:
    """A duration as people write it: 1 hour 30 min, 7 days; ISO 8601 where it has a part of a
    second."""
    if not duration or duration != whole_seconds(duration):
        return in_iso(duration) if duration else "0 min"
    parts = []
    for one, many, length in UNITS:
        number, duration = divmod(duration, length)
        if number:
            parts.append(f"{number} {one if number == 1 else many}")
    return " ".join(parts)


def _read_duration(value: object) -> object:
    # 10 is seconds to some, and minutes to others: the unit has to be said.
    if isinstance(value, str) and re.search("[A-Za-z]", value):
        try:
            return parse_duration(value)
        except BadDuration:
            pass
    elif isinstance(value, timedelta):
        return value
    raise PydanticCustomError(
        "duration", "A duration with its unit is expected: 10 min, 4 hours, 7 days, or PT10M."
    )


Duration = Annotated[
    timedelta,
    BeforeValidator(_read_duration),
    PlainSerializer(duration_text),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "[A-Za-z]",
            "examples": ["10 min", "4 hours", "7 days", "PT10M"],
        }
    ),
]
"""A duration: 10 min, 1 h 30 min, 7 days, or as ISO 8601."""


def _read_time_of_day(value: object) -> object:
    # A bare number would be read as the seconds since midnight.
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise PydanticCustomError("time_of_day", "A time of day is expected, such as 09:00.")


TimeText = Annotated[
    time,
    BeforeValidator(_read_time_of_day),
    PlainSerializer(lambda at: at.strftime("%H:%M")),
    WithJsonSchema(
        {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["09:00"]}
    ),
]
"""A time of day on the clock on the wall: 09:00."""


SHORTEST_WEEKDAY = 3
"""Letters, which tell one from all others."""


def _weekday(text: str) -> str:
    """The weekday that it is, or begins like: Wed is wednesday. Anything else stays as it is."""
    begin = text.strip().lower()
    found = (day for day in WEEKDAYS if len(begin) >= SHORTEST_WEEKDAY and day.startswith(begin))
    return next(found, text)


WeekdayText = Annotated[
    Weekday, BeforeValidator(lambda value: _weekday(value) if isinstance(value, str) else value)
]
"""A weekday, also in short and with capitals: wednesday, Wed."""


class WeekTime(Document):
    """A time of one weekday, which is written in one text: friday 18:00."""

    weekday: Weekday
    at: time

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.weekday} {self.at:%H:%M}"


def _read_week_time(value: object) -> object:
    if isinstance(value, WeekTime):
        return value
    text, _, at = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
    for weekday in WEEKDAYS:
        if weekday == _weekday(text):
            return WeekTime(weekday=weekday, at=_time_of_day(at))
    raise PydanticCustomError(
        "week_time", "A weekday and a time are expected, such as friday 18:00."
    )


def _time_of_day(text: str) -> time:
    at = _read_time_of_day(text.strip())
    assert isinstance(at, time)
    return at


WeekTimeText = Annotated[
    WeekTime,
    BeforeValidator(_read_week_time),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({'|'.join(WEEKDAYS)}) ([01][0-9]|2[0-3]):[0-5][0-9]$",
            "examples": ["friday 18:00"],
        }
    ),
]


def _only_text(value: object) -> object:
    # A number would be read as the seconds since 1970.
    if isinstance(value, str | datetime):
        return value
    raise PydanticCustomError(
        "date_and_time", "A date and a time are expected, such as 2027-01-18 09:00."
    )


LocalTimeText = Annotated[
    LocalTime,
    BeforeValidator(_only_text),
    PlainSerializer(lambda at: f"{at:%Y-%m-%d %H:%M}"),
    WithJsonSchema({"type": "string", "examples": ["2027-01-18 09:00"]}),
]
"""A date and a time of day in the time zone of the schedule."""

MomentText = Annotated[
    Moment,
    Field(strict=False),
    BeforeValidator(_only_text),
    WithJsonSchema({"type": "string", "examples": ["2027-01-18T09:00:00+01:00"]}),
]
"""A moment, with the offset of its time zone."""


def _good_integration_name(text: str) -> str:
    try:
        good = integration_name(text) == text
    except BadIntegrationName as error:
        raise PydanticCustomError("integration_name", "{reason}", {"reason": str(error)}) from error
    if not good:
        raise PydanticCustomError("integration_name", "A name has no space at its ends.")
    return text


IntegrationName = Annotated[str, AfterValidator(_good_integration_name)]
