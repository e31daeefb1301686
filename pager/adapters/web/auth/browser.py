"""The session of a browser: a token in a cookie, of which the database has a hash."""

import hashlib
import hmac
import re

from fastapi import Response
from starlette.requests import HTTPConnection

from pager.access.accounts import Account
from pager.access.lifetimes import SESSION_LONGEST
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.web.auth.principals import Person
from pager.adapters.web.backend import Backend
from pager.adapters.web.responses import see_other

LONGEST_PATH = 2_000

# Browsers read a backslash as a slash, and drop line breaks and tabs.
_safe_path = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def safe_redirect_path(text: str) -> str:
    """`text` where it is a path of this server, so that a redirect to it is safe; otherwise "/"."""
    return text if len(text) <= LONGEST_PATH and _safe_path.fullmatch(text) else "/"


class BrowserSessions:
    """Begins and ends the sessions of browsers, and finds the person of a session."""

    def __init__(self, backend: Backend) -> None:
        """The sessions are in the database of `backend`."""
        self._authentication = backend.pools.authentication
        self._inbox = backend.inbox
        self._sessions = SqlSessions(backend.database)
        # Where people reach this server by https, the cookie is sent by nothing else.
        self.secure = backend.is_https
        self._cookie = "__Host-pager_session" if self.secure else "pager_session"

    def token(self, request: HTTPConnection) -> str | None:
        """The session token that the browser has sent, valid or not."""
        return request.cookies.get(self._cookie)

    async def person(self, request: HTTPConnection) -> Person | None:
        """Who is signed in."""
        token = self.token(request)
        if token is None:
            return None
        signed_in = await self._authentication.run(self._sessions.of, token)
        if signed_in is None:
            return None
        return Person(signed_in.name, signed_in.role, csrf_of(token))

    async def sign_in(self, request: HTTPConnection, account: Account, then: str) -> Response:
        """Begin a session, and redirect to `then`.

        `account` is as it was verified: if it has changed meanwhile, nobody is signed in.
        """
        await self._end_session(request)
        device = request.headers.get("user-agent", "")
        token = await self._inbox.commit(
            SqlSessions, lambda sessions: sessions.begin(account, device)
        )
        answer = see_other(safe_redirect_path(then))
        if token is not None:
            answer.set_cookie(
                self._cookie,
                token,
                max_age=int(SESSION_LONGEST.total_seconds()),
                httponly=True,
                samesite="lax",
                secure=self.secure,
            )
        return answer

    async def sign_out(self, request: HTTPConnection) -> Response:
        """End the session, here and on the server."""
        await self._end_session(request)
        answer = see_other("/console/login")
        answer.delete_cookie(self._cookie, httponly=True, samesite="lax", secure=self.secure)
        return answer

    async def _end_session(self, request: HTTPConnection) -> None:
        if (token := self.token(request)) is not None:
            await self._inbox.commit(SqlSessions, lambda sessions: sessions.sign_out(token))


def csrf_of(token: str) -> str:
    """The CSRF token of a session: it is in forms, where the session token itself must not be."""
    return hmac.digest(token.encode(), b"csrf", hashlib.sha256).hex()
