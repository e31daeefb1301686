"""The audit of a database: reads what is kept of each service, for the rules of `pager.audit`."""

from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, select, union

from pager.adapters.store.core.codecs import decode_effect, decode_service
from pager.adapters.store.core.database import Readable
from pager.adapters.store.core.schema import decisions, installation, monitored_services, outbox
from pager.adapters.store.views.journal import decisions_of
from pager.adapters.text import one_line
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
    """How much was checked, and the first difference that was found."""

    services: int
    decisions: int
    difference: ServiceDifference | None


def audit(database: Readable) -> Audit:
    """Check every service, up to the first difference."""
    return database.read(_audit)


def _audit(connection: Connection) -> Audit:
    checked = 0
    names = union(
        select(monitored_services.c.service_id),
        select(decisions.c.service_id),
        select(outbox.c.service_id),
    )
    services = sorted(connection.scalars(names))
    for number, service_id in enumerate(services, 1):
        try:
            records = _records(connection, service_id)
        except ValidationError as error:
            what = f"cannot be read: {one_line(str(error))}"
            return Audit(number, checked, ServiceDifference(service_id, UNREADABLE, what))
        difference = first_difference(records)
        if difference is not None:
            return Audit(number, checked, ServiceDifference(service_id, *difference))
        checked += len(records.decisions)
    return Audit(len(services), checked, None)


def _records(connection: Connection, service_id: str) -> Records:
    """What is kept of the service. Raises ValidationError where that cannot be read."""
    decided = [
        DecisionRecord(entry.version_after, entry.message, entry.policy, entry.after, entry.effects)
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
                decode_effect(row.effect),
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
    return ServiceRecord(row.version, row.incident, decode_service(row.state))
