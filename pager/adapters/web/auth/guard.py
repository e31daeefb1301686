"""The guard: authenticates each request, and authorizes it by the rule of its route."""

import asyncio
import secrets
from http import HTTPStatus
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.access.scopes import EVERYTHING
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.web.admission import RETRY_AFTER
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.oidc import SignOn
from pager.adapters.web.auth.principals import NotSignedIn, Program
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.route_rules import NeedsAccount, NeedsKey, Open, rule_of

HOW_TO_AUTHENTICATE = (
    "Send an API key: Authorization: Bearer …. An administrator makes one in the console, under "
    "API keys; PAGER_API_KEY sets one for everything; and on your own machine "
    "PAGER_OPEN_ON_LOOPBACK=true asks for none."
)

UNREADABLE_KEY = (
    "This version of Pager cannot read what this API key may do: a newer version has made it. Send "
    "it again to a node of that version, or use another key."
)


class Access(NamedTuple):
    """How the operator has set up authentication."""

    api_key: str | None
    """The key of the settings, which is good for everything."""
    open_to: frozenset[str] = frozenset()
    """The host names of this machine under which programs on it need no key.

    A web page could reach such a server under a host name of its own (DNS rebinding), so without a
    key the server answers under these names and under no other.
    """
    sign_on: SignOn | None = None
    """Single sign-on; None where people sign in with passwords alone."""


class Guard:
    """ASGI middleware: passes on the requests whose principal the rule of the route allows."""

    def __init__(
        self, app: ASGIApp, access: Access, keys: SqlApiKeys, browser: BrowserSessions
    ) -> None:
        """`keys` authenticates programs, `browser` people."""
        self._app = app
        self._access = access
        self._keys = keys
        self._browser = browser

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its principal in its state.

        Raises ProblemError (401, 403 or 421), NotSignedIn or NotAllowed.
        """
        if scope["type"] == "http":
            await self._authorize(scope)
        await self._app(scope, receive, send)

    async def _authorize(self, scope: Scope) -> None:
        rule, state = rule_of(scope), scope["state"]
        match rule.access:
            case NeedsKey(action):
                state["program"] = program = await self._program(Headers(scope=scope))
                if action is not None:
                    program.check_any(action)
            case NeedsAccount(role):
                state["person"] = person = await self._browser.person(HTTPConnection(scope))
                if person is None:
                    raise NotSignedIn
                person.check(role)
            case Open():
                if rule.kind == "console":  # its pages show who is signed in
                    state["person"] = await self._browser.person(HTTPConnection(scope))

    async def _program(self, headers: Headers) -> Program:
        if "authorization" not in headers and self._access.open_to:
            self._check_host(headers)
            return Program(None, EVERYTHING)
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if self._access.api_key is not None and secrets.compare_digest(
                key.encode(), self._access.api_key.encode()
            ):
                return Program("PAGER_API_KEY", EVERYTHING)
            holder = await asyncio.to_thread(self._keys.authenticate, key)
            if holder is not None and holder.scope is None:
                unreadable = problem(HTTPStatus.SERVICE_UNAVAILABLE, UNREADABLE_KEY)
                raise ProblemError(unreadable, RETRY_AFTER)
            if holder is not None and holder.scope is not None:
                return Program(f"API key {holder.name}", holder.scope)
        refusal = problem(HTTPStatus.UNAUTHORIZED, HOW_TO_AUTHENTICATE)
        raise ProblemError(refusal, {"WWW-Authenticate": "Bearer"})

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in self._access.open_to:
            detail = f"Without an API key this server is not called {name!r}."
            raise ProblemError(problem(HTTPStatus.MISDIRECTED_REQUEST, detail))
