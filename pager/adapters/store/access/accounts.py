"""Accounts: who may sign in, and what they may do. Each change is in the journal."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from pager.access.roles import Role, role_named
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.clock import Now, database_clock, moment
from pager.adapters.store.core.database import Transactions, Within
from pager.adapters.store.core.locks import lock_table
from pager.adapters.store.core.schema import accounts, failed_logins, invitations, sessions
from pager.errors import PagerError


class UnknownAccount(PagerError):
    """There is no account {name!r}: somebody may have removed it just now."""

    def __init__(self, name: str) -> None:
        """`name` is what was asked for."""
        super().__init__(name=name)


class AccountExists(PagerError):
    """There is an account {name!r} already."""

    def __init__(self, name: str) -> None:
        """`name` is the account's."""
        super().__init__(name=name)


class LastAdministrator(PagerError):
    """{name} is the only administrator who can sign in: make somebody else one first."""

    def __init__(self, name: str) -> None:
        """`name` is the account's."""
        super().__init__(name=name)


class Account(NamedTuple):
    """Somebody who may sign in."""

    id: int
    name: str
    role: Role
    password: str | None
    """As it is hashed; None where its owner has not chosen one."""
    identity: str | None
    """Whom the OpenID provider knows it as."""


class Listed(NamedTuple):
    """An account as administrators see it."""

    name: str
    role: Role
    can_sign_in: bool
    used_at: datetime | None
    """When one of its sessions was used last; None where there is none."""


class SqlAccounts:
    """The accounts. Whatever is changed about one, those who use it sign in again."""

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Changes are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def named(self, name: str) -> Account | None:
        """The account of that name."""
        wanted = select(accounts).where(accounts.c.name == name)

        def find(connection: Connection) -> Account | None:
            row = connection.execute(wanted).one_or_none()
            return None if row is None else _account(row)

        return self._transactions.read(find)

    def listed(self, name: str) -> Listed | None:
        """The account of that name, as it stands in the list."""
        found = self._list(_listed().where(accounts.c.name == name))
        return found[0] if found else None

    def all(self, at_most: int | None = None, after: str = "") -> Sequence[Listed]:
        """Every account, by name; the first `at_most` of those that come `after` another name."""
        following = _listed().where(accounts.c.name > after)
        return self._list(following.order_by(accounts.c.name).limit(at_most))

    def _list(self, wanted: "Select[tuple[object, ...]]") -> Sequence[Listed]:
        def find(connection: Connection) -> list[Listed]:
            return [
                Listed(
                    row.name,
                    role_named(row.role),
                    row.password is not None or row.identity is not None,
                    None if row.session_used_at is None else moment(row.session_used_at),
                )
                for row in connection.execute(wanted)
            ]

        return self._transactions.read(find)

    def add(self, author: str, name: str, role: Role) -> None:
        """Make an account, which has no password yet. Raises AccountExists."""

        def change(connection: Connection) -> None:
            lock_table(connection, accounts)
            if SqlAccounts(Within(connection)).named(name) is not None:
                raise AccountExists(name)
            connection.execute(
                insert(accounts).values(name=name, role=role, created_at=self._now())
            )
            self._note(connection, author, "account made", name, role)

        self._transactions.write(change)

    def change_role(self, author: str, name: str, role: Role) -> None:
        """Raises UnknownAccount or LastAdministrator."""

        def change(connection: Connection) -> None:
            account = locked(connection, name)
            if account.role == role:
                return
            if role != "administrator":
                _leave_an_administrator(connection, account)
            connection.execute(
                update(accounts).where(accounts.c.id == account.id).values(role=role)
            )
            sign_out(connection, account)
            self._note(connection, author, "role changed", name, f"{account.role} to {role}")

        self._transactions.write(change)

    def change_password(self, author: str, name: str, hashed: str) -> None:
        """Give the account this password. Raises UnknownAccount."""

        def change(connection: Connection) -> None:
            account = locked(connection, name)
            set_password(connection, account, hashed)
            self._note(connection, author, "password changed", name)

        self._transactions.write(change)

    def of_identity(self, identity: str, name: str | None) -> Account | None:
        """The account that is tied to `identity`; None where there is none.

        The one of that `name`, if it was never tied to any, is tied to it from now on.
        """

        def find(connection: Connection) -> Account | None:
            lock_table(connection, accounts)
            tied = select(accounts).where(accounts.c.identity == identity)
            if (row := connection.execute(tied).one_or_none()) is not None:
                return _account(row)
            account = SqlAccounts(Within(connection)).named(name) if name else None
            if account is None or account.identity is not None:
                return None
            connection.execute(
                update(accounts).where(accounts.c.id == account.id).values(identity=identity)
            )
            self._note(connection, account.name, "single sign-on tied", account.name, identity)
            return account._replace(identity=identity)

        return self._transactions.write(find)

    def rehash(self, account: Account, hashed: str) -> None:
        """Store the same password in another way, unless it was changed meanwhile."""
        same = (accounts.c.id == account.id) & (accounts.c.password == account.password)
        renewed = update(accounts).where(same).values(password=hashed)
        self._transactions.write(lambda connection: connection.execute(renewed))

    def remove(self, author: str, name: str) -> None:
        """Raises UnknownAccount or LastAdministrator."""

        def change(connection: Connection) -> None:
            account = locked(connection, name)
            _leave_an_administrator(connection, account)
            sign_out(connection, account)
            connection.execute(delete(invitations).where(invitations.c.account == account.id))
            connection.execute(delete(accounts).where(accounts.c.id == account.id))
            self._note(connection, author, "account removed", name, account.role)

        self._transactions.write(change)

    def _note(
        self, connection: Connection, author: str, action: str, name: str, detail: str = ""
    ) -> None:
        SqlAuditLog(Within(connection), self._now).add(author, action, name, detail)


def _listed() -> "Select[tuple[object, ...]]":
    used_at = func.max(sessions.c.used_at).label("session_used_at")
    return (
        select(accounts, used_at)
        .outerjoin(sessions, sessions.c.account == accounts.c.id)
        .group_by(accounts.c.id)
    )


def locked(connection: Connection, name: str) -> Account:
    """The account of that name, which nobody else changes meanwhile. Raises UnknownAccount."""
    lock_table(connection, accounts)
    account = SqlAccounts(Within(connection)).named(name)
    if account is None:
        raise UnknownAccount(name)
    return account


def set_password(connection: Connection, account: Account, hashed: str) -> None:
    """From now on only this password signs in: no session and no link of before does."""
    connection.execute(update(accounts).where(accounts.c.id == account.id).values(password=hashed))
    sign_out(connection, account)
    connection.execute(delete(invitations).where(invitations.c.account == account.id))
    connection.execute(delete(failed_logins).where(failed_logins.c.name == account.name))


def sign_out(connection: Connection, account: Account) -> None:
    """End every session of the account."""
    connection.execute(delete(sessions).where(sessions.c.account == account.id))


def _leave_an_administrator(connection: Connection, account: Account) -> None:
    """Raises LastAdministrator where nobody could give out accounts without this one."""
    others = (
        select(func.count())
        .select_from(accounts)
        .where(accounts.c.role == "administrator", accounts.c.id != account.id)
        .where(accounts.c.password.is_not(None) | accounts.c.identity.is_not(None))
    )
    if account.role == "administrator" and not connection.scalars(others).one():
        raise LastAdministrator(account.name)


def _account(row: "Row[tuple[object, ...]]") -> Account:
    return Account(row.id, row.name, role_named(row.role), row.password, row.identity)
