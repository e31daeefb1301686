"""The rows of invitations: links with which somebody chooses a password, once."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from pager.access.accounts import Account
from pager.access.lifetimes import INVITATION
from pager.access.roles import Role, default_role
from pager.adapters.store.access.accounts import SqlAccounts, existing_account, set_password
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.tokens import fingerprint, new_token
from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import accounts, invitations
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.errors import PagerError


class BadInvitation(PagerError):
    """This link was used before, is older than a day, or there is a newer one. Ask an \
administrator for another link."""


class Invitation(NamedTuple):
    """The account that a link is for."""

    name: str | None
    """None for the link that makes the first account: its owner chooses the name."""


class SqlInvitations:
    """The links that were not used yet. The token of a link is all that it takes to use it."""

    lock_key = accounts.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """They expire by `now`."""
        self._transactions = transactions
        self._now = now

    def for_first_account(self) -> str | None:
        """The token of a link that makes the first account; None if there is an account."""

        def make(connection: Connection) -> str | None:
            return None if _has_accounts(connection) else self._add(connection, None)

        return write_alone(self._transactions, accounts, make)

    def for_new_account(self, author: str, name: str, role: Role) -> str:
        """Make an account, and the token of the link for its owner. Raises AccountExists."""

        def make(connection: Connection) -> str:
            SqlAccounts(InTransaction(connection), self._now).add(author, name, role)
            return self._add(connection, existing_account(connection, name))

        return write_alone(self._transactions, accounts, make)

    def for_new_password(self, author: str, name: str) -> str:
        """The token of a link with which the owner of the account chooses another password.

        Older links of the account end; the old password works until this link is used.
        Raises UnknownAccount.
        """

        def make(connection: Connection) -> str:
            account = existing_account(connection, name)
            connection.execute(delete(invitations).where(invitations.c.account == account.id))
            SqlAuditLog(InTransaction(connection), self._now).add(author, "link made", name)
            return self._add(connection, account)

        return write_alone(self._transactions, accounts, make)

    def of(self, token: str) -> Invitation:
        """The account that the link is for. Raises BadInvitation."""
        return self._transactions.read(lambda connection: self._find(connection, token))

    def accept(self, token: str, name: str, hashed: str) -> Account:
        """Use the link up: give its account this password. Raises BadInvitation.

        `name` counts only for the link that makes the first account.
        """

        def use(connection: Connection) -> Account:
            invitation = self._find(connection, token)
            inside = InTransaction(connection)
            if invitation.name is None:
                SqlAccounts(inside, self._now).add(name, name, default_role(first_account=True))
                connection.execute(delete(invitations).where(invitations.c.account.is_(None)))
            account = existing_account(connection, invitation.name or name)
            set_password(connection, account, hashed)
            SqlAuditLog(inside, self._now).add(account.name, "password chosen", account.name)
            return account._replace(password=hashed)

        return write_alone(self._transactions, accounts, use)

    def _find(self, connection: Connection, token: str) -> Invitation:
        query = (
            select(invitations.c.account, accounts.c.name)
            .outerjoin(accounts, invitations.c.account == accounts.c.id)
            .where(
                invitations.c.secret_hash == fingerprint(token),
                invitations.c.expires_at > self._now(),
            )
        )
        row = connection.execute(query).one_or_none()
        if row is None or (row.account is None and _has_accounts(connection)):
            raise BadInvitation
        return Invitation(row.name)

    def _add(self, connection: Connection, account: Account | None) -> str:
        token = new_token()
        values = {
            "secret_hash": fingerprint(token),
            "account": None if account is None else account.id,
            "expires_at": self._now() + milliseconds(INVITATION),
        }
        connection.execute(insert(invitations).values(values))
        return token


def _has_accounts(connection: Connection) -> bool:
    return connection.execute(select(accounts.c.id).limit(1)).first() is not None
