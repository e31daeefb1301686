"""Sessions: who is signed in, from which device, and until when."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, literal, select, update

from pager.access.roles import Role, role_named
from pager.adapters.store.access.accounts import Account
from pager.adapters.store.access.tokens import fingerprint, new_token
from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import accounts, sessions

IDLE = timedelta(days=3)
"""After so long without a request, a session is over."""

LONGEST = timedelta(days=14)
"""After so long it is over however it was used."""

NOTED_EVERY = timedelta(minutes=1)
"""A page that renews itself must not write with each request."""

LONGEST_DEVICE = 200

_id = re.compile(r"[0-9a-f]{64}")


class SignedIn(NamedTuple):
    """Whose session it is, as the account is now."""

    name: str
    role: Role


class Session(NamedTuple):
    """A session as its owner sees it."""

    id: str
    """The fingerprint of its token, which nobody can sign in with."""
    device: str
    begun_at: datetime
    used_at: datetime


class SqlSessions:
    """The sessions of all accounts."""

    def __init__(self, database: Database, now: Now = database_clock) -> None:
        """They expire by `now`."""
        self._database = database
        self._now = now

    def begin(self, account: Account, device: str) -> str | None:
        """The token of a new session; None where the account is no longer what was verified."""
        token, now = new_token(), self._now()
        device = device[:LONGEST_DEVICE]
        unchanged = (
            (accounts.c.id == account.id)
            & accounts.c.password.is_not_distinct_from(account.password)
            & accounts.c.identity.is_not_distinct_from(account.identity)
        )
        values = select(literal(fingerprint(token)), accounts.c.id, literal(device), now, now)
        columns = ["secret_hash", "account", "device", "begun_at", "used_at"]
        begun = insert(sessions).from_select(columns, values.where(unchanged))
        begun = begun.returning(sessions.c.secret_hash)
        found = self._database.write(lambda connection: connection.scalars(begun).all())
        return token if found else None

    def of(self, token: str) -> SignedIn | None:
        """Whose session it is; None where it is none, or is over."""
        id_, now = fingerprint(token), self._now()
        unnoted = sessions.c.used_at <= now - milliseconds(NOTED_EVERY)
        wanted = (
            select(accounts.c.name, accounts.c.role, unnoted.label("unnoted"))
            .join(accounts, sessions.c.account == accounts.c.id)
            .where(sessions.c.secret_hash == id_, ~over(now))
        )
        row = self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        if row is None:
            return None
        if row.unnoted:
            # Nobody waits for it: where it fails, the next request notes it.
            self._database.submit(partial(self._note, id_=id_), f"session {id_}")
        return SignedIn(row.name, role_named(row.role))

    def was_of(self, token: str, name: str) -> bool:
        """Whether it is a session of that account, be it over, which nobody has signed out."""
        wanted = (
            select(sessions.c.secret_hash)
            .join(accounts, sessions.c.account == accounts.c.id)
            .where(sessions.c.secret_hash == fingerprint(token), accounts.c.name == name)
        )
        return (
            self._database.read(lambda connection: connection.execute(wanted).first()) is not None
        )

    def _note(self, connection: Connection, id_: str) -> None:
        now = self._now()
        # Of the requests of one moment, one writes.
        wanted = (sessions.c.secret_hash == id_) & (
            sessions.c.used_at <= now - milliseconds(NOTED_EVERY)
        )
        connection.execute(update(sessions).where(wanted).values(used_at=now))

    def all_of(self, name: str) -> Sequence[Session]:
        """The sessions of an account, the last used first."""
        wanted = (
            select(sessions)
            .join(accounts, sessions.c.account == accounts.c.id)
            .where(accounts.c.name == name, ~over(self._now()))
            .order_by(sessions.c.used_at.desc(), sessions.c.begun_at.desc())
        )

        def find(connection: Connection) -> list[Session]:
            return [
                Session(row.secret_hash, row.device, moment(row.begun_at), moment(row.used_at))
                for row in connection.execute(wanted)
            ]

        return self._database.read(find)

    def id_of(self, token: str) -> str:
        """By which the session of that token is known here."""
        return fingerprint(token)

    def leave(self, token: str) -> None:
        """Sign out of that session."""
        ended = delete(sessions).where(sessions.c.secret_hash == fingerprint(token))
        self._database.write(lambda connection: connection.execute(ended))

    def end(self, name: str, id_: str) -> None:
        """Sign out that session, if there is such a one of the account."""
        if _id.fullmatch(id_):
            self._end(name, sessions.c.secret_hash == id_)

    def end_others(self, name: str, id_: str) -> None:
        """Sign the account out everywhere but there."""
        self._end(name, sessions.c.secret_hash != id_)

    def _end(self, name: str, which: ColumnElement[bool]) -> None:
        theirs = select(accounts.c.id).where(accounts.c.name == name)
        ended = delete(sessions).where(sessions.c.account.in_(theirs), which)
        self._database.write(lambda connection: connection.execute(ended))


def over(now: ColumnElement[int]) -> ColumnElement[bool]:
    """Sessions that have ended by themselves."""
    return (sessions.c.used_at <= now - milliseconds(IDLE)) | (
        sessions.c.begun_at <= now - milliseconds(LONGEST)
    )
