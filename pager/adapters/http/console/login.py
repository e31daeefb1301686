"""Signing in with a name and a password, and signing out."""

import asyncio
import math
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from pager.adapters.http.console.browser import BrowserSessions, own_path
from pager.adapters.http.console.pages import page, see_other
from pager.adapters.http.console.visitor import OwnForm, SignedForm, visitor_of
from pager.adapters.passwords import Passwords, TooManyPasswords, WeakPassword
from pager.adapters.people import BadName, account_name
from pager.adapters.sql.accounts import Account, SqlAccounts
from pager.adapters.sql.database import Database
from pager.adapters.sql.failed_logins import SqlFailedLogins
from pager.errors import PagerError


class WrongPassword(PagerError):
    """There is no account with this name and this password."""


class TooManyAttempts(PagerError):
    """The password of this name was wrong too often: try again in {seconds} s."""

    def __init__(self, wait: timedelta) -> None:
        """`wait` is how long nothing is looked at."""
        self.seconds = math.ceil(wait.total_seconds())
        super().__init__(seconds=self.seconds)


class LoginPage:
    """The page that asks who somebody is."""

    def __init__(
        self,
        database: Database,
        browser: BrowserSessions,
        passwords: Passwords,
        sign_on: str | None,
    ) -> None:
        """`router` is to be included in an application. `sign_on` is the OpenID provider's name."""
        self._sign_on = sign_on
        self._accounts = SqlAccounts(database)
        self._failed = SqlFailedLogins(database)
        self._browser = browser
        self._passwords = passwords
        self.router = APIRouter()
        self.router.add_api_route("/console/login", self.show, methods=["GET", "HEAD"])
        self.router.add_api_route("/console/login", self.sign_in, methods=["POST"])
        self.router.add_api_route("/console/logout", self.sign_out, methods=["POST"])

    async def show(self, request: Request, then: str = "/") -> Response:
        """The form."""
        if visitor_of(request) is not None:
            return see_other(own_path(then))
        return self._page(request, then=own_path(then))

    async def sign_in(self, request: Request, form: OwnForm) -> Response:
        """Begin a session; a wrong name and a wrong password look alike, and take as long."""
        then, name = own_path(form.one("then")), form.one("name")

        def again(error: PagerError, status: HTTPStatus) -> Response:
            return self._page(request, status, then=then, name=name[:100], error=error)

        try:
            account = await self._verified(name, form.one("password"))
        except WrongPassword as error:
            return again(error, HTTPStatus.UNPROCESSABLE_ENTITY)
        except TooManyAttempts as error:
            answer = again(error, HTTPStatus.TOO_MANY_REQUESTS)
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        answer = await self._browser.sign_in(request, account, then)
        await self._renew(account, form.one("password"))
        return answer

    async def sign_out(self, request: Request, _form: SignedForm) -> Response:
        """End the session."""
        return await self._browser.sign_out(request)

    def _page(
        self,
        request: Request,
        status: HTTPStatus = HTTPStatus.OK,
        *,
        then: str,
        name: str = "",
        error: PagerError | None = None,
    ) -> Response:
        return page(
            request,
            "login.html",
            status,
            then=then,
            name=name,
            error=error,
            sign_on=self._sign_on,
            sign_on_error=None,
        )

    async def _verified(self, given: str, password: str) -> Account:
        """The account of that name. Raises WrongPassword, TooManyAttempts or TooManyPasswords."""
        try:
            name = account_name(given)
        except BadName as error:  # nobody is called that
            await self._passwords.match(None, password)
            raise WrongPassword from error
        wait = await asyncio.to_thread(self._failed.attempt, name)
        if wait:
            raise TooManyAttempts(wait)
        account = await asyncio.to_thread(self._accounts.named, name)
        stored = None if account is None else account.password
        matches = await self._passwords.match(stored, password)
        if account is None or not matches:
            raise WrongPassword
        await asyncio.to_thread(self._failed.forgive, name)
        return account

    async def _renew(self, account: Account, password: str) -> None:
        """Hash the password as it would be hashed today."""
        if account.password is not None and self._passwords.is_outdated(account.password):
            with suppress(WeakPassword, TooManyPasswords):  # then another time
                hashed = await self._passwords.hash(password)
                await asyncio.to_thread(self._accounts.rehash, account, hashed)
