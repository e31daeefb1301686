"""Every page and every form of the console, tried by people who must not use it."""

import pytest
from fastapi import FastAPI

from contract.web.application import rules
from contract.web.installation import Installation
from contract.web.people import COOKIE, Browser, signed_in
from pager.access.roles import ROLES, Role
from pager.access.scopes import EVERYTHING
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.oncall.people import Person

OPEN = {
    "/console/login",
    "/console/login/sign-on",
    "/console/login/callback",
    "/console/join/{token}",
    "/console/console.css",
    "/console/console.js",
    "/console/schedule.js",
    "/console/icon.svg",
    "/console/alarm.svg",
}
"""What people need before they sign in; everything else takes an account."""

ADMINISTRATORS = (
    "/console/accounts",
    "/console/audit-log",
    "/console/integrations",
    "/console/keys",
)


@pytest.fixture
def database(database: Database) -> Database:
    """A SQLite database with a policy, and somebody who has no account."""
    Installation(database).policy("checkout-api", ("ada",))
    SqlOnCall(database).put(Person(name="ada@example.com"))
    return database


def protected(app: FastAPI, *methods: str) -> list[tuple[str, str]]:
    """Each of these methods of each path of the console that takes an account."""
    return [
        (method, path)
        for (method, path), rule in rules(app).items()
        if rule.kind in {"console", "static"} and path not in OPEN and method in methods
    ]


def forms(app: FastAPI) -> list[str]:
    """The paths that forms are sent to."""
    return [path for _, path in protected(app, "POST")]


def filled(path: str) -> str:
    """The path with the names of things that exist."""
    names = {"service_id": "checkout-api", "name": "ada@example.com"}
    return path.format(version=1, incident=1, number=1, **names)


def test_there_are_pages_to_try(app: FastAPI) -> None:
    """Otherwise the tests below would check nothing."""
    assert ("GET", "/") in protected(app, "GET")
    some = {"/console/keys", "/console/accounts/{name}/remove", "/console/me/password"}
    assert some <= set(forms(app))
    assert len(protected(app, "GET", "POST")) > 20


@pytest.mark.parametrize("token", [None, "guessed", "0" * 43])
def test_nobody_sees_or_sends_anything_without_a_session(app: FastAPI, token: str | None) -> None:
    """They are redirected to the login, whatever cookie they send."""
    browser = Browser(app)
    if token is not None:
        browser.use_session(token)
    for method, path in protected(app, "GET", "HEAD", "POST"):
        answer = browser.request(method, filled(path))
        assert (path, answer.status_code) == (path, 303)
        assert answer.headers["location"].startswith("/console/login?then=")


@pytest.mark.proof
def test_no_form_is_taken_without_its_own_token(app: FastAPI, database: Database) -> None:
    """Not with none, a guessed one, that of another session, or the session token itself."""
    browser = signed_in(app, database, "administrator")
    other = signed_in(app, database, "administrator", "eve@example.com")
    before = SqlAuditLog(database).last(100)
    for csrf in ("", "0" * 64, other.csrf(), browser.cookies[COOKIE], "ü"):
        for path in forms(app):
            answer = browser.post(filled(path), data={"csrf": csrf})
            assert (path, answer.status_code) == (path, 403)
            assert "Go back, reload it" in answer.text
    assert SqlAuditLog(database).last(100) == before


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}]
)
def test_no_form_is_taken_from_a_page_of_somebody_else(
    app: FastAPI, database: Database, headers: dict[str, str]
) -> None:
    """Even with the right CSRF token."""
    browser = signed_in(app, database, "administrator")
    form = {"csrf": browser.csrf()}
    for path in forms(app):
        answer = browser.post(filled(path), data=form, headers=headers)
        assert (path, answer.status_code) == (path, 403)


def test_a_form_that_is_too_large_is_refused_everywhere(app: FastAPI, database: Database) -> None:
    """413, before it is parsed."""
    browser = signed_in(app, database, "administrator")
    form = {"csrf": browser.csrf(), "name": "x" * 2**20}
    for path in forms(app):
        assert (path, browser.post(filled(path), data=form).status_code) == (path, 413)


@pytest.mark.parametrize("role", ROLES)
def test_a_form_is_for_its_role(app: FastAPI, database: Database, role: Role) -> None:
    """Viewers change only their own account, and how they are reached themselves; only
    administrators change accounts and keys."""
    browser = signed_in(app, database, role)
    form = {"csrf": browser.csrf()}
    for path in (path for path in forms(app) if path != "/console/logout"):
        needed: Role = "administrator" if path.startswith(ADMINISTRATORS) else "engineer"
        allowed = path.startswith("/console/me/") or ROLES.index(role) >= ROLES.index(needed)
        answer = browser.post(filled(path), data=form)
        refused = answer.status_code == 403 and f"This takes the role {needed}" in answer.text
        assert (path, refused) == (path, not allowed)


@pytest.mark.parametrize("role", ["viewer", "engineer"])
@pytest.mark.parametrize("path", ADMINISTRATORS)
def test_only_administrators_see_accounts_and_keys(
    app: FastAPI, database: Database, path: str, role: Role
) -> None:
    """Others get 403, and see no link to it."""
    browser = signed_in(app, database, role)
    assert browser.get(path).status_code == 403
    assert f'href="{path}"' not in browser.get("/").text


def test_no_secret_is_on_any_page(app: FastAPI, database: Database) -> None:
    """No session token, no password hash, no API key."""
    browser = signed_in(app, database, "administrator")
    key = SqlApiKeys(database).make("a test", "ci", EVERYTHING)
    SqlAccounts(database).add("a test", "eve@example.com", "viewer")
    SqlAccounts(database).change_password("a test", "eve@example.com", "$argon2id$secret")
    for _, path in protected(app, "GET"):
        page = browser.get(filled(path)).text
        assert browser.cookies[COOKIE] not in page
        assert key.split("_", 2)[2] not in page
        assert "$argon2id$" not in page


def test_every_page_has_strict_headers(app: FastAPI, database: Database) -> None:
    """Only our script, in no frame, in no cache; also for pages that are refused."""
    browser = signed_in(app, database, "administrator")
    paths = [filled(path) for _, path in protected(app, "GET")]
    for path in (*paths, "/console/login", "/console/join/guessed", "/console/nowhere"):
        answer = browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/console/login/", "/console/policies/"])
def test_a_trailing_slash_is_not_redirected(app: FastAPI, method: str, path: str) -> None:
    """It could lead to http, or to a host that the request names, and a password with it."""
    answer = Browser(app).request(method, path, headers={"host": "evil.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers
