"""One's own account: the password, and the sessions in which one is signed in."""

from http import HTTPStatus
from typing import Literal

from fastapi import Request, Response

from pager.access.passwords import WeakPassword
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.logins import Logins, TooManyAttempts, WrongPassword
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.devices import device_in_words
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import Skip
from pager.adapters.web.responses import see_other
from pager.errors import PagerError

PATH = "/console/me"
ON_A_PAGE = 50

Done = Literal["password", "signed-out", "others", "gone"]
"""What a form has done; "gone": nothing, who was to be signed out was so before."""


class MyAccountPage:
    """The page of the account with which a person is signed in."""

    def __init__(self, backend: Backend, logins: Logins, browser: BrowserSessions) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._accounts = SqlAccounts(backend.database)
        self._sessions = SqlSessions(backend.database)
        self._logins = logins
        self._browser = browser
        self._passwords = logins.passwords

    async def show(
        self, request: Request, person: SignedIn, skip: Skip = 0, done: Done | None = None
    ) -> Response:
        """The account, and its sessions. `done` is what a form has just done."""
        return await self._page(request, person.name, skip, done)

    async def change_password(
        self, request: Request, person: SignedIn, form: SignedForm
    ) -> Response:
        """Change the password. All sessions end; this browser begins another one."""
        current, new = form.text("current"), form.text("password")
        session = self._browser.token(request)
        try:
            account = await self._logins.verify(person.name, current, session)
        except (WrongPassword, TooManyAttempts) as error:
            wrong = "This is not your password." if isinstance(error, WrongPassword) else error
            return await self._page(request, person.name, current=wrong)
        try:
            hashed = await self._passwords.hash(new)
        except WeakPassword as error:
            return await self._page(request, person.name, password=error)
        name = person.name
        await self._inbox.commit(
            SqlAccounts, lambda accounts: accounts.change_password(name, name, hashed)
        )
        renewed = account._replace(password=hashed)
        return await self._browser.sign_in(request, renewed, f"{PATH}?done=password")

    async def sign_out(self, person: SignedIn, form: SignedForm) -> Response:
        """End one session; if it is this browser's own, the next page is the login."""
        session = form.text("session")
        ended = await self._inbox.commit(
            SqlSessions, lambda sessions: sessions.end(person.name, session)
        )
        return _after("signed-out" if ended else "gone")

    async def sign_out_others(
        self, request: Request, person: SignedIn, _form: SignedForm
    ) -> Response:
        """End every session but this browser's."""
        this_session = self._session_id(request)
        ended = await self._inbox.commit(
            SqlSessions, lambda sessions: sessions.end_others(person.name, this_session)
        )
        return _after("others" if ended else "gone")

    def _session_id(self, request: Request) -> str:
        return self._sessions.id_of(self._browser.token(request) or "")

    async def _page(
        self,
        request: Request,
        name: str,
        skip: int = 0,
        done: Done | None = None,
        **errors: PagerError | str,
    ) -> Response:
        account = await self._reads.run(self._accounts.named, name)
        this_session = self._session_id(request)
        sessions = await self._reads.run(self._sessions.all_of, name)
        return page(
            request,
            "my_account.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            has_password=account is not None and account.password is not None,
            # This one first; the others by their last use.
            sessions=sorted(sessions, key=lambda session: session.id != this_session),
            this_session=this_session,
            skip=skip,
            at_most=ON_A_PAGE,
            device_in_words=device_in_words,
            done=done,
            errors=errors,
        )


def _after(done: Done) -> Response:
    return see_other(f"{PATH}?done={done}")
