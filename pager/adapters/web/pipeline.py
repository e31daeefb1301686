"""The pipeline: what each request passes on its way to the endpoint, and what its answer gets.

It is one middleware, and outside of FastAPI's own, because each one costs time, and the worst
minute brings thousands of Alerts a second.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple, Protocol

from fastapi import FastAPI
from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pager.adapters.web.admission import AdmissionControl
from pager.adapters.web.auth.principals import Program
from pager.adapters.web.refused_alerts import RefusedAlerts
from pager.adapters.web.route_rules import Found, Rule, Rules
from pager.adapters.web.security_headers import SecurityHeaders

StormEndpoint = Callable[[Request, Program], Awaitable[Response]]
ErrorAnswer = Callable[[Request, Exception], Awaitable[Response]]


class Authorizing(Protocol):
    """What the Guard does."""

    async def authorize(self, request: Request) -> None:
        """Raise an error for a request that may not pass."""
        ...


class Steps(NamedTuple):
    """What the pipeline consists of, in the order in which a request passes it."""

    app: FastAPI
    """`request.app` of the endpoints."""
    rules: Rules
    guard: Authorizing
    admission: AdmissionControl
    short_path: Mapping[Rule, StormEndpoint]
    """The endpoints of what comes in storms, by the rule of their route. FastAPI would try the
    routes again, resolve dependencies and open exit stacks: that takes longer than all the rest."""
    errors: Mapping[type, ErrorAnswer]
    """The answers to what the steps and these endpoints raise; that to Exception is to all else."""
    headers: SecurityHeaders
    refused_alerts: RefusedAlerts


class Pipeline:
    """ASGI middleware: finds the rule of a request, authorizes and admits it, and answers it."""

    def __init__(self, app: ASGIApp, steps: Steps) -> None:
        """`app` answers what is not on the short path, and its own errors."""
        self._app = app
        self._steps = steps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request. Raises faults of Pager's once they are answered, to be logged."""
        steps = self._steps
        scope["app"] = steps.app
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found = steps.rules.find(scope["method"], get_route_path(scope))
        scope.setdefault("state", {})["found"] = found
        request = Request(scope, receive)
        visit = steps.admission.visit(found.rule.admission)
        status: int | None = None

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if visit is not None:
                    visit.leave()
                steps.headers.add_to(message, found.rule.kind)
            await send(message)

        try:
            await steps.guard.authorize(request)
            if visit is not None:
                await visit.admit(request)
            await self._call_endpoint(request, found, answer)
        except Exception as error:
            if status is not None:
                raise
            await self._answer_error(request, error, answer)
        finally:
            if visit is not None:
                visit.leave()
            steps.refused_alerts.note(scope, status or HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _call_endpoint(self, request: Request, found: Found, answer: Send) -> None:
        endpoint = self._steps.short_path.get(found.rule) if found.is_routed else None
        if endpoint is None:
            await self._app(request.scope, request.receive, answer)
            return
        response = await endpoint(request, request.scope["state"]["program"])
        await response(request.scope, request.receive, answer)

    async def _answer_error(self, request: Request, error: Exception, answer: Send) -> None:
        errors = self._steps.errors
        kind = next(kind for kind in type(error).__mro__ if kind in errors)
        response = await errors[kind](request, error)
        await response(request.scope, request.receive, answer)
        if kind is Exception:
            raise error
