"""The rows of integrations. A key is shown once; what is stored is its fingerprint."""

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue, ValidationError
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

from pager.access.integrations import (
    Integration,
    ProtocolName,
    Routing,
    integration_name,
    known_protocol,
    names_to_try,
)
from pager.adapters.store.access.audit_log import Action, SqlAuditLog
from pager.adapters.store.access.tokens import fingerprint
from pager.adapters.store.core.clock import Now, database_clock, moment, optional_moment
from pager.adapters.store.core.filters import Names
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


class IntegrationChanged(PagerError):
    """Somebody else has changed the integration {name!r} meanwhile: nothing was changed. Read it \
as it is now, and change that."""

    def __init__(self, name: str) -> None:
        """`name` is the integration's."""
        super().__init__(name=name)


class UnreadableIntegration(PagerError):
    """This version of Pager cannot read the integration {name!r}: a newer version has made it, or \
has changed it. Send it again to a node of that version."""

    def __init__(self, name: str) -> None:
        """`name` is the integration's."""
        super().__init__(name=name)


class NewIntegration(NamedTuple):
    """An integration that was just made, or has got another key."""

    id: int
    name: str
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
    version: str
    """Of the routing as it is stored: `reroute` takes it."""
    created_by: str
    created_at: datetime
    used_at: datetime | None
    """When its last request came; None if there was none."""
    last_request: str
    last_outcome: str
    """What became of that, in a sentence."""

    def integration(self) -> Integration:
        """What its sender is to Pager. Raises UnreadableIntegration."""
        protocol = known_protocol(self.protocol)
        if protocol is None or self.routing is None:
            raise UnreadableIntegration(self.name)
        return Integration(self.id, self.name, protocol, self.routing)


class IntegrationFilter(NamedTuple):
    """Which integrations are wanted: those that meet all of this."""

    search: str = ""
    """Part of the name, in any case."""
    protocol: str = ""
    """Empty: every protocol."""
    is_unheard: bool = False
    """Those of which no request came yet."""
    created_by: str = ""
    """Who made it; empty: anybody."""

    def include(self) -> ColumnElement[bool]:
        """Rows of such integrations."""
        conditions = [Names(self.search).include(integrations.c.name)]
        if self.protocol:
            conditions.append(integrations.c.protocol == self.protocol)
        if self.created_by:
            conditions.append(integrations.c.created_by == self.created_by)
        if self.is_unheard:
            conditions.append(integrations.c.used_at.is_(None))
        return and_(true(), *conditions)


EVERY_INTEGRATION = IntegrationFilter()


class SqlIntegrations:
    """The integrations. One that is revoked is deleted."""

    lock_key = f"~{integrations.name}"
    """After all services: what became of a request is noted in the transaction of its messages,
    which has locked their rows."""

    def __init__(self, transactions: SubmittingTransactions, now: Now = database_clock) -> None:
        """Changes are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def make(
        self, author: str, name: str | None, protocol: ProtocolName, routing: Routing
    ) -> NewIntegration:
        """Make an integration with a key; with None it gets a name that is free.

        Raises BadIntegrationName or IntegrationExists.
        """
        wanted = None if name is None else integration_name(name)
        key = secrets.token_hex(16)

        def make(connection: Connection) -> NewIntegration:
            if wanted is None:
                tried = names_to_try(protocol, routing.service_id)
                free = next(name for name in tried if _is_free(connection, name))
            elif not _is_free(connection, wanted):
                raise IntegrationExists(wanted)
            else:
                free = wanted
            values = {
                "name": free,
                "protocol": protocol,
                "secret_hash": fingerprint(key),
                "routing": routing.model_dump_json(),
                "created_by": author,
                "created_at": self._now(),
            }
            new = insert(integrations).values(values).returning(integrations.c.id)
            id_: int = connection.scalars(new).one()
            self._log(connection, author, "integration made", free, routing.in_words)
            return NewIntegration(id_, free, key)

        return write_alone(self._transactions, integrations, make)

    def reroute(
        self,
        author: str,
        id_: int,
        version: str,
        routing: Routing,
        protocol: ProtocolName | None = None,
    ) -> str | None:
        """Change how the service is found, of that `version`; the name, or None if there is none.

        Its sender keeps the key, also with another protocol. Raises IntegrationChanged where the
        routing is of another version.
        """

        def change(connection: Connection) -> str | None:
            this = integrations.c.id == id_
            columns = select(
                integrations.c.name, integrations.c.protocol, integrations.c.routing
            ).where(this)
            row = connection.execute(columns.with_for_update()).one_or_none()
            if row is None:
                return None
            name, before = str(row.name), str(row.routing)
            if fingerprint(before) != version:
                raise IntegrationChanged(name)
            # What only a newer version knows is kept.
            stored: dict[str, JsonValue] = json.loads(before)
            unknown = {name: stored[name] for name in stored.keys() - Routing.model_fields.keys()}
            after = json.dumps({**routing.model_dump(mode="json"), **unknown})
            values = {"routing": after, "protocol": protocol or row.protocol}
            if (fingerprint(after), values["protocol"]) != (version, row.protocol):
                connection.execute(update(integrations).where(this).values(values))
                self._log(connection, author, "integration changed", name, routing.in_words)
            return name

        return self._transactions.write(change, self.lock_key)

    def renew_key(self, author: str, id_: int) -> NewIntegration | None:
        """Give the integration another key in the place of its own; None if there is none.

        What is sent with the old key is refused from then on.
        """
        key = secrets.token_hex(16)

        def renew(connection: Connection) -> NewIntegration | None:
            this = integrations.c.id == id_
            change = update(integrations).where(this).values(secret_hash=fingerprint(key))
            name = connection.scalars(change.returning(integrations.c.name)).one_or_none()
            if name is None:
                return None
            self._log(connection, author, "integration key made", name)
            return NewIntegration(id_, name, key)

        return self._transactions.write(renew, self.lock_key)

    def revoke(self, author: str, id_: int) -> str | None:
        """Revoke the integration, and return its name; None if there is none (any more)."""

        def revoke(connection: Connection) -> str | None:
            this = integrations.c.id == id_
            deletion = delete(integrations).where(this).returning(integrations.c.name)
            name = connection.scalars(deletion).one_or_none()
            if name is not None:
                self._log(connection, author, "integration revoked", name)
            return name

        return self._transactions.write(revoke, self.lock_key)

    def all(
        self,
        at_most: int | None = None,
        after: str = "",
        which: IntegrationFilter = EVERY_INTEGRATION,
    ) -> Sequence[StoredIntegration]:
        """These integrations by name, or the first `at_most` whose name comes `after` that."""
        query = select(integrations).where(integrations.c.name > after, which.include())
        return self._find(query.order_by(integrations.c.name).limit(at_most))

    def count(self, which: IntegrationFilter = EVERY_INTEGRATION) -> int:
        """How many of these integrations there are."""
        query = select(func.count()).select_from(integrations).where(which.include())
        return self._transactions.read(lambda connection: connection.scalar(query)) or 0

    def numbered(self, id_: int) -> StoredIntegration | None:
        """The integration with that id."""
        found = self._find(select(integrations).where(integrations.c.id == id_))
        return found[0] if found else None

    def authenticate(self, key: str) -> Integration | None:
        """The integration whose key this is; None if it is none.

        Raises UnreadableIntegration: a node of a newer version can read it.
        """
        query = select(integrations).where(integrations.c.secret_hash == fingerprint(key))
        found = self._find(query)
        return found[0].integration()._replace(key_fingerprint=fingerprint(key)) if found else None

    def note_request(self, id_: int, request: str, outcome: str) -> None:
        """Note the last request of the integration, and what became of it."""
        values = {"used_at": self._now(), "last_request": request, "last_outcome": outcome}
        change = update(integrations).where(integrations.c.id == id_).values(values)
        self._transactions.write(lambda connection: connection.execute(change), self.lock_key)

    def _find(self, query: "Select[tuple[object, ...]]") -> Sequence[StoredIntegration]:
        return self._transactions.read(
            lambda connection: [_stored(row) for row in connection.execute(query)]
        )

    def _log(
        self, connection: Connection, author: str, action: Action, name: str, detail: str = ""
    ) -> None:
        SqlAuditLog(InTransaction(connection), self._now).add(author, action, name, detail)


def _is_free(connection: Connection, name: str) -> bool:
    named = select(integrations.c.id).where(integrations.c.name == name)
    return connection.execute(named).first() is None


def _stored(row: "Row[tuple[object, ...]]") -> StoredIntegration:
    try:
        # What only a newer version knows is ignored: its events go to the fallback at worst.
        routing = Routing.model_validate_json(row.routing, extra="ignore")
    except ValidationError:
        routing = None
    return StoredIntegration(
        row.id,
        row.name,
        row.protocol,
        routing,
        fingerprint(row.routing),
        row.created_by,
        moment(row.created_at),
        optional_moment(row.used_at),
        row.last_request,
        row.last_outcome,
    )
