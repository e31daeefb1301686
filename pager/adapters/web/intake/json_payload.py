"""JSON as monitors send it: odd in one place, it is still read in all others."""

import json
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl

from pydantic import JsonValue
from pydantic_core import from_json

from pager.adapters.web.api.tolerant_json import text_of
from pager.adapters.web.bodies import FORM, CutBody
from pager.adapters.web.intake.events import NotUnderstood, Payload
from pager.model import shortened

JsonObject = dict[str, JsonValue]

LONGEST_TEXT = 2_000
"""Characters of one text of a payload: a payload has many."""

MOST_FORM_FIELDS = 1_000

MOST_ITEMS = 5_000
"""Items of an array that are read: more than Pager takes as events of one request."""

_TOLERANT = json.JSONDecoder(strict=False)
"""It takes control characters in texts, and halves of surrogate pairs."""


class Json(NamedTuple):
    """The value of a payload."""

    value: JsonValue
    is_cut: bool = False
    """Whether its end is missing."""


def json_of(payload: Payload) -> Json:
    """The JSON of a payload, as far as it goes; of a form, an object of its fields.

    Raises NotUnderstood.
    """
    if payload.media_type == FORM and not payload.body.lstrip().startswith((b"{", b"[")):
        form = payload.body.decode(errors="replace")
        try:
            fields = parse_qsl(form, max_num_fields=MOST_FORM_FIELDS)
        except ValueError as error:
            raise NotUnderstood("Its form has too many fields.") from error
        if fields:
            return Json(dict(fields))
    if not payload.end:
        try:
            return Json(from_json(payload.body))
        except ValueError:
            pass
    return _odd_json(payload)


def _odd_json(payload: Payload) -> Json:
    encoding = payload.headers.get("content-encoding", "")
    text = text_of(CutBody(payload.body, b""), encoding).strip("\ufeff\x00 \t\r\n")
    try:
        value, _ = _TOLERANT.raw_decode(text)
    except (ValueError, RecursionError):
        pass
    else:
        return Json(value)
    try:
        # What is cut in a text ends there.
        value = from_json(text.encode(errors="replace"), allow_partial="trailing-strings")
    except ValueError as error:
        raise NotUnderstood("It is not JSON.") from error
    return Json(value, is_cut=True)


def object_of(payload: Payload) -> tuple[JsonObject, bool]:
    """The JSON object of a payload, and whether its end is missing. Raises NotUnderstood."""
    value, is_cut = json_of(payload)
    if not isinstance(value, dict):
        raise NotUnderstood("It is JSON, but not an object.")
    return value, is_cut


def text(value: JsonValue, longest: int = LONGEST_TEXT) -> str:
    """A value for people, and for the names of services: "" of null."""
    match value:
        case None:
            return ""
        case str():
            return shortened(value.strip(), longest)
        case _:
            return shortened(_dumped(value), longest)


def _dumped(value: JsonValue) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):  # nested too deeply, or a number with thousands of digits
        return "…"


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
