"""Who may come in: nothing is open but what is named here."""

import secrets
from http import HTTPStatus
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.adapters.http.console.browser import BrowserSessions
from pager.adapters.http.console.pages import is_console
from pager.adapters.http.problems import problem, response
from pager.adapters.oidc import SignOn

OPEN = ("/healthz", "/readyz", "/docs", "/openapi.json")
OPEN_BELOW = ("/acknowledge/", "/static-offline-docs/")


class Access(NamedTuple):
    """How the operator lets people and programs in."""

    api_key: str | None
    hosts: frozenset[str]
    """The names that a server without a key answers to."""
    sign_on: SignOn | None = None
    """Where people sign in who have an account there; None where there is no such place."""


class Guard:
    """ASGI middleware: asks for the API key wherever it is not told that a path is open.

    Without a key the server listens on loopback only. There a web page could reach it under a
    host name of its own (DNS rebinding), so it answers to names that it knows and to no other.
    """

    def __init__(self, app: ASGIApp, access: Access, browser: BrowserSessions) -> None:
        """`browser` knows who is signed in."""
        self._app = app
        self._api_key = access.api_key
        self._hosts = access.hosts
        self._browser = browser

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 401 or 421. Pages are told who looks at them."""
        if scope["type"] == "http" and is_console(scope["path"]):
            visitor = await self._browser.visitor(HTTPConnection(scope))
            scope.setdefault("state", {})["visitor"] = visitor
        elif scope["type"] == "http":
            refusal = self._refusal(scope["path"], Headers(scope=scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, path: str, headers: Headers) -> Response | None:
        if self._api_key is None:
            host = headers.get("host", "").lower()
            name = host if host.endswith("]") else host.rpartition(":")[0] or host
            # Under the name that links have, the links alone are open.
            if name not in self._hosts and not path.startswith("/acknowledge/"):
                detail = f"Without PAGER_API_KEY this server is not called {name!r}."
                return response(problem(HTTPStatus.MISDIRECTED_REQUEST, detail))
            return None
        if path in OPEN or path.startswith(OPEN_BELOW):
            return None
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secrets.compare_digest(
            key.encode(), self._api_key.encode()
        ):
            return None
        detail = "Send the API key: Authorization: Bearer …"
        return response(problem(HTTPStatus.UNAUTHORIZED, detail), {"WWW-Authenticate": "Bearer"})
