"""The page behind a one-time link: somebody chooses a password, and is signed in.

Mail scanners open every link they see, so opening one must not use it up.
"""

from http import HTTPStatus

from fastapi import Request, Response

from pager.access.names import BadName, account_name
from pager.access.passwords import WeakPassword
from pager.adapters.store.access.invitations import BadInvitation, Invitation, SqlInvitations
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.passwords import Passwords
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import OwnForm
from pager.adapters.web.console.rendering import bad_link, page


def join_link(public_url: str, token: str) -> str:
    """The URL of the page for that token."""
    return f"{public_url}/console/join/{token}"


class JoinPage:
    """The page of a link that `pager serve`, `pager invite` or an administrator made."""

    def __init__(self, backend: Backend, browser: BrowserSessions, passwords: Passwords) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.strangers
        self._inbox = backend.inbox
        self._invitations = SqlInvitations(backend.database)
        self._browser = browser
        self._passwords = passwords

    async def show(self, request: Request, token: str) -> Response:
        """The form. Opening it changes nothing."""
        try:
            invitation = await self._reads.run(self._invitations.of, token)
        except BadInvitation as error:
            return bad_link(request, error)
        return _form(request, invitation, "", {})

    async def join(self, request: Request, token: str, form: OwnForm) -> Response:
        """Set the password, and begin a session: the link is used up then."""
        typed_name, errors, name, hashed = form.text("name"), {}, "", ""
        try:
            invitation = await self._reads.run(self._invitations.of, token)
            if invitation.name is None:
                try:
                    name = account_name(typed_name)
                except BadName as error:
                    errors["name"] = str(error)
            try:
                hashed = await self._passwords.hash(form.text("password"))
            except WeakPassword as error:
                errors["password"] = str(error)
            if errors:
                return _form(request, invitation, typed_name[:100], errors)
            account = await self._inbox.commit(
                SqlInvitations, lambda invitations: invitations.accept(token, name, hashed)
            )
        except BadInvitation as error:
            return bad_link(request, error)
        return await self._browser.sign_in(request, account, "/")


def _form(
    request: Request, invitation: Invitation, typed_name: str, errors: dict[str, str]
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return page(
        request, "join.html", status, invitation=invitation, typed_name=typed_name, errors=errors
    )
