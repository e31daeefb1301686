"""The values in the JSON of a monitor, of whatever type it gives them: as text, numbers, lists."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from pydantic import JsonValue

from pager.model import shortened

LONGEST_TEXT = 2_000
"""Characters of one text of a payload: a payload has many."""

MOST_ITEMS = 5_000
"""Items of an array that are read: more than Pager takes as events of one request."""

MOST_LINES = 1_000
"""Values that a page can list."""

NOT_SHOWN = "(too deep or too long to be shown)"
"""Such as a number with thousands of digits."""


def text(value: JsonValue, longest: int = LONGEST_TEXT) -> str:
    """A value for people, and for the names of services: "" of null."""
    match value:
        case None:
            return ""
        case str():
            return shortened(value.strip(), longest)
        case _:
            return shortened(_dumped(value), longest)


def texts(value: JsonValue) -> dict[str, str]:
    """The fields of an object that have a text, a number or a boolean; none of anything else."""
    if not isinstance(value, dict):
        return {}
    return {
        text(name): text(field)
        for name, field in value.items()
        if field is not None and not isinstance(field, dict | list)
    }


def scalar(value: JsonValue) -> str:
    """A text, a number or a boolean as text; "" of anything else."""
    return "" if isinstance(value, dict | list) else text(value)


def number(value: JsonValue) -> int:
    """A number, also one that is sent as text; 0 of anything else."""
    try:
        return int(value) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0


def items(value: JsonValue) -> Sequence[JsonValue]:
    """The first MOST_ITEMS of an array; a value alone is one item, and null is none."""
    if value is None:
        return ()
    return value[:MOST_ITEMS] if isinstance(value, list) else (value,)


def member(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The object with that name; an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, Mapping) else {}


def members(fields: Mapping[str, object], name: str) -> Iterator[Mapping[str, object]]:
    """The objects in the list with that name; or the only one, where it is no list."""
    value = fields.get(name)
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield item


def text_at(fields: Mapping[str, object], name: str) -> str:
    """The value with that name as text; "" where there is none."""
    return as_text(fields.get(name)).strip()


def as_text(value: object) -> str:
    """Text as it is; anything else as JSON, and what is empty as nothing."""
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, str):
        return value
    return _dumped(value)


def lines_of(value: object) -> Iterator[str]:
    """A value for people: a line for each of its fields that says something."""
    if not isinstance(value, Mapping):
        if text := as_text(value).strip():
            yield text
        return
    for name, part in islice(value.items(), MOST_LINES):
        if text := as_text(part).strip():
            yield f"{name}:\n{text}" if "\n" in text else f"{name}: {text}"


def fields_in(fields: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """The fields that may name a service: those whose value is text or a number."""
    return {
        f"{prefix}{name}": as_text(value).strip()
        for name, value in fields.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def _dumped(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):
        return NOT_SHOWN
