"""The guard: authenticates each request, and authorizes it by the rule of its route."""

import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from pager.access.integrations import Integration, ProtocolName
from pager.access.scopes import EVERYTHING
from pager.adapters.channels.sms.status_callbacks import UnknownPage
from pager.adapters.runtime.pools import caller
from pager.adapters.store.access.calendar_feeds import FeedSubject, SqlCalendarFeeds
from pager.adapters.web.admission import RETRY_AFTER
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.integration_keys import keys_of, unknown_key
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.auth.known_keys import KnownKeys
from pager.adapters.web.auth.oidc import SignOn
from pager.adapters.web.auth.principals import NotSignedIn, Program
from pager.adapters.web.backend import Backend
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.route_rules import (
    NeedsAccount,
    NeedsCallback,
    NeedsFeed,
    NeedsIntegration,
    NeedsKey,
    NeedsKeyInBody,
    NeedsLink,
    Open,
    found_of,
)

HOW_TO_AUTHENTICATE = (
    "Send an API key: Authorization: Bearer …. An administrator makes one in the console, under "
    "API keys; PAGER_API_KEY sets one for everything; and on your own machine "
    "PAGER_OPEN_ON_LOOPBACK=true asks for none."
)

UNKNOWN_KEY = f"Nobody has this API key: it is mistyped, or was revoked. {HOW_TO_AUTHENTICATE}"

UNREADABLE_KEY = (
    "This version of Pager cannot read what this API key may do: a newer version has made it. Send "
    "it again to a node of that version, or use another key."
)

NO_FEED = (
    "There is no calendar feed at this address (any more). Make one in the console, and copy its "
    "whole address."
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


def client_network(scope: Scope) -> str:
    """The network of the client's address: for IPv6 a /64, of which one client may have all.

    Behind a proxy it is the client's own where uvicorn trusts the proxy (FORWARDED_ALLOW_IPS).
    """
    host, _ = scope.get("client") or ("", 0)
    return _network(host)


@lru_cache(maxsize=10_000)
def _network(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:  # a client without an address: of a test
        return str(host)
    bits = {4: 32, 6: 64}[address.version]
    return str(ip_network((address, bits), strict=False))


class Guard:
    """Lets those requests pass whose principal the rule of the route allows."""

    def __init__(
        self,
        access: Access,
        backend: Backend,
        keys: KnownKeys,
        integrations: KnownIntegrations,
        browser: BrowserSessions,
    ) -> None:
        """`backend` has the links and the callbacks, `keys` the API keys of programs.

        `integrations` has the keys of monitors, `browser` the sessions of people.
        """
        self._access = access
        self._keys = keys
        self._integrations = integrations
        self._links = backend.links
        self._callbacks = backend.status_callbacks
        self._browser = browser
        self._feeds = SqlCalendarFeeds(backend.database)
        self._threads = backend.pools.authentication

    async def authorize(self, request: Request) -> None:
        """Put the principal of the request into its state, before its body is read.

        Raises ProblemError (401, 403, 404 or 421), NotSignedIn, NotAllowed or BadLink.
        """
        found, state = found_of(request.scope), request.scope["state"]
        caller.set(client_network(request.scope))
        match found.rule.access:
            case NeedsKey(action, in_query):
                token = request.query_params.get("token") if in_query else None
                state["program"] = program = await self._program(request.headers, token)
                caller.set(program.author or "")
                service_id = found.parameters.get("service_id")
                if action is not None and service_id is not None:
                    program.check(action, service_id)
                elif action is not None:
                    program.check_any(action)
            case NeedsIntegration(protocols):
                integration = await self._integration(request, found.parameters, protocols)
                state["integration"] = integration
                caller.set(integration.author)
            case NeedsKeyInBody():
                pass  # the endpoint asks
            case NeedsAccount(role):
                state["person"] = person = await self._browser.person(request)
                if person is None:
                    raise NotSignedIn
                caller.set(person.name)
                person.check(role)
            case NeedsLink():
                state["acknowledgement"] = self._links.read(found.parameters["token"])
                caller.set(found.parameters["token"])
            case NeedsCallback():
                state["reported_page"] = self._reported_page(found.parameters["token"])
                caller.set(found.parameters["token"])
            case NeedsFeed():
                state["feed_subject"] = await self._feed_subject(found.parameters["token"])
            case Open():
                if found.rule.kind == "console":  # its pages show who is signed in
                    state["person"] = await self._browser.person(request)

    def _reported_page(self, token: str) -> str:
        """The idempotency key of the page that a provider reports on. Raises ProblemError (404)."""
        assert self._callbacks is not None  # otherwise there is no such route
        try:
            return self._callbacks.page(token)
        except UnknownPage as error:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, str(error))) from error

    async def _feed_subject(self, token: str) -> FeedSubject:
        """Whose shifts the feed with that token has. Raises ProblemError (404)."""
        subject = await self._threads.run(self._feeds.subject_of, token)
        if subject is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, NO_FEED))
        return subject

    async def _integration(
        self, request: Request, parameters: Mapping[str, str], protocols: Sequence[ProtocolName]
    ) -> Integration:
        for key in keys_of(request, parameters):
            integration = await self._integrations.of_key(key)
            if integration is not None and integration.protocol in protocols:
                return integration
        raise ProblemError(unknown_key())

    async def _program(self, headers: Headers, token: str | None = None) -> Program:
        """The program whose key is in the header, or is the `token`."""
        authorization = headers.get("authorization", None if token is None else f"Bearer {token}")
        if authorization is None and self._access.open_to:
            self._check_host(headers)
            return Program(None, EVERYTHING)
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() == "bearer":
            if self._access.api_key is not None and secrets.compare_digest(
                key.encode(), self._access.api_key.encode()
            ):
                return Program("PAGER_API_KEY", EVERYTHING)
            holder = await self._keys.principal(key)
            if holder is not None and holder.scope is None:
                unreadable = problem(HTTPStatus.SERVICE_UNAVAILABLE, UNREADABLE_KEY)
                raise ProblemError(unreadable, RETRY_AFTER)
            if holder is not None and holder.scope is not None:
                return Program(f"API key {holder.name}", holder.scope)
        detail = UNKNOWN_KEY if scheme.lower() == "bearer" and key else HOW_TO_AUTHENTICATE
        refusal = problem(HTTPStatus.UNAUTHORIZED, detail)
        raise ProblemError(refusal, {"WWW-Authenticate": "Bearer"})

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in self._access.open_to:
            detail = f"Without an API key this server is not called {name!r}."
            raise ProblemError(problem(HTTPStatus.MISDIRECTED_REQUEST, detail))
