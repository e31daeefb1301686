"""Logins by name and password, throttled after failures."""

import asyncio
import math
from contextlib import suppress
from datetime import timedelta

from pager.access.accounts import Account
from pager.access.names import BadName, account_name
from pager.access.passwords import WeakPassword
from pager.access.throttling import FROM_ONE_NETWORK
from pager.adapters.runtime.pools import Overloaded, caller
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.failed_logins import (
    SqlFailedLogins,
    Throttles,
    throttles_of,
)
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.web.auth.passwords import Passwords
from pager.adapters.web.backend import Backend
from pager.errors import PagerError

BEHIND_OTHERS = 0.05
"""Seconds that a new attempt waits longer than one that has waited before: so each has its turn."""


class WrongPassword(PagerError):
    """The name or the password is wrong. Try again, or ask an administrator for a link to choose \
a new password."""


class TooManyAttempts(PagerError):
    """There were too many wrong passwords for this name. Try again in {seconds} s."""

    def __init__(self, wait: timedelta) -> None:
        """`wait`: until then no password of this name is verified."""
        self.seconds = math.ceil(wait.total_seconds())
        super().__init__(seconds=self.seconds)


class Logins:
    """Verifies passwords."""

    def __init__(self, backend: Backend, passwords: Passwords, within: timedelta) -> None:
        """Verify `passwords` of the accounts in the database; wait `within` that for a turn."""
        self._accounts = SqlAccounts(backend.database)
        self._failed = SqlFailedLogins(backend.database)
        self._sessions = SqlSessions(backend.database)
        self._strangers = backend.pools.strangers
        self._inbox = backend.inbox
        self._within = within.total_seconds()
        self.passwords = passwords

    async def verify(self, typed_name: str, password: str, session: str | None) -> Account:
        """The account of that name. Raises WrongPassword, TooManyAttempts or Overloaded.

        `session` is the session token of the browser, if it has one.
        """
        try:
            name = account_name(typed_name)
        except BadName as error:  # nobody is called that
            await self.passwords.run(self.passwords.match, None, password)
            raise WrongPassword from error
        throttles = await self._throttles(name, session)
        clock = asyncio.get_running_loop().time
        deadline, behind_others = clock() + self._within, BEHIND_OTHERS
        # All of it runs on the threads of the passwords: a flood of logins neither fills the
        # database with names nor takes the threads that Alerts need.
        while isinstance(
            verified := await self.passwords.run(self._verify, name, password, throttles), timedelta
        ):
            wait = verified.total_seconds() + behind_others
            if clock() + wait > deadline:
                raise TooManyAttempts(verified)
            await asyncio.sleep(wait)
            behind_others = 0.0
        if verified is None:
            raise WrongPassword
        return verified

    async def _throttles(self, name: str, session: str | None) -> Throttles:
        """What failures are counted by: the name and the network. But where the owner of the
        account has signed in with that browser before, by its session alone, and it waits for a
        thread in a line of its own. So people who guess passwords do not keep the owner waiting.
        """
        if session is not None and await self._strangers.run(
            self._sessions.belonged_to, session, name
        ):
            caller.set(self._sessions.id_of(session))
            return {self._sessions.id_of(session): FROM_ONE_NETWORK}
        return throttles_of(name, caller.get())

    def _verify(self, name: str, password: str, throttles: Throttles) -> Account | timedelta | None:
        """The account; None where the password is wrong; or how long to wait for the next try."""
        if wait := self._failed.attempt(throttles):
            return wait
        account = self._accounts.named(name)
        matches = self.passwords.match(account and account.password, password)
        if account is None or not matches:
            return None
        self._failed.reset(throttles)
        return account

    async def rehash(self, account: Account, password: str) -> None:
        """Hash the password again, if it was hashed with other parameters than today's."""
        if account.password is not None and self.passwords.is_outdated(account.password):
            with suppress(WeakPassword, Overloaded):  # then another time
                hashed = await self.passwords.hash(password)
                await self._inbox.commit(
                    SqlAccounts, lambda accounts: accounts.rehash(account, hashed)
                )
