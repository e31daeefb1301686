"""The rows of accounts. Every change is in the audit log, and ends the sessions of the account."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from pager.access.accounts import Account, check_administrator_remains
from pager.access.roles import Role
from pager.adapters.store.access.audit_log import Action, SqlAuditLog
from pager.adapters.store.access.failed_logins import forget_failed_logins
from pager.adapters.store.core.clock import Now, database_clock, optional_moment
from pager.adapters.store.core.filters import Names, equal_if_given
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import accounts, calendar_feeds, invitations, sessions
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.errors import PagerError


class UnknownAccount(PagerError):
    """There is no account {name!r}. Somebody may have removed it just now."""

    def __init__(self, name: str) -> None:
        """`name` is what was asked for."""
        super().__init__(name=name)


class AccountExists(PagerError):
    """There is already an account {name!r}. Choose another name."""

    def __init__(self, name: str) -> None:
        """`name` is the account's."""
        super().__init__(name=name)


class AccountSummary(NamedTuple):
    """An account as administrators see it."""

    name: str
    role: str
    """As in Account."""
    can_sign_in: bool
    used_at: datetime | None
    """When one of its sessions was used last; None if it has no session."""


class AccountFilter(NamedTuple):
    """Which accounts are wanted: those that meet all of this."""

    search: str = ""
    """Part of the name, in any case."""
    role: Role | None = None
    """None: every role."""
    cannot_sign_in: bool = False
    """Whether only those are wanted whose owner has not chosen a password yet."""

    def include(self) -> ColumnElement[bool]:
        """Rows of such accounts."""
        conditions = [
            Names(self.search).include(accounts.c.name),
            equal_if_given(accounts.c.role, self.role),
        ]
        if self.cannot_sign_in:
            conditions += [accounts.c.password.is_(None), accounts.c.identity.is_(None)]
        return and_(true(), *conditions)


EVERY_ACCOUNT = AccountFilter()


class SqlAccounts:
    """The accounts."""

    lock_key = accounts.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Changes are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def named(self, name: str) -> Account | None:
        """The account of that name."""
        query = select(accounts).where(accounts.c.name == name)

        def find(connection: Connection) -> Account | None:
            row = connection.execute(query).one_or_none()
            return None if row is None else _account(row)

        return self._transactions.read(find)

    def summary(self, name: str) -> AccountSummary | None:
        """The account of that name, as administrators see it."""
        summaries = self._summaries(_with_last_use().where(accounts.c.name == name))
        return summaries[0] if summaries else None

    def all(
        self, at_most: int | None = None, after: str = "", which: AccountFilter = EVERY_ACCOUNT
    ) -> Sequence[AccountSummary]:
        """These accounts by name, or the first `at_most` of those whose name comes `after` that."""
        query = _with_last_use().where(accounts.c.name > after, which.include())
        return self._summaries(query.order_by(accounts.c.name).limit(at_most))

    def count(self, which: AccountFilter = EVERY_ACCOUNT) -> int:
        """How many of these accounts there are."""
        query = select(func.count()).select_from(accounts).where(which.include())
        return self._transactions.read(lambda connection: connection.scalar(query)) or 0

    def check_may_leave(self, name: str) -> None:
        """Check that the account may be removed. Raises UnknownAccount or LastAdministrator."""

        def check(connection: Connection) -> None:
            account = existing_account(connection, name)
            check_administrator_remains(account, _administrators(connection))

        self._transactions.read(check)

    def _summaries(self, query: "Select[tuple[object, ...]]") -> Sequence[AccountSummary]:
        def find(connection: Connection) -> list[AccountSummary]:
            return [
                AccountSummary(
                    row.name,
                    row.role,
                    _account(row).can_sign_in,
                    optional_moment(row.session_used_at),
                )
                for row in connection.execute(query)
            ]

        return self._transactions.read(find)

    def add(self, author: str, name: str, role: Role) -> None:
        """Make an account, which has no password yet. Raises AccountExists."""

        def change(connection: Connection) -> None:
            if SqlAccounts(InTransaction(connection)).named(name) is not None:
                raise AccountExists(name)
            connection.execute(
                insert(accounts).values(name=name, role=role, created_at=self._now())
            )
            self._log(connection, author, "account made", name, role)

        write_alone(self._transactions, accounts, change)

    def change_role(self, author: str, name: str, role: Role) -> bool:
        """Give the account this role; False where it has it already.

        Raises UnknownAccount or LastAdministrator.
        """

        def change(connection: Connection) -> bool:
            account = existing_account(connection, name)
            if account.role == role:
                return False
            if role != "administrator":
                check_administrator_remains(account, _administrators(connection))
            connection.execute(
                update(accounts).where(accounts.c.id == account.id).values(role=role)
            )
            end_sessions(connection, account)
            self._log(connection, author, "role changed", name, f"{account.role} to {role}")
            return True

        return write_alone(self._transactions, accounts, change)

    def change_password(self, author: str, name: str, hashed: str) -> None:
        """Give the account this password. Raises UnknownAccount."""

        def change(connection: Connection) -> None:
            account = existing_account(connection, name)
            set_password(connection, account, hashed)
            self._log(connection, author, "password changed", name)

        write_alone(self._transactions, accounts, change)

    def find_or_link(self, identity: str, name: str | None) -> Account | None:
        """The account that is linked to the OpenID `identity`; None if there is none.

        If there is none, the account of that `name` is linked to it, if it is linkable.
        """

        def find(connection: Connection) -> Account | None:
            query = select(accounts).where(accounts.c.identity == identity)
            if (row := connection.execute(query).one_or_none()) is not None:
                return _account(row)
            account = SqlAccounts(InTransaction(connection)).named(name) if name else None
            if account is None or not account.is_linkable:
                return None
            connection.execute(
                update(accounts).where(accounts.c.id == account.id).values(identity=identity)
            )
            self._log(connection, account.name, "single sign-on tied", account.name, identity)
            return account._replace(identity=identity)

        return write_alone(self._transactions, accounts, find)

    def rehash(self, account: Account, hashed: str) -> None:
        """Store another hash of the same password, unless the password was changed meanwhile."""
        unchanged = (accounts.c.id == account.id) & (accounts.c.password == account.password)
        change = update(accounts).where(unchanged).values(password=hashed)
        self._transactions.write(lambda connection: connection.execute(change), accounts.name)

    def remove(self, author: str, name: str) -> None:
        """Remove the account with its links and calendar feeds.

        Raises UnknownAccount or LastAdministrator.
        """

        def change(connection: Connection) -> None:
            account = existing_account(connection, name)
            check_administrator_remains(account, _administrators(connection))
            end_sessions(connection, account)
            for table in (invitations, calendar_feeds):
                connection.execute(delete(table).where(table.c.account == account.id))
            connection.execute(delete(accounts).where(accounts.c.id == account.id))
            self._log(connection, author, "account removed", name, account.role)

        write_alone(self._transactions, accounts, change)

    def _log(
        self, connection: Connection, author: str, action: Action, name: str, detail: str = ""
    ) -> None:
        SqlAuditLog(InTransaction(connection), self._now).add(author, action, name, detail)


def existing_account(connection: Connection, name: str) -> Account:
    """The account of that name. Raises UnknownAccount."""
    account = SqlAccounts(InTransaction(connection)).named(name)
    if account is None:
        raise UnknownAccount(name)
    return account


def set_password(connection: Connection, account: Account, hashed: str) -> None:
    """Give the account this password, and end what the old one allowed: sessions and links."""
    connection.execute(update(accounts).where(accounts.c.id == account.id).values(password=hashed))
    end_sessions(connection, account)
    connection.execute(delete(invitations).where(invitations.c.account == account.id))
    forget_failed_logins(connection, account.name)


def end_sessions(connection: Connection, account: Account) -> None:
    """End every session of the account."""
    connection.execute(delete(sessions).where(sessions.c.account == account.id))


def _administrators(connection: Connection) -> Sequence[Account]:
    query = select(accounts).where(accounts.c.role == "administrator")
    return [_account(row) for row in connection.execute(query)]


def _with_last_use() -> "Select[tuple[object, ...]]":
    used_at = select(func.max(sessions.c.used_at)).where(sessions.c.account == accounts.c.id)
    return select(accounts, used_at.scalar_subquery().label("session_used_at"))


def _account(row: "Row[tuple[object, ...]]") -> Account:
    return Account(row.id, row.name, row.role, row.password, row.identity)
