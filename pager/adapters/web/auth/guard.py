"""Who may come in: nothing is open but what is named here."""

import asyncio
import secrets
from http import HTTPStatus
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.access.scopes import EVERYTHING
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.caller import Caller
from pager.adapters.web.auth.oidc import SignOn
from pager.adapters.web.console.rendering import is_console
from pager.adapters.web.problems import ProblemError, problem

OPEN = ("/healthz", "/readyz", "/docs", "/openapi.json")
OPEN_BELOW = ("/acknowledge/", "/static-offline-docs/")
HOW_TO_COME_IN = (
    "Send an API key: Authorization: Bearer …. An administrator makes one in the console, under "
    "API keys; PAGER_API_KEY sets one for everything; and on your own machine "
    "PAGER_OPEN_ON_LOOPBACK=true asks for none."
)


class Access(NamedTuple):
    """How the operator lets people and programs in."""

    api_key: str | None
    """One that is good for everything."""
    open_to: frozenset[str] = frozenset()
    """The names of this machine under which programs on it need no key.

    There a web page could reach the server under a host name of its own (DNS rebinding), so
    it answers to these names and to no other.
    """
    sign_on: SignOn | None = None
    """Where people sign in who have an account there; None where there is no such place."""


class Guard:
    """ASGI middleware: asks for an API key wherever it is not told that a path is open.

    Pages of the console ask for an account by themselves; they are told whose session it is.
    """

    def __init__(
        self, app: ASGIApp, access: Access, keys: SqlApiKeys, browser: BrowserSessions
    ) -> None:
        """`keys` knows who calls, `browser` who is signed in."""
        self._app = app
        self._access = access
        self._keys = keys
        self._browser = browser

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in. Raises ProblemError (401 or 421)."""
        if scope["type"] == "http":
            path, state = scope["path"], scope.setdefault("state", {})
            if is_console(path):
                state["visitor"] = await self._browser.visitor(HTTPConnection(scope))
            elif path not in OPEN and not path.startswith(OPEN_BELOW):
                state["caller"] = await self._caller(Headers(scope=scope))
        await self._app(scope, receive, send)

    async def _caller(self, headers: Headers) -> Caller:
        if "authorization" not in headers and self._access.open_to:
            self._check_host(headers)
            return Caller(None, EVERYTHING)
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if self._access.api_key is not None and secrets.compare_digest(
                key.encode(), self._access.api_key.encode()
            ):
                return Caller("PAGER_API_KEY", EVERYTHING)
            principal = await asyncio.to_thread(self._keys.authenticate, key)
            if principal is not None:
                return Caller(f"API key {principal.name}", principal.scope)
        refusal = problem(HTTPStatus.UNAUTHORIZED, HOW_TO_COME_IN)
        raise ProblemError(refusal, {"WWW-Authenticate": "Bearer"})

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in self._access.open_to:
            detail = f"Without an API key this server is not called {name!r}."
            raise ProblemError(problem(HTTPStatus.MISDIRECTED_REQUEST, detail))
