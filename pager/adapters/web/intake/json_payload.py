"""JSON as monitors send it: odd in one place, it is still read in all others."""

import json
from typing import NamedTuple

from pydantic import JsonValue
from pydantic_core import from_json

from pager.adapters.web.bodies import JSON
from pager.adapters.web.intake.events import NotUnderstood, Payload
from pager.adapters.web.intake.forms import form_of, is_form

JsonObject = dict[str, JsonValue]

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
    if is_form(payload):
        fields: JsonObject = {name: value for name, value in form_of(payload).items() if value}
        if fields:
            return Json(fields)
    if not payload.end:
        try:
            return Json(from_json(payload.body))
        except ValueError:
            pass
    return _odd_json(payload)


def _odd_json(payload: Payload) -> Json:
    text = payload._replace(end=b"").text.strip("\ufeff\x00 \t\r\n")
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


def whole_json_of(payload: Payload) -> JsonValue:
    """The value in a payload of any media type.

    Where it was too large, only its middle is missing: that may be in one long text. Raises
    NotUnderstood, also where the end is missing.
    """
    whole = payload.body + payload.end
    value, is_cut = json_of(payload._replace(body=whole, end=b"", media_type=JSON))
    if is_cut:
        raise NotUnderstood("Its end is missing.")
    return value


def whole_object_of(payload: Payload) -> JsonObject:
    """The JSON object of a payload. Raises NotUnderstood, as `whole_json_of`."""
    value = whole_json_of(payload)
    if not isinstance(value, dict):
        raise NotUnderstood("It is JSON, but not an object.")
    return value
