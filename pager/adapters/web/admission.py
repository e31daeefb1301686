"""Too many clients at once: who cannot be answered in time is told so, and when to come back."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.adapters.web.bodies import LARGEST_BODY
from pager.adapters.web.problems import problem, response

MOST_REQUESTS = 200
"""That are answered at a time."""

MOST_BYTES = 32 * LARGEST_BODY
"""Of bodies, that are held at a time. What is read from them is a few times as large."""

FLOODS = frozenset({"/alerts", "/healthy-events"})
"""What machines send, and in storms. Whoever acknowledges must not have to wait behind them."""

STRANGERS = ("/console/login", "/console/join/")
"""Where a body is read of whoever sends one. The slowest of them keep out each other, and nobody
who has a session, a key or a link."""

ALWAYS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Whoever asks for these would draw the wrong conclusions: they are cheap, and let in."""


RETRY_AFTER = {"Retry-After": "5"}
"""Seconds."""


def come_back(detail: str) -> Response:
    """503, and when to try again."""
    return response(
        problem(HTTPStatus.SERVICE_UNAVAILABLE, detail), RETRY_AFTER | {"Connection": "close"}
    )


class Room:
    """How many requests of a kind are inside, and how large their bodies may be together."""

    def __init__(self) -> None:
        """Empty."""
        self.requests = 0
        self.bytes = 0

    def has_place_for(self, size: int) -> bool:
        """Whether one more comes in."""
        return self.requests < MOST_REQUESTS and self.bytes + size <= MOST_BYTES

    def enter(self, size: int) -> None:
        """One more is inside."""
        self.requests += 1
        self.bytes += size

    def leave(self, size: int) -> None:
        """One less is inside."""
        self.requests -= 1
        self.bytes -= size


class AdmissionControl:
    """ASGI middleware: sends away whoever comes while too many are being answered."""

    def __init__(self, app: ASGIApp) -> None:
        """One room for machines, one for whoever is yet to sign in, and one for everybody else."""
        self._app = app
        self._machines = Room()
        self._strangers = Room()
        self._others = Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 503 before anything of its body is read."""
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            await self._app(scope, receive, send)
            return
        room = self._room(scope["path"])
        size = _announced(Headers(scope=scope))
        if not room.has_place_for(size):
            away = come_back("Pager is answering too many requests: send it again in a while.")
            await away(scope, receive, send)
            return
        room.enter(size)
        try:
            await self._app(scope, receive, send)
        finally:
            room.leave(size)

    def _room(self, path: str) -> Room:
        if path in FLOODS:
            return self._machines
        return self._strangers if path.startswith(STRANGERS) else self._others


def _announced(headers: Headers) -> int:
    """How large the body may become: larger ones are refused."""
    if "transfer-encoding" in headers:
        return LARGEST_BODY
    return min(int(headers.get("content-length", 0)), LARGEST_BODY)
