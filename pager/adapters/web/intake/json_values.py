"""Says the values of a payload in text: whatever type a sender gives them."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice

from pager.adapters.web.api.tolerant_json import text_of
from pager.adapters.web.bodies import JSON, CutBody
from pager.adapters.web.intake import json_payload
from pager.adapters.web.intake.events import NotUnderstood, Payload

MOST_LINES = 1_000
"""Values that a page can list."""

NOT_SHOWN = "(too deep or too long to be shown)"
"""Such as a number with thousands of digits."""


def body_text(payload: Payload) -> str:
    """The body as text, unpacked and in whichever encoding it is."""
    encoding = payload.headers.get("content-encoding", "")
    return text_of(CutBody(payload.body, payload.end), encoding)


def json_of(payload: Payload) -> object:
    """The value in a payload of any media type.

    Where it was too large, only its middle is missing: that may be in one long text. Raises
    NotUnderstood, also where the end is missing.
    """
    whole = payload.body + payload.end
    read = json_payload.json_of(payload._replace(body=whole, end=b"", media_type=JSON))
    if read.is_cut:
        raise NotUnderstood("Its end is missing.")
    return read.value


def object_of(payload: Payload) -> Mapping[str, object]:
    """The JSON object of a payload. Raises NotUnderstood, as `json_of`."""
    value = json_of(payload)
    if not isinstance(value, dict):
        raise NotUnderstood("It is JSON, but not an object.")
    return value


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
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):
        return NOT_SHOWN


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
