"""The audit of a database: reads what is kept of each service, for the rules of `pager.audit`."""

from collections.abc import Sequence
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
    """Check every service. One that cannot be read is a difference, and hides no other."""
    return database.read(_audit)


def _audit(connection: Connection) -> Audit:
    checked, by_newer_rules = 0, 0
    differences: list[ServiceDifference] = []
    names = union(
        select(monitored_services.c.service_id),
        select(decisions.c.service_id),
        select(outbox.c.service_id),
    )
    services = sorted(connection.scalars(names))
    for service_id in services:
        try:
            records = _records(connection, service_id)
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
    return Audit(len(services), checked, by_newer_rules, differences)


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
