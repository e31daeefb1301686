"""Whose path it is: which alert, and what is to be done with it.

Some clients write an alias into the path as it is: /v2/alerts/checkout-api/latency/close/ is the
alias checkout-api/latency. So the last part is an action only where that is one for the method.
"""

from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import unquote

from starlette._utils import get_route_path
from starlette.types import Scope

ROOT = "/v2/alerts"


class Place(NamedTuple):
    """What a path names."""

    action: str
    """The last part, such as "close"; "" for the alert itself, or for all of them."""
    identifier: str | None
    """Of the alert, or of the request; None: all alerts."""


def place_of(scope: Scope, actions: Collection[str]) -> Place:
    """What the path names; `actions` are those of the method."""
    parts, is_escaped = _parts(scope)

    def text(*some: str) -> str:
        joined = "/".join(some)
        return unquote(joined) if is_escaped else joined

    match parts:
        case ["count"] | ["saved-searches", *_]:
            place = Place(parts[0], None)
        case ["requests", request_id]:
            place = Place("requests", text(request_id))
        case [*before, action] if before and action in actions:
            place = Place(action, text(*before))
        case [*before, ("actions" | "attachments") as action, _] if before:
            place = Place(action, text(*before))
        case _:
            place = Place("", text(*parts) if parts else None)
    return place


def _parts(scope: Scope) -> tuple[list[str], bool]:
    """The parts after ROOT; whether they are percent-encoded, as they were sent.

    Below a sub-path they are known decoded only.
    """
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        path, is_escaped = get_route_path(scope), False
    else:
        path, is_escaped = raw.partition(b"?")[0].decode("ascii", "replace"), True
    _, _, rest = path.partition(ROOT)
    parts = rest.split("/")[1:]
    if parts and not parts[-1]:  # a slash at the end
        parts.pop()
    return parts, is_escaped
