"""Takes note of every request that should have raised an Alert and did not, whoever refused it."""

import re
from collections.abc import Sequence
from http import HTTPStatus

from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.types import Scope

from pager.access.api_keys import parse_key
from pager.access.integrations import Integration
from pager.adapters.runtime.refusals import Refusals
from pager.adapters.text import printable
from pager.adapters.web.auth.principals import Program
from pager.adapters.web.route_rules import UNKNOWN, found_of, rule_of
from pager.model import shortened

PATHS = frozenset({"/alerts", "/alerts/"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that no Alert is sent with."""

LONGEST_SENDER = 200

WEBHOOK = re.compile(r"/integrations/v1/[^/]*/(?=.)")
"""Before the key of an integration, and before whatever is sent in its place."""

LIKE_A_KEY = re.compile(r"[0-9a-fA-F-]{16,}")
"""In an address that is no webhook's."""


class RefusedAlerts:
    """Notes the refusals that the endpoint tells, and every other one itself."""

    def __init__(self, refusals: Refusals) -> None:
        """What is refused is added to `refusals`."""
        self._refusals = refusals

    def note(self, scope: Scope, status: int) -> None:
        """The request was answered with that HTTP status."""
        told: Sequence[tuple[str, int]] | None = scope["state"].get("refused_alerts")
        if told is None and status >= HTTPStatus.BAD_REQUEST and _is_intake(scope, status):
            told = [(_service_of_integration(scope), status)]
        if not told and (status < HTTPStatus.BAD_REQUEST or not _was_refused(scope, status)):
            return
        for service_id, refused_with in told or [("", status)]:
            self._refusals.add(service_id, refused_with, _sender(scope))


def _is_intake(scope: Scope, status: int) -> bool:
    """Whether it is sent by a monitor in a protocol of its own.

    What strangers send to unknown addresses is none (401).
    """
    found = found_of(scope)
    is_of_a_stranger = status == HTTPStatus.UNAUTHORIZED and not found.is_routed
    is_of_a_monitor = found.rule.kind == "intake" and not is_of_a_stranger
    return is_of_a_monitor and scope["method"] not in READING


def _service_of_integration(scope: Scope) -> str:
    """The service of the integration whose key was sent; empty where it is none's."""
    integration: Integration | None = scope["state"].get("integration")
    return "" if integration is None else integration.routing.service_id


def _may_be_an_alert(scope: Scope) -> bool:
    """Whether it is sent to the address of Alerts, or to one that there is not."""
    return scope["method"] not in READING and (_is_for_alerts(scope) or rule_of(scope) is UNKNOWN)


def _is_for_alerts(scope: Scope) -> bool:
    return get_route_path(scope) in PATHS


def _was_refused(scope: Scope, status: int) -> bool:
    """Whether an Alert was refused, by the status of the answer: one of 400 or more.

    What strangers send to unknown addresses is none (401).
    """
    return _may_be_an_alert(scope) and (_is_for_alerts(scope) or status == HTTPStatus.NOT_FOUND)


def _sender(scope: Scope) -> str:
    """Who sent it, and where to, unless that is the address of Alerts."""
    where = "" if _is_for_alerts(scope) else f", to {_shown_path(scope)}"
    return shortened(printable(f"{_key_or_address(scope)}{where}"), LONGEST_SENDER)


def _shown_path(scope: Scope) -> str:
    """The path without what may be a key of an integration, or a part of one."""
    path = get_route_path(scope)
    webhook = WEBHOOK.search(path)
    return LIKE_A_KEY.sub("…", path) if webhook is None else f"{path[: webhook.end()]}…"


def _key_or_address(scope: Scope) -> str:
    """The name of the key that was sent, or the address that an unknown one came from."""
    integration: Integration | None = scope["state"].get("integration")
    if integration is not None:
        return integration.author
    program: Program | None = scope["state"].get("program")
    if program is not None and program.author is not None:
        return program.author
    client = scope.get("client")
    address: str = client[0] if client else "an unknown address"
    _, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
    parts = parse_key(key)
    # The secret is not shown.
    return f"{address}, with the key pager_{parts.id}_…" if parts else address
