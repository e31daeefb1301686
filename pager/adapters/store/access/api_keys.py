"""API keys: what programs come in with. Shown once, kept as a fingerprint, good for a scope."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from pager.access.scopes import KeyScope
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.tokens import fingerprint, new_token
from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.database import Database, Within
from pager.adapters.store.core.locks import lock_table
from pager.adapters.store.core.schema import api_keys
from pager.errors import PagerError

LONGEST_NAME = 100

NOTED_EVERY = timedelta(minutes=1)
"""An Alert must not wait for a note that its key was used."""

_key = re.compile(r"pager_(?P<id>[1-9][0-9]{0,17})_(?P<secret>[A-Za-z0-9_-]{43})")


class BadKeyName(PagerError):
    """A key has a name of 1 to {longest} characters, which says where it is used."""

    def __init__(self) -> None:
        """It has none, or one that nobody can read."""
        super().__init__(longest=LONGEST_NAME)


class KeyExists(PagerError):
    """There is an API key {name!r} already: the journal tells keys apart by their names."""

    def __init__(self, name: str) -> None:
        """`name` is the key's."""
        super().__init__(name=name)


class ApiKey(NamedTuple):
    """A key as administrators see it: nobody can come in with that."""

    id: int
    name: str
    scope: KeyScope
    created_by: str
    created_at: datetime
    used_at: datetime | None
    """None where it never was."""


class Holder(NamedTuple):
    """Who comes in with a key."""

    name: str
    scope: KeyScope


class SqlApiKeys:
    """The keys that are good now."""

    def __init__(self, database: Database, now: Now = database_clock) -> None:
        """Changes are dated by `now`."""
        self._database = database
        self._now = now

    def make(self, author: str, name: str, scope: KeyScope) -> str:
        """A new key, which nobody can be shown again. Raises BadKeyName or KeyExists."""
        name, secret = name.strip(), new_token()
        if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
            raise BadKeyName

        def make(connection: Connection) -> int:
            lock_table(connection, api_keys)
            named = select(api_keys.c.id).where(api_keys.c.name == name)
            if connection.execute(named).first() is not None:
                raise KeyExists(name)
            values = {
                "name": name,
                "secret_hash": fingerprint(secret),
                "scope": scope.model_dump_json(),
                "created_by": author,
                "created_at": self._now(),
            }
            made = insert(api_keys).values(values).returning(api_keys.c.id)
            id_: int = connection.scalars(made).one()
            self._note_change(connection, author, "API key made", name)
            return id_

        return f"pager_{self._database.write(make)}_{secret}"

    def revoke(self, author: str, id_: int) -> None:
        """It lets nobody in any more; where it was gone already, that is all."""

        def revoke(connection: Connection) -> None:
            gone = delete(api_keys).where(api_keys.c.id == id_).returning(api_keys.c.name)
            name = connection.scalars(gone).one_or_none()
            if name is not None:
                self._note_change(connection, author, "API key revoked", name)

        self._database.write(revoke)

    def all(self, at_most: int | None = None, after: str = "") -> Sequence[ApiKey]:
        """Every key, by name; the first `at_most` of those that come `after` another name."""
        following = select(api_keys).where(api_keys.c.name > after)
        wanted = following.order_by(api_keys.c.name).limit(at_most)

        def find(connection: Connection) -> list[ApiKey]:
            return [
                ApiKey(
                    row.id,
                    row.name,
                    KeyScope.model_validate_json(row.scope),
                    row.created_by,
                    moment(row.created_at),
                    None if row.used_at is None else moment(row.used_at),
                )
                for row in connection.execute(wanted)
            ]

        return self._database.read(find)

    def holder(self, key: str) -> Holder | None:
        """Who comes in with `key`; None where it is none that is good now."""
        parts = _key.fullmatch(key)
        if parts is None:
            return None
        id_ = int(parts["id"])
        unnoted = self._unnoted()
        wanted = select(api_keys.c.name, api_keys.c.scope, unnoted.label("unnoted")).where(
            api_keys.c.id == id_, api_keys.c.secret_hash == fingerprint(parts["secret"])
        )
        row = self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        if row is None:
            return None
        if row.unnoted:
            # Nobody waits for it: where it fails, the next request notes it.
            self._database.submit(partial(self._note_use, id_=id_), f"key {id_}")
        return Holder(row.name, KeyScope.model_validate_json(row.scope))

    def _unnoted(self) -> ColumnElement[bool]:
        """Keys whose use is to be noted."""
        last = self._now() - milliseconds(NOTED_EVERY)
        return api_keys.c.used_at.is_(None) | (api_keys.c.used_at <= last)

    def _note_use(self, connection: Connection, id_: int) -> None:
        # Of the requests of one moment, one writes.
        used = update(api_keys).where(api_keys.c.id == id_, self._unnoted())
        connection.execute(used.values(used_at=self._now()))

    def _note_change(self, connection: Connection, author: str, action: str, name: str) -> None:
        SqlAuditLog(Within(connection), self._now).add(author, action, name)
