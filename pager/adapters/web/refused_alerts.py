"""Takes note of every request that should have raised an Alert and did not, whoever refused it."""

from collections.abc import MutableSequence
from http import HTTPStatus

from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pager.access.api_keys import parse_key
from pager.adapters.runtime.refusals import Refusals
from pager.adapters.text import printable, shortened
from pager.adapters.web.auth.principals import Program

PATHS = frozenset({"/alerts", "/alerts/"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that no Alert is sent with."""

LONGEST_SENDER = 200


class RefusedAlerts:
    """ASGI middleware: notes the refusals that the endpoint tells, and every other one itself."""

    def __init__(self, app: ASGIApp, refusals: Refusals) -> None:
        """What is refused is added to `refusals`."""
        self._app = app
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at its answer."""
        if (
            scope["type"] != "http"
            or get_route_path(scope) not in PATHS
            or scope["method"] in READING
        ):
            await self._app(scope, receive, send)
            return
        refused: MutableSequence[tuple[str, int]] = []
        scope.setdefault("state", {})["refused_alerts"] = refused
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            if status >= HTTPStatus.BAD_REQUEST and not refused:
                refused.append(("", status))
            for service_id, refused_with in refused:
                self._refusals.add(service_id, refused_with, _sender(scope))


def _raises_alerts(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and get_route_path(scope) in PATHS
        and scope["method"] not in READING
    )


def _sender(scope: Scope) -> str:
    """The API key that was sent, by its name, or the address that an unknown one came from."""
    program: Program | None = scope["state"].get("program")
    if program is not None and program.author is not None:
        return shortened(printable(program.author), LONGEST_SENDER)
    client = scope.get("client")
    address = client[0] if client else "an unknown address"
    _, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
    parts = parse_key(key)
    # The secret is not shown.
    named = f", with the key pager_{parts.id}_…" if parts else ""
    return shortened(printable(f"{address}{named}"), LONGEST_SENDER)
