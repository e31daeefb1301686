"""What somebody may change about their own account: the password, and where they are signed in."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from pager.access.passwords import WeakPassword
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.logins import Logins, TooManyAttempts, WrongPassword
from pager.adapters.web.auth.passwords import Passwords
from pager.adapters.web.auth.visitor import Viewer
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.rendering import page, see_other
from pager.errors import PagerError

PATH = "/console/me"


class MyPage:
    """Everybody's own page."""

    def __init__(
        self, database: Database, logins: Logins, browser: BrowserSessions, passwords: Passwords
    ) -> None:
        """`router` is to be included in an application."""
        self._accounts = SqlAccounts(database)
        self._sessions = SqlSessions(database)
        self._logins = logins
        self._browser = browser
        self._passwords = passwords
        self.router = APIRouter(prefix=PATH)
        self.router.add_api_route("", self.show, methods=["GET", "HEAD"])
        self.router.add_api_route("/password", self.change_password, methods=["POST"])
        self.router.add_api_route("/sign-out", self.sign_out, methods=["POST"])
        self.router.add_api_route("/sign-out-others", self.sign_out_others, methods=["POST"])

    async def show(self, request: Request, visitor: Viewer) -> Response:
        """The account, and its sessions."""
        return await self._page(request, visitor.name)

    async def change_password(
        self, request: Request, visitor: Viewer, form: SignedForm
    ) -> Response:
        """Every session ends with the old password; this browser begins another one."""
        current, new = form.one("current"), form.one("password")
        session = self._browser.token(request)
        try:
            account = await self._logins.verified(visitor.name, current, session)
        except (WrongPassword, TooManyAttempts) as error:
            wrong = "This is not your password." if isinstance(error, WrongPassword) else error
            return await self._page(request, visitor.name, current=wrong)
        try:
            hashed = await self._passwords.hash(new)
        except WeakPassword as error:
            return await self._page(request, visitor.name, password=error)
        name = visitor.name
        await asyncio.to_thread(self._accounts.change_password, name, name, hashed)
        renewed = account._replace(password=hashed)
        return await self._browser.sign_in(request, renewed, f"{PATH}?changed=1")

    async def sign_out(self, visitor: Viewer, form: SignedForm) -> Response:
        """End one session; where it is this browser's, it is asked to sign in next."""
        await asyncio.to_thread(self._sessions.end, visitor.name, form.one("session"))
        return see_other(PATH)

    async def sign_out_others(
        self, request: Request, visitor: Viewer, _form: SignedForm
    ) -> Response:
        """End every session but this browser's."""
        await asyncio.to_thread(self._sessions.end_others, visitor.name, self._here(request))
        return see_other(PATH)

    def _here(self, request: Request) -> str:
        return self._sessions.id_of(self._browser.token(request) or "")

    async def _page(self, request: Request, name: str, **errors: PagerError | str) -> Response:
        account = await asyncio.to_thread(self._accounts.named, name)
        return page(
            request,
            "my_account.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            has_password=account is not None and account.password is not None,
            sessions=await asyncio.to_thread(self._sessions.all_of, name),
            here=self._here(request),
            changed="changed" in request.query_params,
            errors=errors,
        )
