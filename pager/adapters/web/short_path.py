"""The short path of what comes in storms: from the guard and admission control to the endpoint.

FastAPI would try the routes again, resolve dependencies and open exit stacks for each request: that
takes longer than all the rest.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.adapters.web.auth.principals import Program
from pager.adapters.web.route_rules import Rule, found_of

StormEndpoint = Callable[[Request, Program], Awaitable[Response]]


class ShortPath:
    """ASGI middleware, the last one: answers the requests that have an endpoint here."""

    def __init__(
        self, app: ASGIApp, endpoints: Mapping[Rule, StormEndpoint], fastapi: ASGIApp
    ) -> None:
        """`endpoints` by the rule of their route; `fastapi` is the application itself."""
        self._app = app
        self._endpoints = endpoints
        self._fastapi = fastapi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on. Raises what the endpoint raises."""
        found = found_of(scope) if scope["type"] == "http" else None
        endpoint = self._endpoints.get(found.rule) if found and found.is_routed else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        scope["app"] = self._fastapi
        response = await endpoint(Request(scope, receive), scope["state"]["program"])
        await response(scope, receive, send)
