"""The incidents of a service: when each began, and when it last changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, select

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.database import Readable
from pager.adapters.store.core.schema import decisions, monitored_services

MOST_NAMES = 500
"""In one query."""


class IncidentPeriod(NamedTuple):
    """One incident, for as long as the journal has it."""

    service_id: str
    incident: int
    begun_at: datetime
    changed_at: datetime
    """When it last escalated, was acknowledged or exhausted, or ended.

    Nothing but its end changes what is acknowledged.
    """


_spans = select(
    decisions.c.service_id,
    decisions.c.incident,
    func.min(decisions.c.decided_at).label("begun_at"),
    func.max(decisions.c.decided_at).label("changed_at"),
).group_by(decisions.c.service_id, decisions.c.incident)


def incidents_of(
    database: Readable, service_id: str, at_most: int, last: int
) -> Sequence[IncidentPeriod]:
    """The incident `last`, and those before it: at most so many, the newest first."""
    wanted = (
        _spans.where(decisions.c.service_id == service_id, decisions.c.incident <= last)
        .order_by(decisions.c.incident.desc())
        .limit(at_most)
    )
    return database.read(lambda connection: _read(connection, wanted))


def incident_of(database: Readable, service_id: str, incident: int) -> IncidentPeriod | None:
    """One of them; None where the journal knows nothing of it."""
    this = (decisions.c.service_id == service_id) & (decisions.c.incident == incident)
    return next(iter(database.read(lambda connection: _read(connection, _spans.where(this)))), None)


def last_incidents(connection: Connection, names: Sequence[str]) -> dict[str, IncidentPeriod]:
    """The last incident of each service that the journal knows."""
    last = (decisions.c.service_id == monitored_services.c.service_id) & (
        decisions.c.incident == monitored_services.c.incident
    )
    wanted = _spans.join(monitored_services, last)
    return {
        span.service_id: span
        for first in range(0, len(names), MOST_NAMES)
        for span in _read(
            connection,
            wanted.where(decisions.c.service_id.in_(names[first : first + MOST_NAMES])),
        )
    }


def _read(
    connection: Connection, wanted: Select[tuple[str, int, int, int]]
) -> list[IncidentPeriod]:
    return [
        IncidentPeriod(row.service_id, row.incident, moment(row.begun_at), moment(row.changed_at))
        for row in connection.execute(wanted)
    ]
