"""What a table of routes is, and how it is added to an application.

An application that has a route which is not in the table does not start.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NamedTuple

from fastapi import FastAPI, Response
from starlette.routing import BaseRoute, Mount, compile_path
from starlette.routing import Route as StarletteRoute

from pager.adapters.web import openapi_texts
from pager.adapters.web.callers import (
    NO_CALENDAR,
    NO_HEARTBEAT,
    NO_LINK,
    NO_OPSGENIE,
    NO_PAGE,
    NO_PAGERDUTY,
)
from pager.adapters.web.openapi import Described, Operation, describe
from pager.adapters.web.route_rules import NeedsKey, Row, Rule, Rules
from pager.errors import PagerError

Endpoint = Callable[..., Awaitable[Response]]  # type: ignore[explicit-any]  # each has its own

ALL: tuple[str, ...] = ()


class Route(NamedTuple):
    """One row of the table."""

    methods: tuple[str, ...]
    """ALL: every method."""
    path: str
    endpoint: Endpoint | None
    """None: it is FastAPI's own."""
    rule: Rule
    operation: Operation | None = None
    """Its description in OpenAPI."""
    name: str | None = None
    """Of the operation; None: as the endpoint is called, where no other one is called so."""


class RouteTableWrong(PagerError):
    """These routes are in the application and not in the table, or the other way round: {routes}"""

    def __init__(self, routes: Sequence[str]) -> None:
        """`routes` are methods and paths."""
        super().__init__(routes=", ".join(routes))


UNROUTED = [
    Route(ALL, "/console", None, NO_PAGE),
    Route(ALL, "/console/{page:path}", None, NO_PAGE),
    Route(ALL, "/incidents/{page:path}", None, NO_PAGE),
    Route(ALL, "/acknowledge/{token:path}", None, NO_LINK),
    Route(ALL, "/calendars/{rest:path}", None, NO_CALENDAR),
    Route(ALL, "/v2/enqueue/{rest:path}", None, NO_PAGERDUTY),
    Route(ALL, "/v2/change/{rest:path}", None, NO_PAGERDUTY),
    Route(ALL, "/v2/heartbeats", None, NO_HEARTBEAT),
    Route(ALL, "/v2/heartbeats/{rest:path}", None, NO_HEARTBEAT),
    Route(ALL, "/v2/{rest:path}", None, NO_OPSGENIE),
]
"""Paths without a route. A mistyped address is answered (404) with a page, or in the shape of the
protocol that it seems to be of. Every other unknown path takes an API key, so strangers cannot find
out which paths exist."""


def add_routes(app: FastAPI, routes: Sequence[Route]) -> Rules:
    """Add the routes to `app`: the rules of all its routes. Raises RouteTableWrong."""
    for route in routes:
        if route.endpoint is not None:
            app.add_api_route(
                route.path,
                route.endpoint,
                methods=list(route.methods),
                include_in_schema=route.operation is not None,
                name=route.name,
            )
    described = [
        Described(method, route.path, route.operation, isinstance(route.rule.access, NeedsKey))
        for route in routes
        for method in route.methods
        if route.operation is not None
    ]
    describe(app, openapi_texts.TAGS, described)
    return rules_of(app.routes, routes)


def rules_of(existing: Sequence[BaseRoute], routes: Sequence[Route]) -> Rules:
    """The rules of the `existing` routes, from the table. Raises RouteTableWrong."""
    known = {_name(route.methods, route.path): route.rule for route in routes}
    rows = dict(map(_row, existing))
    if wrong := known.keys() ^ rows.keys():
        raise RouteTableWrong(sorted(wrong))
    unrouted = [Row(compile_path(route.path)[0], frozenset(), route.rule) for route in UNROUTED]
    return Rules([Row(*row, known[name]) for name, row in rows.items()], unrouted)


def _row(route: BaseRoute) -> tuple[str, tuple[re.Pattern[str], frozenset[str]]]:
    """The name of a Starlette route, its path and its methods."""
    if not isinstance(route, StarletteRoute | Mount):
        raise RouteTableWrong([repr(route)])
    methods = frozenset(route.methods or ()) if isinstance(route, StarletteRoute) else frozenset()
    return _name(methods, route.path), (route.path_regex, methods)


def _name(methods: Collection[str], path: str) -> str:
    return f"{'/'.join(sorted(methods)) or 'all'} {path}"
