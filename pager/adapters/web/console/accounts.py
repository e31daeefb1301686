"""The accounts: administrators create them, change their roles, and remove them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from pydantic import BeforeValidator

from pager.access.accounts import LastAdministrator
from pager.access.names import BadName, account_name
from pager.access.roles import ROLES, BadRole, Role, role_named
from pager.adapters.store.access.accounts import (
    AccountExists,
    AccountFilter,
    SqlAccounts,
    UnknownAccount,
)
from pager.adapters.store.access.api_keys import ApiKey, KeyFilter, SqlApiKeys
from pager.adapters.store.access.integrations import (
    IntegrationFilter,
    SqlIntegrations,
    StoredIntegration,
)
from pager.adapters.store.access.invitations import SqlInvitations
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.views.policies_naming import policies_naming
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.join import join_link
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import NamePart, none_where_empty
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.errors import PagerError

PATH = "/console/accounts"
ON_A_PAGE = 50
MOST_KEYS = 10
"""Of an account: that many are named on its page."""

Done = Literal["removed", "gone", "role", "same"]
"""What a form has done to an account; "gone" and "same": nothing, it was so before."""


class _Part(NamedTuple):
    """Of the accounts: those with `search` in their name, of that kind, that come `after` one."""

    search: NamePart = ""
    show: Annotated[Role | Literal["waiting"] | None, BeforeValidator(none_where_empty)] = None
    """A role; or "waiting": those whose owner has not chosen a password yet."""
    after: NamePart = ""

    @property
    def which(self) -> AccountFilter:
        """The accounts that are listed."""
        if self.show == "waiting":
            return AccountFilter(self.search.strip(), cannot_sign_in=True)
        return AccountFilter(self.search.strip(), self.show)


Part = Annotated[_Part, Depends()]
EVERYTHING = _Part()


class _Owned(NamedTuple):
    """What an account has, and what still names it: to be told before it is removed."""

    sessions: int
    keys: Sequence[ApiKey]
    """The first of those that it has made."""
    all_keys: int
    integrations: Sequence[StoredIntegration]
    """The first of those that it has made."""
    all_integrations: int
    policies: Sequence[str]
    """The services whose policy notifies the address that the account is named like."""
    is_needed: LastAdministrator | None
    """Why it cannot be removed; None where it can."""


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
    is_in_small_letters: bool = False
    """Whether that is not as it was typed."""
    link: str = ""
    done: Done | None = None
    """What was done to the account with the `name`, before this page was opened."""
    name: str = ""


class AccountsPage:
    """Every account, and what can be done about each."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._accounts = SqlAccounts(backend.database)
        self._keys = SqlApiKeys(backend.database)
        self._integrations = SqlIntegrations(backend.database)
        self._sessions = SqlSessions(backend.database)
        self._public_url = backend.public_url

    async def show(
        self, request: Request, part: Part, done: Done | None = None, name: NamePart = ""
    ) -> Response:
        """That `part` of the accounts. `done` is what was just done to the account of that name."""
        return await self._page(request, _Outcome(done=done, name=name), part)

    async def show_one(
        self, request: Request, name: str, done: Literal["role", "same"] | None = None
    ) -> Response:
        """One account, with what can be done about it."""
        try:
            name = account_name(name)
            account = await self._reads.run(self._accounts.summary, name)
        except BadName:  # no account has such a name
            account = None
        if account is None:
            raise ProblemError(problem(HTTPStatus.NOT_FOUND, str(UnknownAccount(name))))
        owned = await self._reads.run(self._owned, name)
        return page(request, "account.html", account=account, owned=owned, roles=ROLES, done=done)

    def _owned(self, name: str) -> _Owned:
        is_needed = None
        try:
            self._accounts.check_may_leave(name)
        except LastAdministrator as error:
            is_needed = error
        except UnknownAccount:  # it was removed just now
            pass
        made_by, its_integrations = KeyFilter(created_by=name), IntegrationFilter(created_by=name)
        return _Owned(
            len(self._sessions.all_of(name)),
            self._keys.all(MOST_KEYS, which=made_by),
            self._keys.count(made_by),
            self._integrations.all(MOST_KEYS, which=its_integrations),
            self._integrations.count(its_integrations),
            policies_naming(self._database, name),
            is_needed,
        )

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
        return await self._invited(request, name, token, typed_name)

    async def change_role(
        self, request: Request, person: SignedIn, name: str, form: SignedForm
    ) -> Response:
        """Change the role of an account. Its sessions end: the new role is for the next one."""
        try:
            name, role = account_name(name), role_named(form.text("role"))
            changed = await self._inbox.commit(
                SqlAccounts, lambda accounts: accounts.change_role(person.name, name, role)
            )
        except (BadName, BadRole, LastAdministrator, UnknownAccount) as error:
            return await self._page(request, _Outcome(error))
        return see_other(f"{PATH}/{name}?done={'role' if changed else 'same'}")

    async def remove(
        self, request: Request, person: SignedIn, name: str, _form: SignedForm
    ) -> Response:
        """Remove an account, with all its sessions and links. A second press does no harm."""
        done: Done = "removed"
        try:
            name = account_name(name)
            await self._inbox.commit(
                SqlAccounts, lambda accounts: accounts.remove(person.name, name)
            )
        except UnknownAccount:
            done = "gone"
        except (BadName, LastAdministrator) as error:
            return await self._page(request, _Outcome(error))
        return see_other(f"{PATH}?{urlencode({'done': done, 'name': name})}")

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

    async def _invited(
        self, request: Request, name: str, token: str, typed_name: str = ""
    ) -> Response:
        """The page with the link; of a new account, whether it is called as was typed."""
        link = join_link(self._public_url, token)
        is_other = typed_name.strip() not in {"", name}
        return await self._page(
            request, _Outcome(invited=name, link=link, is_in_small_letters=is_other)
        )

    async def _page(
        self,
        request: Request,
        outcome: _Outcome,
        part: _Part = EVERYTHING,
    ) -> Response:
        accounts = await self._reads.run(self._accounts.all, ON_A_PAGE + 1, part.after, part.which)
        failed = outcome.error or outcome.name_error
        return page(
            request,
            "accounts.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK,
            accounts=accounts,
            found=await self._reads.run(self._accounts.count, part.which),
            part=part,
            at_most=ON_A_PAGE,
            roles=ROLES,
            outcome=outcome,
        )
