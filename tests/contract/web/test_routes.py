"""The route table: it has every route, and a request gets the rule of the route it gets."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection
from starlette.routing import BaseRoute, Match, Mount, WebSocketRoute
from starlette.routing import Route as StarletteRoute

from contract.web.application import KEY, application_on, rules
from pager.adapters.store.core.database import Database
from pager.adapters.web.route_rules import (
    UNKNOWN,
    NeedsAccount,
    NeedsIntegration,
    NeedsKey,
    Open,
    Rule,
)
from pager.adapters.web.route_table import Route, RouteTableWrong, rules_of

T = TypeVar("T")

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW")


@pytest.fixture
def own_app(database: Database) -> FastAPI:
    """An application of the test's own, which adds routes to it."""
    return application_on(database)


async def forgotten() -> None:
    """An endpoint that was added to the application, and not to the table."""


def rule_for(app: FastAPI, method: str, path: str) -> Rule:
    """The rule that the application finds for a request."""
    return rules_of(app.routes, app.state.routes).find(method, path).rule


def test_the_table_has_every_route_of_the_application_and_no_other(app: FastAPI) -> None:
    """Also those that FastAPI adds itself."""
    existing = {
        (frozenset(getattr(route, "methods", None) or ()), route.path)
        for route in app.routes
        if isinstance(route, StarletteRoute | Mount)
    }
    assert len(existing) == len(app.routes)
    assert existing == {(frozenset(route.methods), route.path) for route in app.state.routes}


def test_a_route_that_is_not_in_the_table_fails_at_the_start(own_app: FastAPI) -> None:
    """The error names it, with its method."""
    own_app.add_api_route("/forgotten", forgotten, methods=["POST"])
    with pytest.raises(RouteTableWrong, match=r"POST /forgotten$"):
        rules_of(own_app.routes, own_app.state.routes)


def test_a_second_method_that_is_not_in_the_table_fails_at_the_start(own_app: FastAPI) -> None:
    """Each method of a path is a route of its own."""
    own_app.add_api_route("/alerts", forgotten, methods=["DELETE"])
    with pytest.raises(RouteTableWrong, match=r"DELETE /alerts$"):
        rules_of(own_app.routes, own_app.state.routes)


def test_a_route_of_another_kind_fails_at_the_start(own_app: FastAPI) -> None:
    """The table has no rule for it."""

    async def listen(_: object) -> None:
        """Never called."""

    own_app.router.routes.append(WebSocketRoute("/live", listen))
    with pytest.raises(RouteTableWrong, match="/live"):
        rules_of(own_app.routes, own_app.state.routes)


def test_a_row_of_the_table_without_a_route_fails_at_the_start(app: FastAPI) -> None:
    """A rule without a route is a mistake, too."""
    row = Route(("GET",), "/gone", None, UNKNOWN)
    with pytest.raises(RouteTableWrong, match=r"GET /gone$"):
        rules_of(app.routes, [*app.state.routes, row])


def starlette_route(app: FastAPI, method: str, path: str) -> BaseRoute | None:
    """The route that Starlette chooses for the request."""
    partial = None
    for route in app.routes:
        match, _ = route.matches({"type": "http", "method": method, "path": path})
        if match is Match.FULL:
            return route
        if match is Match.PARTIAL and partial is None:
            partial = route
    return partial


ODD = [
    "",
    "//",
    "/alerts/",
    "/alerts\n",
    "/Alerts",
    "/healthz\n",
    "/console",
    "/console/",
    "/docs/",
]
ODD += ["/console/nowhere", "/console/login/", "/console/join/a/b", "/static-offline-docs/x/y"]
ODD += [
    "/services/",
    "/services/a/b",
    "/acknowledge/",
    "/acknowledge/a/b",
    "/console/policies/new/",
]


@pytest.mark.proof
def test_the_rule_is_that_of_the_route_that_starlette_chooses(app: FastAPI) -> None:
    """For every method of every path, and for paths that look like others."""
    rules_by_route = {
        (route.path, frozenset(route.methods)): route.rule for route in app.state.routes
    }
    paths = [route.path.replace("{", "").replace("}", "") for route in app.state.routes]
    for path in [*paths, *(f"{path}/" for path in paths), *ODD]:
        for method in METHODS:
            route = starlette_route(app, method, path)
            if route is None:
                access = NeedsIntegration(("opsgenie",)) if path.startswith("/v2/") else NeedsKey()
                assert rule_for(app, method, path).access in {access, Open()}, path
                continue
            assert isinstance(route, StarletteRoute | Mount)
            methods = frozenset(getattr(route, "methods", None) or ())
            rule = rules_by_route[route.path, methods]
            is_allowed = not methods or method in methods
            assert rule_for(app, method, path) == (
                rule if is_allowed else rule.for_other_methods
            ), path


@pytest.mark.parametrize(
    "path", ["/nowhere", "/consoles", "/alerts/1", "/acknowledge", "/healthz/"]
)
def test_an_unknown_path_takes_an_api_key(app: FastAPI, path: str) -> None:
    """Deny by default."""
    for method in METHODS:
        assert rule_for(app, method, path) is UNKNOWN
    assert UNKNOWN.access == NeedsKey()


def test_a_mistyped_address_of_a_page_is_answered_with_a_page(app: FastAPI) -> None:
    """Below /console and below /acknowledge."""
    for path in ("/console", "/console/x/y"):
        assert rule_for(app, "GET", path) == Rule("console", Open())
    assert rule_for(app, "POST", "/acknowledge/x/y") == Rule("link", Open())


def test_a_wrong_method_takes_a_key_where_the_route_does(app: FastAPI) -> None:
    """Otherwise nothing: 405 in the console is for everybody."""
    assert rule_for(app, "GET", "/alerts").access == NeedsKey()
    assert rule_for(app, "POST", "/healthz").access == Open()
    assert rule_for(app, "GET", "/console/keys/1/revoke").access == Open()


def test_only_these_routes_take_no_authentication(app: FastAPI) -> None:
    """Everything else takes a key or an account."""
    assert {path for (_, path), rule in rules(app).items() if rule.access == Open()} == {
        "/healthz",
        "/readyz",
        "/docs",
        "/openapi.json",
        "/console/login",
        "/console/join/{token}",
        "/console/console.css",
        "/console/console.js",
        "/console/schedule.js",
        "/console/icon.svg",
        "/console/alarm.svg",
    }


def test_programs_use_keys_and_people_use_accounts(app: FastAPI) -> None:
    """Accounts are for the console only, keys for everything but the console."""
    for rule in rules(app).values():
        if isinstance(rule.access, NeedsAccount):
            assert rule.kind == "console"
        if isinstance(rule.access, NeedsKey):
            assert rule.kind in {"api", "ping", "health", "docs"}


class Broken(Database):
    """A database that raises an unexpected error once `fails` is set."""

    fails = False

    def read(self, work: Callable[[Connection], T]) -> T:
        """Fail."""
        if self.fails:
            raise ZeroDivisionError
        return super().read(work)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/escalation-policies", "application/problem+json"), ("/console/login", "text/html")],
)
def test_an_unexpected_error_is_answered_as_the_kind_of_its_route_is(
    tmp_path: Path, path: str, media_type: str
) -> None:
    """500: with a page for people, and problem details for programs."""
    database = Broken(f"sqlite:///{tmp_path / 'pager.db'}")
    app = application_on(database, KEY)
    database.fails = True
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get(path, headers={"authorization": f"Bearer {KEY}"})
    assert answer.status_code == 500
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "its log has the details" in answer.text
    database.close()
