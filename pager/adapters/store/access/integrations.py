"""The rows of integrations. A key is shown once; what is stored is its fingerprint."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from pager.access.api_keys import key_name
from pager.access.integrations import PROTOCOLS, Integration, ProtocolName, Routing
from pager.adapters.store.access.audit_log import Action, SqlAuditLog
from pager.adapters.store.access.tokens import fingerprint
from pager.adapters.store.core.clock import Now, database_clock, moment, optional_moment
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import integrations
from pager.adapters.store.core.transactions import InTransaction, SubmittingTransactions
from pager.errors import PagerError


class IntegrationExists(PagerError):
    """There is already an integration {name!r}. Choose another name: the history tells them apart \
by it."""

    def __init__(self, name: str) -> None:
        """`name` is the integration's."""
        super().__init__(name=name)


class NewIntegration(NamedTuple):
    """An integration that was just made."""

    id: int
    key: str
    """It cannot be shown again."""


class StoredIntegration(NamedTuple):
    """An integration as people see it: without its key."""

    id: int
    name: str
    protocol: str
    """One that this version of Pager may not know."""
    routing: Routing | None
    """None where this version of Pager cannot read it."""
    created_by: str
    created_at: datetime
    used_at: datetime | None
    """When its last request came; None if there was none."""
    last_request: str
    last_outcome: str
    """What became of that, in a sentence."""


class SqlIntegrations:
    """The integrations. One that is revoked is deleted."""

    lock_key = integrations.name

    def __init__(self, transactions: SubmittingTransactions, now: Now = database_clock) -> None:
        """Changes are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def make(
        self, author: str, name: str, protocol: ProtocolName, routing: Routing
    ) -> NewIntegration:
        """Make an integration with a key. Raises BadKeyName or IntegrationExists."""
        name, key = key_name(name), secrets.token_hex(16)

        def make(connection: Connection) -> int:
            named = select(integrations.c.id).where(integrations.c.name == name)
            if connection.execute(named).first() is not None:
                raise IntegrationExists(name)
            values = {
                "name": name,
                "protocol": protocol,
                "secret_hash": fingerprint(key),
                "routing": routing.model_dump_json(),
                "created_by": author,
                "created_at": self._now(),
            }
            new = insert(integrations).values(values).returning(integrations.c.id)
            id_: int = connection.scalars(new).one()
            self._log(connection, author, "integration made", name)
            return id_

        return NewIntegration(write_alone(self._transactions, integrations, make), key)

    def revoke(self, author: str, id_: int) -> str | None:
        """Revoke the integration, and return its name; None if there is none (any more)."""

        def revoke(connection: Connection) -> str | None:
            this = integrations.c.id == id_
            deletion = delete(integrations).where(this).returning(integrations.c.name)
            name = connection.scalars(deletion).one_or_none()
            if name is not None:
                self._log(connection, author, "integration revoked", name)
            return name

        return self._transactions.write(revoke, integrations.name)

    def all(self, at_most: int | None = None, after: str = "") -> Sequence[StoredIntegration]:
        """The integrations by name, or the first `at_most` whose name comes `after` that."""
        query = select(integrations).where(integrations.c.name > after)
        return self._find(query.order_by(integrations.c.name).limit(at_most))

    def numbered(self, id_: int) -> StoredIntegration | None:
        """The integration with that id."""
        found = self._find(select(integrations).where(integrations.c.id == id_))
        return found[0] if found else None

    def authenticate(self, key: str) -> Integration | None:
        """The integration whose key this is; None if it is none, or this version cannot read it."""
        query = select(integrations).where(integrations.c.secret_hash == fingerprint(key))
        found = self._find(query)
        if not found or found[0].routing is None:
            return None
        known = {name: name for name in PROTOCOLS}
        protocol = known.get(found[0].protocol)  # type: ignore[call-overload]  # any text
        if protocol is None:
            return None
        return Integration(found[0].id, found[0].name, protocol, found[0].routing)

    def note_request(self, id_: int, request: str, outcome: str) -> None:
        """Note the last request of the integration, and what became of it."""
        values = {"used_at": self._now(), "last_request": request, "last_outcome": outcome}
        change = update(integrations).where(integrations.c.id == id_).values(values)
        self._transactions.write(lambda connection: connection.execute(change), integrations.name)

    def _find(self, query: "Select[tuple[object, ...]]") -> Sequence[StoredIntegration]:
        return self._transactions.read(
            lambda connection: [_stored(row) for row in connection.execute(query)]
        )

    def _log(self, connection: Connection, author: str, action: Action, name: str) -> None:
        SqlAuditLog(InTransaction(connection), self._now).add(author, action, name)


def _stored(row: "Row[tuple[object, ...]]") -> StoredIntegration:
    try:
        routing = Routing.model_validate_json(row.routing)
    except ValidationError:
        routing = None
    return StoredIntegration(
        row.id,
        row.name,
        row.protocol,
        routing,
        row.created_by,
        moment(row.created_at),
        optional_moment(row.used_at),
        row.last_request,
        row.last_outcome,
    )
