"""The rows of API keys. A key is shown once; what is stored is the fingerprint of its secret."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from pydantic import BaseModel, JsonValue, ValidationError
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from pager.access.api_keys import KeyParts, key_name, parse_key
from pager.access.lifetimes import is_use_to_be_noted
from pager.access.scopes import ACTIONS, KeyScope
from pager.adapters.store.access.audit_log import Action, SqlAuditLog
from pager.adapters.store.access.tokens import fingerprint, new_token
from pager.adapters.store.core.clock import (
    Now,
    database_clock,
    milliseconds,
    moment,
    optional_moment,
)
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import api_keys
from pager.adapters.store.core.transactions import InTransaction, SubmittingTransactions
from pager.errors import PagerError


class KeyExists(PagerError):
    """There is already an API key {name!r}. Choose another name: the history tells keys apart by \
it."""

    def __init__(self, name: str) -> None:
        """`name` is the key's."""
        super().__init__(name=name)


class ApiKey(NamedTuple):
    """A key as administrators see it: without its secret."""

    id: int
    name: str
    scope: KeyScope | None
    """None where this version of Pager cannot read it."""
    created_by: str
    created_at: datetime
    used_at: datetime | None
    """None if it was never used."""


class KeyPrincipal(NamedTuple):
    """The principal of a key: its name, and what it may do."""

    name: str
    scope: KeyScope | None
    """None where this version of Pager cannot read it."""


class KeyFilter(NamedTuple):
    """Which keys are wanted: those that meet all of this."""

    search: str = ""
    """Part of the name, in any case."""
    created_by: str = ""
    """Who made it; empty: anybody."""
    unused_for: timedelta | None = None
    """Those that were not used for so long, nor made since then. None: all."""

    def include(self, now: ColumnElement[int]) -> ColumnElement[bool]:
        """Rows of such keys."""
        conditions = [Names(self.search).include(api_keys.c.name)]
        if self.created_by:
            conditions.append(api_keys.c.created_by == self.created_by)
        if self.unused_for is not None:
            last = func.coalesce(api_keys.c.used_at, api_keys.c.created_at)
            conditions.append(last < now - milliseconds(self.unused_for))
        return and_(true(), *conditions)


EVERY_KEY = KeyFilter()


class SqlApiKeys:
    """The API keys. A key that is revoked is deleted.

    No request waits until its use of a key is noted.
    """

    lock_key = api_keys.name

    def __init__(self, transactions: SubmittingTransactions, now: Now = database_clock) -> None:
        """Changes are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def make(self, author: str, name: str, scope: KeyScope) -> str:
        """Make a key, and return it in full: it cannot be shown again.

        Raises BadKeyName or KeyExists.
        """
        name, secret = key_name(name), new_token()

        def make(connection: Connection) -> int:
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
            new = insert(api_keys).values(values).returning(api_keys.c.id)
            id_: int = connection.scalars(new).one()
            self._log(connection, author, "API key made", name)
            return id_

        return str(KeyParts(write_alone(self._transactions, api_keys, make), secret))

    def revoke(self, author: str, id_: int) -> str | None:
        """Revoke the key with that id, and return its name; None if there is none (any more)."""

        def revoke(connection: Connection) -> str | None:
            deletion = delete(api_keys).where(api_keys.c.id == id_).returning(api_keys.c.name)
            name = connection.scalars(deletion).one_or_none()
            if name is not None:
                self._log(connection, author, "API key revoked", name)
            return name

        return self._transactions.write(revoke, api_keys.name)

    def all(
        self, at_most: int | None = None, after: str = "", which: KeyFilter = EVERY_KEY
    ) -> Sequence[ApiKey]:
        """These keys by name, or the first `at_most` of those whose name comes `after` that."""
        names = api_keys.c.name > after
        query = select(api_keys).where(names, which.include(self._now()))
        return self._keys(query.order_by(api_keys.c.name).limit(at_most))

    def count(self, which: KeyFilter = EVERY_KEY) -> int:
        """How many of these keys there are."""
        query = select(func.count()).select_from(api_keys).where(which.include(self._now()))
        return self._transactions.read(lambda connection: connection.scalar(query)) or 0

    def numbered(self, id_: int) -> ApiKey | None:
        """The key with that id."""
        keys = self._keys(select(api_keys).where(api_keys.c.id == id_))
        return keys[0] if keys else None

    def _keys(self, query: "Select[tuple[object, ...]]") -> Sequence[ApiKey]:
        def find(connection: Connection) -> list[ApiKey]:
            return [
                ApiKey(
                    row.id,
                    row.name,
                    _scope(row.scope),
                    row.created_by,
                    moment(row.created_at),
                    optional_moment(row.used_at),
                )
                for row in connection.execute(query)
            ]

        return self._transactions.read(find)

    def authenticate(self, key: str) -> KeyPrincipal | None:
        """The principal of `key`; None if that is no key, or was revoked."""
        parts = parse_key(key)
        if parts is None:
            return None
        since_used = (self._now() - api_keys.c.used_at).label("since_used")
        query = select(api_keys.c.name, api_keys.c.scope, api_keys.c.used_at, since_used).where(
            api_keys.c.id == parts.id, api_keys.c.secret_hash == fingerprint(parts.secret)
        )
        row = self._transactions.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        since = None if row.since_used is None else timedelta(milliseconds=row.since_used)
        if is_use_to_be_noted(since):
            # Nobody waits for it: if it fails, the next request notes it.
            note = partial(self._note_use, id_=parts.id, used_at=row.used_at)
            self._transactions.submit(note, api_keys.name)
        return KeyPrincipal(row.name, _scope(row.scope))

    def _note_use(self, connection: Connection, id_: int, used_at: int | None) -> None:
        # Of requests at the same moment, one writes.
        unchanged = api_keys.c.used_at.is_not_distinct_from(used_at)
        change = update(api_keys).where(api_keys.c.id == id_, unchanged)
        connection.execute(change.values(used_at=self._now()))

    def _log(self, connection: Connection, author: str, action: Action, name: str) -> None:
        SqlAuditLog(InTransaction(connection), self._now).add(author, action, name)


class _StoredScope(BaseModel):
    """A scope as any version of Pager has stored it."""

    actions: frozenset[str]
    services: JsonValue


def _scope(text: str) -> KeyScope | None:
    """The scope of a key; None where it cannot be read, or has no action that is known here.

    Actions and fields that are not known here are ignored. So a newer version that restricts keys
    in another way must say so in a value of `services` that this one cannot read.
    """
    try:
        stored = _StoredScope.model_validate_json(text)
        actions = stored.actions.intersection(ACTIONS)
        return KeyScope.model_validate({"actions": actions, "services": stored.services})
    except ValidationError:
        return None
