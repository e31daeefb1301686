"""Signing in with a name and a password, and signing out."""

from http import HTTPStatus

from fastapi import Request, Response

from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.web.auth.browser import BrowserSessions, safe_redirect_path
from pager.adapters.web.auth.logins import Logins, TooManyAttempts, WrongPassword
from pager.adapters.web.auth.principals import person_of
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import OwnForm, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.responses import see_other
from pager.errors import PagerError


class LoginPage:
    """The page where people sign in."""

    def __init__(
        self, backend: Backend, logins: Logins, browser: BrowserSessions, sign_on: str | None
    ) -> None:
        """`sign_on` is what people call the OpenID provider, if there is one."""
        self._reads = backend.pools.strangers
        self._accounts = SqlAccounts(backend.database)
        self._sign_on = sign_on
        self._logins = logins
        self._browser = browser

    async def show(self, request: Request, then: str = "/") -> Response:
        """The form."""
        if person_of(request) is not None:
            return see_other(safe_redirect_path(then))
        return await self._page(request, then=safe_redirect_path(then))

    async def sign_in(self, request: Request, form: OwnForm) -> Response:
        """Begin a session. An unknown name is answered like a wrong password, in the same time."""
        then, name = safe_redirect_path(form.text("then")), form.text("name")

        async def rejected(error: PagerError, status: HTTPStatus) -> Response:
            return await self._page(request, status, then=then, name=name[:100], error=error)

        session = self._browser.token(request)
        try:
            account = await self._logins.verify(name, form.text("password"), session)
        except WrongPassword as error:
            return await rejected(error, HTTPStatus.UNPROCESSABLE_ENTITY)
        except TooManyAttempts as error:
            answer = await rejected(error, HTTPStatus.TOO_MANY_REQUESTS)
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        answer = await self._browser.sign_in(request, account, then)
        await self._logins.rehash(account, form.text("password"))
        return answer

    async def sign_out(self, request: Request, _form: SignedForm) -> Response:
        """End the session."""
        return await self._browser.sign_out(request)

    async def _page(
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
            nobody_yet=not await self._reads.run(self._accounts.all, 1),
            sign_on=self._sign_on,
            sign_on_error=None,
        )
