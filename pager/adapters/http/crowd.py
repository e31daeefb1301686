"""Too many clients at once: who cannot be answered in time is told so, and when to come back."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.adapters.http.problems import problem, response

MOST_AT_ONCE = 200
"""Requests that are being answered. Each may hold a body of a megabyte."""

FLOODS = "/alerts"
"""What machines send, and in storms. Whoever acknowledges must not have to wait behind them."""


def come_back(detail: str) -> Response:
    """503, and when to try again."""
    return response(
        problem(HTTPStatus.SERVICE_UNAVAILABLE, detail), {"Retry-After": "5", "Connection": "close"}
    )


class Crowd:
    """ASGI middleware: answers 503 to whoever comes while too many are being answered."""

    def __init__(self, app: ASGIApp, most: int = MOST_AT_ONCE) -> None:
        """`most` Alerts (or arrays of them) at once, and as many requests of all other kinds."""
        self._app = app
        self._most = most
        self._inside = {True: 0, False: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or send it away before anything of its body is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        flood = scope["path"] == FLOODS
        if self._inside[flood] >= self._most:
            detail = f"Pager is answering {self._most} requests already: send it again in a while."
            await come_back(detail)(scope, receive, send)
            return
        self._inside[flood] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside[flood] -= 1
