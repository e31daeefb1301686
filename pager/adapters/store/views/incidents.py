"""The incidents of a service: when each began, and when it last changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Select, case, func, select

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.schema import decisions, monitored_services
from pager.adapters.store.core.transactions import Readable

IS_ALERT = decisions.c.message.contains('"type":"alert"')
"""Decisions on Alerts. (Inside a text of the JSON, every quotation mark has a backslash.)"""

MOST_NAMES = 500
"""Identifiers of services in one query."""


class IncidentPeriod(NamedTuple):
    """One incident, for as long as the journal has it."""

    service_id: str
    incident: int
    begun_at: datetime
    changed_at: datetime
    """When it last escalated, was acknowledged or exhausted, or ended.

    Nothing but its end changes what is acknowledged. A later Alert that was noted is no change.
    """


_periods = select(
    decisions.c.service_id,
    decisions.c.incident,
    func.min(decisions.c.decided_at).label("begun_at"),
    func.coalesce(
        func.max(case((~IS_ALERT, decisions.c.decided_at))), func.min(decisions.c.decided_at)
    ).label("changed_at"),
).group_by(decisions.c.service_id, decisions.c.incident)


def incidents_of(
    database: Readable, service_id: str, at_most: int, last: int
) -> Sequence[IncidentPeriod]:
    """Up to `at_most` incidents, the newest first: the incident `last`, and those before it."""
    query = (
        _periods.where(decisions.c.service_id == service_id, decisions.c.incident <= last)
        .order_by(decisions.c.incident.desc())
        .limit(at_most)
    )
    return database.read(lambda connection: _read(connection, query))


def incident_of(database: Readable, service_id: str, incident: int) -> IncidentPeriod | None:
    """One incident of a service; None where the journal does not have it."""
    query = _periods.where(decisions.c.service_id == service_id, decisions.c.incident == incident)
    periods = database.read(lambda connection: _read(connection, query))
    return periods[0] if periods else None


def latest_periods(connection: Connection, service_ids: Sequence[str]) -> dict[str, IncidentPeriod]:
    """The latest incident of each of these services, where the journal still has it."""
    latest = (decisions.c.service_id == monitored_services.c.service_id) & (
        decisions.c.incident == monitored_services.c.incident
    )
    query = _periods.join(monitored_services, latest)
    return {
        period.service_id: period
        for first in range(0, len(service_ids), MOST_NAMES)
        for period in _read(
            connection,
            query.where(decisions.c.service_id.in_(service_ids[first : first + MOST_NAMES])),
        )
    }


def _read(connection: Connection, query: Select[tuple[str, int, int, int]]) -> list[IncidentPeriod]:
    return [
        IncidentPeriod(row.service_id, row.incident, moment(row.begun_at), moment(row.changed_at))
        for row in connection.execute(query)
    ]
