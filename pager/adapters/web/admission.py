"""Admission control: too many requests at once are refused (load shedding)."""

from http import HTTPStatus
from typing import get_args

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.adapters.web.limits import LARGEST_BODY, Limits
from pager.adapters.web.problems import problem, response
from pager.adapters.web.routing import Admission, rule_of

RETRY_AFTER = {"Retry-After": "5"}
"""Seconds."""


def come_back(detail: str) -> Response:
    """503, and when to try again."""
    return response(
        problem(HTTPStatus.SERVICE_UNAVAILABLE, detail), RETRY_AFTER | {"Connection": "close"}
    )


class InFlight:
    """The requests of one kind that are being answered, and how large their bodies may be."""

    def __init__(self, limits: Limits) -> None:
        """None yet; at most as many as `limits` say."""
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
        """Each kind is counted by itself: no Acknowledgement is refused for a flood of Alerts."""
        self._app = app
        self._in_flight: dict[Admission, InFlight] = {
            kind: InFlight(limits) for kind in get_args(Admission) if kind != "always"
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 503 before anything of its body is read."""
        in_flight = None
        if scope["type"] == "http":
            in_flight = self._in_flight.get(rule_of(scope).admission)
        if in_flight is None:
            await self._app(scope, receive, send)
            return
        size = _announced(Headers(scope=scope))
        if not in_flight.has_room_for(size):
            refusal = come_back("Pager is answering too many requests: send it again in a while.")
            await refusal(scope, receive, send)
            return
        in_flight.begin(size)
        try:
            await self._app(scope, receive, send)
        finally:
            in_flight.end(size)


def _announced(headers: Headers) -> int:
    """How large the body may become: larger ones are refused."""
    if "transfer-encoding" in headers:
        return LARGEST_BODY
    return min(int(headers.get("content-length", 0)), LARGEST_BODY)
