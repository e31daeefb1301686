"""People at their browsers, signed in to an application in front of a real database."""

import re
from functools import cache

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.types import ASGIApp

from contract.web.application import HASHER
from pager.access.roles import Role
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database

COOKIE = "pager_session"
PASSWORD = "correct horse battery staple"
ADA, GRACE = "ada@example.com", "grace@example.com"


@cache
def hashed() -> str:
    """The hash of PASSWORD, as it is stored."""
    return HASHER.hash(PASSWORD)


class Browser(TestClient):
    """A browser without a script: it keeps cookies and sends forms, and follows no redirect."""

    def __init__(self, app: ASGIApp, address: str = "192.0.2.1") -> None:
        """Nobody is signed in; it is at that `address`."""
        super().__init__(app, follow_redirects=False, client=(address, 50_000))

    def use_session(self, token: str) -> None:
        """Have that session token, and no other cookie."""
        self.cookies.clear()
        # The client keeps the cookies of `http://testserver` under this name.
        self.cookies.set(COOKIE, token, domain="testserver.local")

    def csrf(self, path: str = "/console/me") -> str:
        """The CSRF token in the forms of that page; "" where there is none."""
        match = re.search(r'name="csrf" value="(\w+)"', self.get(path).text)
        return match[1] if match else ""

    def submit(self, path: str, **fields: str) -> Response:
        """Send a form with the CSRF token of the session, unless `fields` have another one."""
        return self.post(path, data={"csrf": self.csrf(), **fields})


def signed_in(app: FastAPI, database: Database, role: Role, name: str = ADA) -> Browser:
    """The browser of a person with a new session, and with this role from now on."""
    accounts = SqlAccounts(database)
    if accounts.named(name) is None:
        accounts.add("a test", name, role)
    else:
        accounts.change_role("a test", name, role)
    account = accounts.named(name)
    assert account is not None
    token = SqlSessions(database).begin(account, "Firefox on a phone")
    assert token is not None
    browser = Browser(app)
    browser.use_session(token)
    return browser


def sign_in(browser: Browser, name: str = ADA, password: str = PASSWORD, **more: str) -> Response:
    """Send the form of the login page."""
    return browser.post("/console/login", data={"name": name, "password": password, **more})


def is_signed_in(browser: Browser) -> bool:
    """Whether the browser has a valid session: then the login page redirects it."""
    return browser.get("/console/login").status_code == 303
