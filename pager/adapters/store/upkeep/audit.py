"""The audit of a database: reads what is kept of each service, for the rules of `pager.audit`."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, select, union

from pager.adapters.store.core.codecs import EFFECTS, SERVICES, Unreadable
from pager.adapters.store.core.schema import decisions, installation, monitored_services, outbox
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.journal import decisions_of
from pager.audit import (
    DecisionRecord,
    OutboxRecord,
    Records,
    ServiceRecord,
    first_difference,
)

BEFORE_THE_JOURNAL = 0
"""The version of effects that were decided when there was no journal."""

UNREADABLE = 0
"""The version of a difference that is found before any decision can be looked at."""

SERVICES_AT_ONCE = 500
"""Identifiers in one query."""


class ServiceDifference(NamedTuple):
    """What is stored of a service is not what the rules say."""

    service_id: str
    version: int
    """The version of the decision where it was found."""
    what: str


class Audit(NamedTuple):
    """How much was checked, and the first difference of each service that has one."""

    services: int
    decisions: int
    """How many were decided again."""
    by_newer_rules: int = 0
    """How many could not be: their rules are not known to this version of Pager."""
    differences: Sequence[ServiceDifference] = ()


def audit(database: Readable) -> Audit:
    """Check every service. One that cannot be read is a difference, and hides no other.

    Each service is read in a snapshot of its own, which is what the rules need: they compare
    nothing across services. So the audit of a large database never holds up SQLite's WAL, and has
    the records of one service in memory at a time. A service that is new since its turn is left
    out.
    """
    services, checked, by_newer_rules = 0, 0, 0
    differences: list[ServiceDifference] = []
    for service_id in _service_ids(database):
        services += 1
        try:
            records = database.read(partial(_records, service_id=service_id))
        except Unreadable as error:
            what = f"cannot be read: {error.reason}"
            differences.append(ServiceDifference(service_id, UNREADABLE, what))
            continue
        difference = first_difference(records)
        if difference is not None:
            differences.append(ServiceDifference(service_id, *difference))
        checkable = sum(record.is_checkable for record in records.decisions)
        checked += checkable
        by_newer_rules += len(records.decisions) - checkable
    return Audit(services, checked, by_newer_rules, differences)


def _service_ids(database: Readable) -> Iterator[str]:
    """The services of which anything is kept, sorted; read SERVICES_AT_ONCE at a time."""
    after = ""
    while names := database.read(partial(_next_service_ids, after=after)):
        yield from names
        after = names[-1]


def _next_service_ids(connection: Connection, after: str) -> Sequence[str]:
    """The first SERVICES_AT_ONCE after that one."""
    firsts = [
        select(
            select(column)
            .where(column > after)
            .distinct()
            .order_by(column)
            .limit(SERVICES_AT_ONCE)
            .subquery()
            .c.service_id
        )
        for column in (
            monitored_services.c.service_id,
            decisions.c.service_id,
            outbox.c.service_id,
        )
    ]
    return connection.scalars(union(*firsts).order_by("service_id").limit(SERVICES_AT_ONCE)).all()


def _records(connection: Connection, service_id: str) -> Records:
    """What is kept of the service. Raises Unreadable where that cannot be read."""
    decided = [
        DecisionRecord(
            entry.version_after,
            entry.message,
            entry.policy,
            entry.after,
            entry.effects,
            entry.rules,
        )
        for entry in decisions_of(connection, service_id)
    ]
    # Of a service from before the journal there is no decision to compare its state with.
    service = _service(connection, service_id) if decided else None
    rows = connection.execute(
        select(outbox)
        .where(outbox.c.service_id == service_id, outbox.c.version > BEFORE_THE_JOURNAL)
        .order_by(outbox.c.id)
    )
    return Records(
        decided,
        service,
        [
            OutboxRecord(
                row.version,
                row.channel,
                row.incident,
                row.idempotency_key,
                EFFECTS.decode_known(row.effect, service_id),
                row.status,
                row.due_at,
            )
            for row in rows
        ],
        connection.execute(select(installation.c.last_incident)).scalar_one(),
    )


def _service(connection: Connection, service_id: str) -> ServiceRecord | None:
    stored = select(monitored_services).where(monitored_services.c.service_id == service_id)
    row = connection.execute(stored).one_or_none()
    if row is None:
        return None
    return ServiceRecord(row.version, row.incident, SERVICES.decode_known(row.state, service_id))
