"""Durations: as programs write them (ISO 8601), and as people type and read them."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from pager.errors import PagerError

UNITS = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("min", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)

# The last number may stand alone: these are minutes.
_part = (
    r"([0-9]{1,6}(?:\.[0-9]{1,6})?) *"
    r"(w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|$)(?![a-z])"
)
_keywords = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class BadDuration(PagerError):
    """{text!r} is no duration such as 20 min or PT20M."""

    def __init__(self, text: str) -> None:
        """`text` is what could not be read."""
        super().__init__(text=text)


def _only_iso(value: object) -> object:
    """Let only ISO 8601 through: pydantic would read "15:00" as fifteen *hours*."""
    if isinstance(value, timedelta) or (isinstance(value, str) and value.startswith("P")):
        return value
    raise PydanticCustomError(
        "iso_duration", "An ISO 8601 duration is expected, such as PT15M (15 minutes)."
    )


IsoDuration = Annotated[timedelta, BeforeValidator(_only_iso), Field(strict=False)]
"""A duration that programs and files write as ISO 8601, and not as a bare number."""

_iso: TypeAdapter[timedelta] = TypeAdapter(IsoDuration)


def parse_duration(text: str) -> timedelta:
    """The duration that people type: 15 min, 1 h 30 min, 2 days, 20 (minutes), or PT20M.

    Raises BadDuration for anything else.
    """
    typed = text.strip().lower().replace(",", ".")
    if re.fullmatch(f"(?:{_part} *){{1,4}}", typed):
        parts = re.findall(_part, typed)
        lengths = (timedelta(**{_keywords[(unit or "m")[0]]: float(n)}) for n, unit in parts)
        return sum(lengths, timedelta())
    try:
        return _iso.validate_python(text.strip())
    except ValidationError as error:
        raise BadDuration(text) from error


def in_iso(duration: timedelta) -> str:
    """`duration` in ISO 8601: PT15M."""
    return _iso.dump_json(duration).decode().strip('"')


def in_words(duration: timedelta) -> str:
    """`duration` as people say it: 15 min, 1 d 2 h; 0 min for none."""
    parts = []
    for unit, length in UNITS:
        number, duration = divmod(duration, length)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts) or "0 min"


def whole_seconds(duration: timedelta) -> timedelta:
    """`duration` without the part of its last second."""
    return duration // timedelta(seconds=1) * timedelta(seconds=1)


def whole_minutes(duration: timedelta) -> timedelta:
    """`duration` without the part of its last minute."""
    return duration // timedelta(minutes=1) * timedelta(minutes=1)
