"""The rows of sessions: who is signed in, and from which device."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    insert,
    literal,
    select,
    update,
)

from pager.access.accounts import Account
from pager.access.lifetimes import is_use_to_be_noted, session_is_over
from pager.adapters.store.access.tokens import fingerprint, new_token
from pager.adapters.store.core.clock import Now, database_clock, moment
from pager.adapters.store.core.schema import accounts, sessions
from pager.adapters.store.core.transactions import SubmittingTransactions

LONGEST_DEVICE = 200

_id = re.compile(r"[0-9a-f]{64}")


class SignedIn(NamedTuple):
    """The account that is signed in, as it is now."""

    name: str
    role: str
    """As in Account."""


class Session(NamedTuple):
    """A session as its owner sees it."""

    id: str
    """The fingerprint of its token, with which nobody can sign in."""
    device: str
    begun_at: datetime
    used_at: datetime


class SqlSessions:
    """The sessions of all accounts. The token of a session is all that it takes to be signed in.

    No request waits until its use of a session is noted.
    """

    lock_key = sessions.name

    def __init__(self, transactions: SubmittingTransactions, now: Now = database_clock) -> None:
        """They expire by `now`."""
        self._transactions = transactions
        self._now = now

    def begin(self, account: Account, device: str) -> str | None:
        """The token of a new session; None if the account was changed since it was verified."""
        token, now = new_token(), self._now()
        device = device[:LONGEST_DEVICE]
        unchanged = (
            (accounts.c.id == account.id)
            & accounts.c.password.is_not_distinct_from(account.password)
            & accounts.c.identity.is_not_distinct_from(account.identity)
        )
        values = select(literal(fingerprint(token)), accounts.c.id, literal(device), now, now)
        columns = ["secret_hash", "account", "device", "begun_at", "used_at"]
        new = insert(sessions).from_select(columns, values.where(unchanged))
        new = new.returning(sessions.c.secret_hash)
        rows = self._transactions.write(lambda connection: connection.scalars(new).all())
        return token if rows else None

    def of(self, token: str) -> SignedIn | None:
        """Who is signed in with `token`; None if there is no such session, or it is over."""
        id_ = fingerprint(token)
        query = (
            select(accounts.c.name, accounts.c.role, sessions.c.used_at, *self._ages())
            .join(accounts, sessions.c.account == accounts.c.id)
            .where(sessions.c.secret_hash == id_)
        )
        row = self._transactions.read(lambda connection: connection.execute(query).one_or_none())
        if row is None or _is_over(row):
            return None
        if is_use_to_be_noted(timedelta(milliseconds=row.since_used)):
            # Nobody waits for it: if it fails, the next request notes it.
            note = partial(self._note_use, id_=id_, used_at=row.used_at)
            self._transactions.submit(note, f"{sessions.name} {id_}")
        return SignedIn(row.name, row.role)

    def belonged_to(self, token: str, name: str) -> bool:
        """Whether that account was signed in with `token`, even if the session is over now.

        False if the owner has signed out of the session.
        """
        query = (
            select(sessions.c.secret_hash)
            .join(accounts, sessions.c.account == accounts.c.id)
            .where(sessions.c.secret_hash == fingerprint(token), accounts.c.name == name)
        )
        return (
            self._transactions.read(lambda connection: connection.execute(query).first())
            is not None
        )

    def _note_use(self, connection: Connection, id_: str, used_at: int) -> None:
        # Of requests at the same moment, one writes.
        unchanged = (sessions.c.secret_hash == id_) & (sessions.c.used_at == used_at)
        connection.execute(update(sessions).where(unchanged).values(used_at=self._now()))

    def all_of(self, name: str) -> Sequence[Session]:
        """The sessions of an account, the last used first."""
        query = (
            select(sessions, *self._ages())
            .join(accounts, sessions.c.account == accounts.c.id)
            .where(accounts.c.name == name)
            .order_by(sessions.c.used_at.desc(), sessions.c.begun_at.desc())
        )

        def find(connection: Connection) -> list[Session]:
            return [
                Session(row.secret_hash, row.device, moment(row.begun_at), moment(row.used_at))
                for row in connection.execute(query)
                if not _is_over(row)
            ]

        return self._transactions.read(find)

    def id_of(self, token: str) -> str:
        """The id of the session with that token."""
        return fingerprint(token)

    def sign_out(self, token: str) -> None:
        """End the session with that token."""
        deletion = delete(sessions).where(sessions.c.secret_hash == fingerprint(token))
        self._transactions.write(lambda connection: connection.execute(deletion))

    def end(self, name: str, id_: str) -> bool:
        """End the session with that id; False if the account has no such session (any more)."""
        return bool(_id.fullmatch(id_) and self._end(name, sessions.c.secret_hash == id_))

    def end_others(self, name: str, id_: str) -> int:
        """End all sessions of the account but the one with that id; how many there were."""
        return self._end(name, sessions.c.secret_hash != id_)

    def _end(self, name: str, which: ColumnElement[bool]) -> int:
        account_ids = select(accounts.c.id).where(accounts.c.name == name)
        deletion = delete(sessions).where(sessions.c.account.in_(account_ids), which)
        ended = deletion.returning(sessions.c.secret_hash)
        return self._transactions.write(lambda connection: len(connection.scalars(ended).all()))

    def _ages(self) -> Sequence[ColumnElement[int]]:
        """Columns that say how long ago a session began and was used, in milliseconds."""
        now = self._now()
        return (
            (now - sessions.c.begun_at).label("since_begun"),
            (now - sessions.c.used_at).label("since_used"),
        )


def _is_over(row: "Row[tuple[object, ...]]") -> bool:
    """Whether the session of a row with its `_ages` has ended by itself."""
    since_begun, since_used = (
        timedelta(milliseconds=age) for age in (row.since_begun, row.since_used)
    )
    return session_is_over(since_begun, since_used)
