"""The route table: it is all that there is, and a request finds its rule as it finds its route."""

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
from pager.adapters.web.routes import Route, RouteTableWrong, rules_of
from pager.adapters.web.routing import UNKNOWN, NeedsAccount, NeedsKey, Open, Rule

T = TypeVar("T")

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW")


async def forgotten() -> None:
    """An endpoint that somebody has added, and has not put into the table."""


def found(app: FastAPI, method: str, path: str) -> Rule:
    """The rule that the application finds for a request."""
    return rules_of(app.routes, app.state.routes).find(method, path)


def test_the_table_has_every_route_of_the_application_and_no_other(app: FastAPI) -> None:
    """Whoever has brought it: FastAPI brings some."""
    there = {
        (frozenset(getattr(route, "methods", None) or ()), route.path)
        for route in app.routes
        if isinstance(route, StarletteRoute | Mount)
    }
    assert len(there) == len(app.routes)
    assert there == {(frozenset(route.methods), route.path) for route in app.state.routes}


def test_a_route_that_is_not_in_the_table_fails_at_the_start(app: FastAPI) -> None:
    """It is named, with its method."""
    app.add_api_route("/forgotten", forgotten, methods=["POST"])
    with pytest.raises(RouteTableWrong, match=r"POST /forgotten$"):
        rules_of(app.routes, app.state.routes)


def test_a_second_method_that_is_not_in_the_table_fails_at_the_start(app: FastAPI) -> None:
    """It is another route."""
    app.add_api_route("/alerts", forgotten, methods=["DELETE"])
    with pytest.raises(RouteTableWrong, match=r"DELETE /alerts$"):
        rules_of(app.routes, app.state.routes)


def test_a_route_of_another_kind_fails_at_the_start(app: FastAPI) -> None:
    """The table has no rule for it."""

    async def listen(_: object) -> None:
        """Never called."""

    app.router.routes.append(WebSocketRoute("/live", listen))
    with pytest.raises(RouteTableWrong, match="/live"):
        rules_of(app.routes, app.state.routes)


def test_a_row_of_the_table_without_a_route_fails_at_the_start(app: FastAPI) -> None:
    """A rule that nobody comes by is a mistake, too."""
    row = Route(("GET",), "/gone", None, UNKNOWN)
    with pytest.raises(RouteTableWrong, match=r"GET /gone$"):
        rules_of(app.routes, [*app.state.routes, row])


def starlettes(app: FastAPI, method: str, path: str) -> BaseRoute | None:
    """The route that Starlette chooses, and hands the request to."""
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


def test_the_rule_is_that_of_the_route_that_is_taken(app: FastAPI) -> None:
    """For every method of every path, and for paths that look like another one's."""
    known = {(route.path, frozenset(route.methods)): route.rule for route in app.state.routes}
    paths = [route.path.replace("{", "").replace("}", "") for route in app.state.routes]
    for path in [*paths, *(f"{path}/" for path in paths), *ODD]:
        for method in METHODS:
            taken = starlettes(app, method, path)
            if taken is None:
                assert found(app, method, path).access in {NeedsKey(), Open()}, path
                continue
            assert isinstance(taken, StarletteRoute | Mount)
            methods = frozenset(getattr(taken, "methods", None) or ())
            rule = known[taken.path, methods]
            is_allowed = not methods or method in methods
            assert found(app, method, path) == (rule if is_allowed else rule.for_other_methods), (
                path
            )


@pytest.mark.parametrize(
    "path", ["/nowhere", "/consoles", "/alerts/1", "/acknowledge", "/healthz/"]
)
def test_a_path_that_is_nowhere_takes_an_api_key(app: FastAPI, path: str) -> None:
    """Deny by default."""
    for method in METHODS:
        assert found(app, method, path) is UNKNOWN
    assert UNKNOWN.access == NeedsKey()


def test_who_mistypes_the_address_of_a_page_is_shown_a_page(app: FastAPI) -> None:
    """Below the console, and below the links; and there is nothing that could be used."""
    for path, kind in (("/console", "console"), ("/console/x/y", "console")):
        assert found(app, "GET", path) == Rule("console", Open()), kind
    assert found(app, "POST", "/acknowledge/x/y") == Rule("link", Open())


def test_a_method_that_a_route_does_not_have_takes_no_more_than_its_kind_does(
    app: FastAPI,
) -> None:
    """405 says what it has: to whoever has a key, and in the console to everybody."""
    assert found(app, "GET", "/alerts").access == NeedsKey()
    assert found(app, "POST", "/healthz").access == Open()
    assert found(app, "GET", "/console/keys/revoke").access == Open()


def test_only_these_routes_ask_nobody_who_they_are(app: FastAPI) -> None:
    """Everything else takes a key or an account."""
    assert {path for (_, path), rule in rules(app).items() if rule.access == Open()} == {
        "/healthz",
        "/readyz",
        "/docs",
        "/openapi.json",
        "/acknowledge/{token}",
        "/console/login",
        "/console/join/{token}",
        "/console/console.js",
        "/console/icon.svg",
    }


def test_programs_come_by_keys_and_people_by_accounts(app: FastAPI) -> None:
    """No route takes the one where the other is meant."""
    for rule in rules(app).values():
        if isinstance(rule.access, NeedsAccount):
            assert rule.kind == "console"
        if isinstance(rule.access, NeedsKey):
            assert rule.kind in {"api", "health", "docs"}


class Broken(Database):
    """A database that fails, once it is open, in a way that nobody has thought of."""

    is_open = False

    def read(self, work: Callable[[Connection], T]) -> T:
        """Fail."""
        if self.is_open:
            raise ZeroDivisionError
        return super().read(work)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/escalation-policies", "application/problem+json"), ("/console/login", "text/html")],
)
def test_a_fault_of_ours_is_answered_as_the_kind_of_its_route_is(
    tmp_path: Path, path: str, media_type: str
) -> None:
    """500: with a page for people, and problem details for programs."""
    database = Broken(f"sqlite:///{tmp_path / 'pager.db'}")
    app = application_on(database, KEY)
    database.is_open = True
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get(path, headers={"authorization": f"Bearer {KEY}"})
    assert answer.status_code == 500
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "This is a fault of Pager" in answer.text
    database.close()
