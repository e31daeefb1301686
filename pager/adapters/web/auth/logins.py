"""Names and passwords: whether they belong together, and how often somebody may try."""

import asyncio
import math
from contextlib import suppress
from datetime import timedelta

from pager.access.accounts import Account
from pager.access.names import BadName, account_name
from pager.access.passwords import WeakPassword
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.failed_logins import SqlFailedLogins
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database
from pager.adapters.web.auth.passwords import Passwords, TooManyPasswords
from pager.errors import PagerError


class WrongPassword(PagerError):
    """There is no account with this name and this password."""


class TooManyAttempts(PagerError):
    """The password of this name was wrong too often: try again in {seconds} s."""

    def __init__(self, wait: timedelta) -> None:
        """`wait` is how long nothing is looked at."""
        self.seconds = math.ceil(wait.total_seconds())
        super().__init__(seconds=self.seconds)


class Logins:
    """Verifies passwords."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        """Of the accounts in `database`."""
        self._accounts = SqlAccounts(database)
        self._failed = SqlFailedLogins(database)
        self._sessions = SqlSessions(database)
        self._passwords = passwords

    async def verified(self, given: str, password: str, session: str | None) -> Account:
        """The account of that name. Raises WrongPassword, TooManyAttempts or TooManyPasswords.

        `session` is the token that the browser has of one, if any.
        """
        # All of it where passwords wait: a flood of them neither fills the database with names
        # nor takes the threads that Alerts need.
        return await self._passwords.on_thread(lambda: self._verified(given, password, session))

    def _verified(self, given: str, password: str, session: str | None) -> Account:
        try:
            name = account_name(given)
        except BadName as error:  # nobody is called that
            self._passwords.match(None, password)
            raise WrongPassword from error
        counted_as = self._counted_as(name, session)
        wait = self._failed.attempt(counted_as)
        if wait:
            raise TooManyAttempts(wait)
        account = self._accounts.named(name)
        matches = self._passwords.match(account and account.password, password)
        if account is None or not matches:
            raise WrongPassword
        self._failed.reset(counted_as)
        return account

    def _counted_as(self, name: str, session: str | None) -> str:
        """The name; or the browser, where its owner has signed in there before.

        So strangers who go on guessing keep each other waiting, and not the owner.
        """
        if session is not None and self._sessions.belonged_to(session, name):
            return self._sessions.id_of(session)
        return name

    async def renew(self, account: Account, password: str) -> None:
        """Hash the password as it would be hashed today."""
        if account.password is not None and self._passwords.is_outdated(account.password):
            with suppress(WeakPassword, TooManyPasswords):  # then another time
                hashed = await self._passwords.hash(password)
                await asyncio.to_thread(self._accounts.rehash, account, hashed)
