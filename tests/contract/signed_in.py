"""Somebody at the console, without the way in."""

import re
from html import unescape

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pager.adapters.http.console.visitor import Role, Visitor

CSRF = "csrf-token"
VIEWER, ENGINEER, ADMINISTRATOR = "viewer", "engineer", "administrator"


class SignedIn:
    """ASGI middleware: whoever asks is that visitor."""

    def __init__(self, app: ASGIApp, visitor: Visitor) -> None:
        """Stands before `app`."""
        self._app = app
        self._visitor = visitor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, in the visitor's name."""
        scope.setdefault("state", {})["visitor"] = self._visitor
        await self._app(scope, receive, send)


def browser_of(app: FastAPI, role: Role, name: str = "ada@example.com") -> TestClient:
    """A client of the console as somebody with that role sees it."""
    return TestClient(SignedIn(app, Visitor(name, role, CSRF)), follow_redirects=False)


def text_of(response: Response) -> str:
    """What a reader sees of the page, on one line."""
    body = re.sub(r"(?s)<(style|title).*?</\1>", "", response.text)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())
