"""One's own account: the password, and the sessions in which one is signed in."""

from http import HTTPStatus
from typing import Literal

from fastapi import Request, Response

from pager.access.passwords import WeakPassword
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.oncall.additions import OnCallAdditions
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.logins import Logins, TooManyAttempts, WrongPassword
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.devices import device_in_words
from pager.adapters.web.console.entry_paths import person_path
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.on_call.contact_form import wait_in_words
from pager.adapters.web.console.on_call.directories import Directories, person_of_account
from pager.adapters.web.console.on_call.names import read_name, wrong_name
from pager.adapters.web.console.on_call.own_person import name_from
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.typed_targets import target_of
from pager.adapters.web.parsing import Skip
from pager.adapters.web.responses import see_other
from pager.errors import PagerError
from pager.oncall.people import ContactMethod, Person

PATH = "/console/me"
ON_A_PAGE = 50

Done = Literal["password", "signed-out", "others", "gone"]
"""What a form has done; "gone": nothing, who was to be signed out was so before."""


class MyAccountPage:
    """The page of the account with which a person is signed in."""

    def __init__(
        self,
        backend: Backend,
        logins: Logins,
        browser: BrowserSessions,
        directories: Directories,
    ) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._accounts = SqlAccounts(backend.database)
        self._sessions = SqlSessions(backend.database)
        self._directories = directories
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

    async def become_person(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Make a person of the account, who is reached at its address: somebody who can be on call.

        Who is one already is shown the page of that.
        """
        own = await self._own_person(person.name)
        if own is not None:
            return see_other(person_path(own.name))
        name = read_name(form.text("name"))
        if name is None:
            wrong = wrong_name(form.text("name").strip())
            return await self._page(request, person.name, person=wrong)
        made = Person(name=name, account=person.name, contact_methods=_methods_of(person.name))
        if not await self._inbox.commit(
            OnCallAdditions, lambda additions: additions.add(person.name, [made])
        ):
            taken = f"There is a person called {name} already: an engineer can give you the page."
            return await self._page(request, person.name, person=taken)
        return see_other(f"{person_path(name)}?done=made")

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

    async def _own_person(self, account_name: str) -> Person | None:
        directory, _ = await self._reads.run(self._directories.now)
        return person_of_account(directory, account_name)

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
            own=await self._own_person(name),
            suggested_name=name_from(name),
            person_path=person_path,
            wait_in_words=wait_in_words,
        )


def _methods_of(account_name: str) -> tuple[ContactMethod, ...]:
    """The address that the account is named like, if it is."""
    target = target_of(account_name)
    return () if target is None else (ContactMethod(target=target),)


def _after(done: Done) -> Response:
    return see_other(f"{PATH}?done={done}")
