"""Admission control: too many requests at once are refused (load shedding)."""

from http import HTTPStatus
from typing import get_args

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.adapters.web.limits import LARGEST_BODY, Limits
from pager.adapters.web.problems import problem, response
from pager.adapters.web.route_rules import Admission, rule_of

RETRY_AFTER = {"Retry-After": "5"}
"""Seconds."""


def service_unavailable(detail: str) -> Response:
    """503, with when to try again."""
    return response(
        problem(HTTPStatus.SERVICE_UNAVAILABLE, detail), RETRY_AFTER | {"Connection": "close"}
    )


class InFlight:
    """The requests of one kind that are being answered, and how large their bodies may be."""

    def __init__(self, limits: Limits) -> None:
        """`limits` says how many there may be."""
        self._limits = limits
        self._requests = 0
        self._bytes = 0

    def has_room_for(self, size: int) -> bool:
        """Whether one more is admitted, with a body of `size` bytes."""
        return self._requests < self._limits.requests and self._bytes + size <= self._limits.bytes

    def begin(self, size: int) -> None:
        """One more is being answered."""
        self._requests += 1
        self._bytes += size

    def end(self, size: int) -> None:
        """One of them has been answered."""
        self._requests -= 1
        self._bytes -= size


class AdmissionControl:
    """ASGI middleware: refuses requests while too many of their kind are being answered."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Each kind is counted by itself: a flood of Alerts keeps out no Acknowledgement."""
        self._app = app
        self._in_flight: dict[Admission, InFlight] = {
            kind: InFlight(limits) for kind in get_args(Admission) if kind != "always"
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503 before its body is read."""
        in_flight = None
        if scope["type"] == "http":
            in_flight = self._in_flight.get(rule_of(scope).admission)
        if in_flight is None:
            await self._app(scope, receive, send)
            return
        size = _announced_size(Headers(scope=scope))
        if not in_flight.has_room_for(size):
            refusal = service_unavailable(
                "Pager is answering too many requests: send it again in a while."
            )
            await refusal(scope, receive, send)
            return
        in_flight.begin(size)
        try:
            await self._app(scope, receive, send)
        finally:
            in_flight.end(size)


def _announced_size(headers: Headers) -> int:
    """The size of the body in bytes, as announced; no larger one is ever read."""
    if "transfer-encoding" in headers:
        return LARGEST_BODY
    return min(int(headers.get("content-length", 0)), LARGEST_BODY)
