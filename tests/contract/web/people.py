"""People at their browsers, signed in to an application in front of a real database."""

import re
from functools import cache

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from pager.access.roles import Role
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database

COOKIE = "pager_session"
PASSWORD = "correct horse battery staple"
ADA, GRACE = "ada@example.com", "grace@example.com"


@cache
def hashed() -> str:
    """PASSWORD, as it is stored."""
    return PasswordHasher().hash(PASSWORD)


class Browser(TestClient):
    """A browser, which keeps cookies and sends forms. It shows where it is sent to."""

    def __init__(self, app: FastAPI) -> None:
        """Nobody is signed in."""
        super().__init__(app, follow_redirects=False)

    def enter(self, token: str) -> None:
        """Be in that session, whatever was before."""
        self.cookies.clear()
        # As the client keeps what `http://testserver` sets.
        self.cookies.set(COOKIE, token, domain="testserver.local")

    def csrf(self, path: str = "/console/me") -> str:
        """What stands in the forms of that page."""
        found = re.search(r'name="csrf" value="(\w+)"', self.get(path).text)
        return found[1] if found else ""

    def submit(self, path: str, **fields: str) -> Response:
        """Send a form as the visitor was shown it."""
        return self.post(path, data={"csrf": self.csrf(), **fields})


def signed_in(app: FastAPI, database: Database, role: Role, name: str = ADA) -> Browser:
    """The browser of a person with a new session; this is their role from now on."""
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
    browser.enter(token)
    return browser


def sign_in(browser: Browser, name: str = ADA, password: str = PASSWORD, **more: str) -> Response:
    """Send the form of the login page."""
    return browser.post("/console/login", data={"name": name, "password": password, **more})


def is_signed_in(browser: Browser) -> bool:
    """Whether the browser has a session: the login page would send it on."""
    return browser.get("/console/login").status_code == 303
