"""The accounts: administrators create them, change their roles, and remove them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.access.accounts import LastAdministrator
from pager.access.names import BadName, account_name
from pager.access.roles import ROLES, BadRole, Role, role_named
from pager.adapters.store.access.accounts import AccountExists, SqlAccounts, UnknownAccount
from pager.adapters.store.access.invitations import SqlInvitations
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.join import join_link
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import NamePart
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.errors import PagerError

PATH = "/console/accounts"
ON_A_PAGE = 50


class _Outcome(NamedTuple):
    """The result of a form."""

    error: PagerError | None = None
    name_error: PagerError | None = None
    """What is wrong with `typed_name`."""
    typed_name: str = ""
    """The name of the account that was to be created, with this `role`."""
    role: Role = "engineer"
    invited: str = ""
    """The account that the `link` is for."""
    link: str = ""


class AccountsPage:
    """Every account, and what can be done about each."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._accounts = SqlAccounts(backend.database)
        self._public_url = backend.public_url

    async def show(
        self,
        request: Request,
        after: NamePart = "",
    ) -> Response:
        """All accounts, by name, a page at a time."""
        return await self._page(request, _Outcome(), after)

    async def show_one(self, request: Request, name: str) -> Response:
        """One account, with what can be done about it."""
        try:
            account = await self._reads.run(self._accounts.summary, account_name(name))
        except BadName:  # no account has such a name
            account = None
        if account is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, str(UnknownAccount(name))))
        return page(request, "account.html", account=account, roles=ROLES)

    async def create(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Create an account, and show its link, this once."""
        typed_name = form.text("name")
        try:
            role = role_named(form.text("role"))
        except BadRole as error:
            return await self._page(request, _Outcome(error))
        try:
            name = account_name(typed_name)
            token = await self._inbox.commit(
                SqlInvitations,
                lambda invitations: invitations.for_new_account(person.name, name, role),
            )
        except (BadName, AccountExists) as error:
            wrong = _Outcome(typed_name=typed_name[:100], role=role, name_error=error)
            return await self._page(request, wrong)
        return await self._invited(request, name, token)

    async def change_role(
        self, request: Request, person: SignedIn, name: str, form: SignedForm
    ) -> Response:
        """Change the role of an account. Its sessions end, so the new role counts at once."""
        role = form.text("role")
        return await self._change(
            request,
            name,
            lambda accounts, name: accounts.change_role(person.name, name, role_named(role)),
        )

    async def remove(
        self, request: Request, person: SignedIn, name: str, _form: SignedForm
    ) -> Response:
        """Remove an account, with all its sessions and links."""
        return await self._change(
            request, name, lambda accounts, name: accounts.remove(person.name, name)
        )

    async def renew_link(
        self, request: Request, person: SignedIn, name: str, _form: SignedForm
    ) -> Response:
        """Make a link to choose another password, and show it, this once."""
        try:
            name = account_name(name)
            token = await self._inbox.commit(
                SqlInvitations,
                lambda invitations: invitations.for_new_password(person.name, name),
            )
        except (BadName, UnknownAccount) as error:
            return await self._page(request, _Outcome(error))
        return await self._invited(request, name, token)

    async def _change(
        self, request: Request, name: str, change: Callable[[SqlAccounts, str], None]
    ) -> Response:
        try:
            name = account_name(name)
            await self._inbox.commit(SqlAccounts, lambda accounts: change(accounts, name))
        except (BadName, BadRole, LastAdministrator, UnknownAccount) as error:
            return await self._page(request, _Outcome(error))
        return see_other(PATH)

    async def _invited(self, request: Request, name: str, token: str) -> Response:
        link = join_link(self._public_url, token)
        return await self._page(request, _Outcome(invited=name, link=link))

    async def _page(self, request: Request, outcome: _Outcome, after: str = "") -> Response:
        accounts = await self._reads.run(self._accounts.all, ON_A_PAGE + 1, after)
        failed = outcome.error or outcome.name_error
        return page(
            request,
            "accounts.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK,
            accounts=accounts,
            at_most=ON_A_PAGE,
            roles=ROLES,
            outcome=outcome,
        )
