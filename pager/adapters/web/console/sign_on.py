"""Single sign-on: to the OpenID provider, and back from it."""

import logging
from http import HTTPStatus

from fastapi import Request, Response

from pager.access.accounts import Account
from pager.access.names import BadName, account_name
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.web.auth.browser import BrowserSessions, safe_redirect_path
from pager.adapters.web.auth.oidc import TIMEOUTS, Identity, SignOn
from pager.adapters.web.auth.oidc_errors import ProviderUnavailable, SignOnFailed
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.rendering import page
from pager.adapters.web.responses import see_other
from pager.errors import PagerError

PATH = "/console/login"

logger = logging.getLogger(__name__)


class NoAccount(PagerError):
    """You have no account here yet. Your single sign-on {knows_you}. Ask an administrator to make \
an account with the e-mail address that it has verified as its name."""

    def __init__(self, email: str | None) -> None:
        """`email` is the verified address, if there is one."""
        super().__init__(
            knows_you=f"knows you as {email}" if email else "has not told Pager your e-mail address"
        )


class NotVouchedFor(PagerError):
    """Your single sign-on has not verified your e-mail address {email}, so you are not signed in. \
Verify it there, or ask an administrator: Pager's log says more."""

    def __init__(self, email: str) -> None:
        """`email` may be anybody's."""
        super().__init__(email=email)


class SignOnPage:
    """The link of the login page, and the callback to which the provider sends people back."""

    def __init__(self, backend: Backend, browser: BrowserSessions, sign_on: SignOn) -> None:
        """`sign_on` speaks with the provider, `browser` begins sessions."""
        self._inbox = backend.inbox
        self._browser = browser
        self._sign_on = sign_on
        self._secure = browser.secure
        # No other host can set a cookie of that name, and so make people finish its own sign-in.
        self._cookie = "__Host-pager_sign_on" if self._secure else "pager_sign_on"

    async def begin(self, request: Request, then: str = "/") -> Response:
        """Send the browser to the provider."""
        try:
            authorization = await self._sign_on.begin(safe_redirect_path(then))
        except SignOnFailed as error:
            return self._failed(request, error, then)
        answer = see_other(authorization.url)
        answer.set_cookie(
            self._cookie,
            authorization.cookie,
            max_age=int(TIMEOUTS.attempt.total_seconds()),
            httponly=True,
            samesite="lax",  # it has to come along when the provider sends the browser back
            secure=self._secure,
        )
        return answer

    async def finish(self, request: Request) -> Response:
        """Sign in the person whom the provider has identified, if they have an account."""
        try:
            callback, cookie = dict(request.query_params), request.cookies.get(self._cookie, "")
            identity, then = await self._sign_on.finish(callback, cookie)
            account = await self._account(identity)
            answer = await self._browser.sign_in(request, account, then)
        except (SignOnFailed, NoAccount, NotVouchedFor) as error:
            answer = self._failed(request, error)
        answer.delete_cookie(self._cookie, httponly=True, samesite="lax", secure=self._secure)
        return answer

    async def _account(self, identity: Identity) -> Account:
        """Raises NoAccount or NotVouchedFor."""
        try:
            name = account_name(identity.email) if identity.email else None
        except BadName:  # no account has such a name
            name = None
        account = await self._inbox.commit(
            SqlAccounts, lambda accounts: accounts.find_or_link(identity.key, name)
        )
        if account is None and identity.unverified_email is not None:
            logger.warning(
                "single sign-on: without email_verified no address counts. Where people cannot "
                "choose theirs at the provider, PAGER_OIDC_TRUSTED_CLAIM may name the claim"
            )
            raise NotVouchedFor(identity.unverified_email)
        if account is None:
            raise NoAccount(identity.email)
        return account

    def _failed(
        self, request: Request, error: SignOnFailed | NoAccount | NotVouchedFor, then: str = "/"
    ) -> Response:
        if isinstance(error, SignOnFailed):
            logger.warning("single sign-on failed: %s: %s", type(error).__name__, error.reason)
        silent = isinstance(error, ProviderUnavailable)
        return page(
            request,
            "login.html",
            HTTPStatus.SERVICE_UNAVAILABLE if silent else HTTPStatus.FORBIDDEN,
            then=safe_redirect_path(then),
            name="",
            error=None,
            nobody_yet=False,
            sign_on=self._sign_on.name,
            sign_on_error=error,
        )
