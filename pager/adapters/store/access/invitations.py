"""Links with which somebody chooses a password, once: for a new account, or one that is lost."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from pager.access.roles import Role
from pager.adapters.store.access.accounts import (
    Account,
    SqlAccounts,
    locked,
    set_password,
)
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.tokens import fingerprint, new_token
from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.database import Transactions, Within
from pager.adapters.store.core.locks import lock_table
from pager.adapters.store.core.schema import accounts, invitations
from pager.errors import PagerError

LIVES = timedelta(hours=24)


class BadInvitation(PagerError):
    """This link does not work: it was used before, is older than a day, or there is a newer one. \
Ask an administrator for another."""


class Invitation(NamedTuple):
    """Whom a link is for."""

    name: str | None
    """Of the account; None for the first account of all, whose owner names it."""


class SqlInvitations:
    """The links that have not been used yet."""

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """They expire by `now`."""
        self._transactions = transactions
        self._now = now

    def first(self) -> str | None:
        """The token that makes the first account; None where there is one already."""

        def make(connection: Connection) -> str | None:
            lock_table(connection, accounts)
            return None if _has_accounts(connection) else self._add(connection, None)

        return self._transactions.write(make)

    def welcome(self, author: str, name: str, role: Role) -> str:
        """The token of a new account. Raises AccountExists."""

        def make(connection: Connection) -> str:
            SqlAccounts(Within(connection), self._now).add(author, name, role)
            return self._add(connection, locked(connection, name))

        return self._transactions.write(make)

    def renew(self, author: str, name: str) -> str:
        """A token with which the owner of that account chooses another password.

        Those of before are worth nothing any more; until it is used, the old password is.
        Raises UnknownAccount.
        """

        def make(connection: Connection) -> str:
            account = locked(connection, name)
            connection.execute(delete(invitations).where(invitations.c.account == account.id))
            SqlAuditLog(Within(connection), self._now).add(author, "link made", name)
            return self._add(connection, account)

        return self._transactions.write(make)

    def of(self, token: str) -> Invitation:
        """Whom it is for. Raises BadInvitation."""
        return self._transactions.read(lambda connection: self._find(connection, token))

    def accept(self, token: str, name: str, hashed: str) -> Account:
        """Use it up: the account has this password. Raises BadInvitation.

        `name` is that of the first account of all, and no matter otherwise.
        """

        def use(connection: Connection) -> Account:
            lock_table(connection, accounts)
            invitation = self._find(connection, token)
            inside = Within(connection)
            if invitation.name is None:
                SqlAccounts(inside, self._now).add(name, name, "administrator")
                connection.execute(delete(invitations).where(invitations.c.account.is_(None)))
            account = locked(connection, invitation.name or name)
            set_password(connection, account, hashed)
            SqlAuditLog(inside, self._now).add(account.name, "password chosen", account.name)
            return account._replace(password=hashed)

        return self._transactions.write(use)

    def _find(self, connection: Connection, token: str) -> Invitation:
        wanted = (
            select(invitations.c.account, accounts.c.name)
            .outerjoin(accounts, invitations.c.account == accounts.c.id)
            .where(
                invitations.c.secret_hash == fingerprint(token),
                invitations.c.expires_at > self._now(),
            )
        )
        row = connection.execute(wanted).one_or_none()
        if row is None or (row.account is None and _has_accounts(connection)):
            raise BadInvitation
        return Invitation(row.name)

    def _add(self, connection: Connection, account: Account | None) -> str:
        token = new_token()
        values = {
            "secret_hash": fingerprint(token),
            "account": None if account is None else account.id,
            "expires_at": self._now() + milliseconds(LIVES),
        }
        connection.execute(insert(invitations).values(values))
        return token


def _has_accounts(connection: Connection) -> bool:
    return connection.execute(select(accounts.c.id).limit(1)).first() is not None
