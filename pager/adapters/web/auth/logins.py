"""Logins by name and password, throttled after failures."""

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
        """`wait`: until then no password of this name is verified."""
        self.seconds = math.ceil(wait.total_seconds())
        super().__init__(seconds=self.seconds)


class Logins:
    """Verifies passwords."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        """Verify the passwords of the accounts in `database`."""
        self._accounts = SqlAccounts(database)
        self._failed = SqlFailedLogins(database)
        self._sessions = SqlSessions(database)
        self._passwords = passwords

    async def verify(self, typed_name: str, password: str, session: str | None) -> Account:
        """The account of that name. Raises WrongPassword, TooManyAttempts or TooManyPasswords.

        `session` is the session token of the browser, if it has one.
        """
        # All of it runs on the threads of the passwords: a flood of logins neither fills the
        # database with names nor takes the threads that Alerts need.
        return await self._passwords.run(lambda: self._verify(typed_name, password, session))

    def _verify(self, typed_name: str, password: str, session: str | None) -> Account:
        try:
            name = account_name(typed_name)
        except BadName as error:  # nobody is called that
            self._passwords.match(None, password)
            raise WrongPassword from error
        throttled_as = self._throttled_as(name, session)
        wait = self._failed.attempt(throttled_as)
        if wait:
            raise TooManyAttempts(wait)
        account = self._accounts.named(name)
        matches = self._passwords.match(account and account.password, password)
        if account is None or not matches:
            raise WrongPassword
        self._failed.reset(throttled_as)
        return account

    def _throttled_as(self, name: str, session: str | None) -> str:
        """What failures are counted by: the name; or the browser's session, where the owner of the
        account has signed in with that browser before.

        So strangers who guess passwords do not keep the owner waiting.
        """
        if session is not None and self._sessions.belonged_to(session, name):
            return self._sessions.id_of(session)
        return name

    async def rehash(self, account: Account, password: str) -> None:
        """Hash the password again, if it was hashed with other parameters than today's."""
        if account.password is not None and self._passwords.is_outdated(account.password):
            with suppress(WeakPassword, TooManyPasswords):  # then another time
                hashed = await self._passwords.hash(password)
                await asyncio.to_thread(self._accounts.rehash, account, hashed)
