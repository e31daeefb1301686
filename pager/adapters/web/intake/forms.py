"""Reads the fields of a form, urlencoded or multipart."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from pager.adapters.text import with_line_feeds
from pager.adapters.web.bodies import FORM
from pager.adapters.web.intake.events import NotUnderstood, Payload

MULTIPART = "multipart/form-data"

MOST_FIELDS = 1_000

_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)
_NAME = re.compile(r"\bname=(?:\"([^\"\r\n]{0,200})\"|([^\s;]{1,200}))", re.IGNORECASE)


def is_form(payload: Payload) -> bool:
    """Whether the body is a form. What curl sends is called one, also where it is JSON."""
    is_called_form = payload.media_type in {FORM, MULTIPART}
    return is_called_form and not payload.text.lstrip().startswith(("{", "["))


def form_of(payload: Payload) -> Mapping[str, str]:
    """The fields of the body: of those with the same name, the first. Raises NotUnderstood."""
    text = payload.text
    if payload.media_type == MULTIPART:
        return _multipart(text, payload.headers.get("content-type", ""))
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise NotUnderstood("Its form has too many fields.") from error
    return dict(reversed(pairs))


def _multipart(text: str, content_type: str) -> Mapping[str, str]:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise NotUnderstood("Its form has no boundary.")
    fields: dict[str, str] = {}
    parts = with_line_feeds(text).split(f"--{boundary[1] or boundary[2]}", MOST_FIELDS)
    for part in parts[1:]:
        # A line break belongs to the delimiter before the part, and one to that after it.
        head, _, value = part.removeprefix("\n").partition("\n\n")
        if name := _NAME.search(head):
            fields.setdefault(name[1] or name[2] or "", value.removesuffix("\n"))
    return fields
