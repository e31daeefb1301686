"""The incidents of a service: when each began, and when it last changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    select,
)

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.schema import (
    LARGEST_INT64,
    decisions,
    monitored_services,
    outbox,
)
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.states import in_parts

IS_ALERT = decisions.c.message.contains('"type":"alert"')
"""Decisions on Alerts. (Inside a text of the JSON, every quotation mark has a backslash.)"""


IS_ABOUT_TROUBLES = IS_ALERT | (
    decisions.c.message.contains('"type":"resolve"')
    & decisions.c.after.contains('"state":"unhealthy"')
)
"""Decisions on Alerts, and on resolves of one trouble of several: they change no step."""


class IncidentPeriod(NamedTuple):
    """One incident, for as long as the journal has it."""

    service_id: str
    incident: int
    begun_at: datetime
    changed_at: datetime
    """When it last escalated, was told again, was acknowledged or exhausted, or ended.

    So of an incident that is acknowledged, it is when it was. A later Alert that was noted is no
    change, nor is the resolve of one trouble of several.
    """


_periods = select(
    decisions.c.service_id,
    decisions.c.incident,
    func.min(decisions.c.decided_at).label("begun_at"),
    func.coalesce(
        func.max(case((~IS_ABOUT_TROUBLES, decisions.c.decided_at))),
        func.min(decisions.c.decided_at),
    ).label("changed_at"),
).group_by(decisions.c.service_id, decisions.c.incident)


def _of_incidents(
    service_id: ColumnElement[str], first: ColumnElement[int], last: ColumnElement[int]
) -> ColumnElement[bool]:
    """The decisions of the incidents `first` to `last` of a service, however many others it has.

    Decisions have no index by their incident, and effects have. Each incident begins with a
    decision that has effects: so they tell from which version to which one it is.
    """
    effects = outbox.alias()
    begin = (
        select(effects.c.version)
        .where(effects.c.service_id == service_id, effects.c.incident == first)
        .order_by(effects.c.incident, effects.c.id)
        .limit(1)
    )
    # Effects from before there was a journal have no version.
    end = (
        select(effects.c.version)
        .where(effects.c.service_id == service_id, effects.c.incident > last)
        .where(effects.c.version > 0)
        .order_by(effects.c.incident, effects.c.id)
        .limit(1)
    )
    return and_(
        decisions.c.service_id == service_id,
        decisions.c.version >= func.coalesce(begin.scalar_subquery(), 0),
        decisions.c.version < func.coalesce(end.scalar_subquery(), LARGEST_INT64),
        decisions.c.incident.between(first, last),
    )


OF_INCIDENTS = _of_incidents(
    bindparam("of_service", type_=String),
    bindparam("of_first", type_=BigInteger),
    bindparam("of_last", type_=BigInteger),
)
"""The decisions of some incidents of a service, which are in the parameters: `incidents`."""

OF_THE_LATEST_INCIDENT = _of_incidents(
    monitored_services.c.service_id, monitored_services.c.incident, monitored_services.c.incident
)
"""The decisions of the latest incident of each service."""


def incidents(service_id: str, first: int, last: int) -> dict[str, str | int]:
    """The parameters of a query that has OF_INCIDENTS."""
    return {"of_service": service_id, "of_first": first, "of_last": last}


_SOME_PERIODS = _periods.where(OF_INCIDENTS)
_LATEST_PERIODS = _periods.join_from(monitored_services, decisions, OF_THE_LATEST_INCIDENT)


def incident_of(database: Readable, service_id: str, incident: int) -> IncidentPeriod | None:
    """One incident of a service; None where the journal does not have it."""
    which = incidents(service_id, incident, incident)
    periods = database.read(lambda connection: _read(connection, _SOME_PERIODS, which))
    return periods[0] if periods else None


def latest_periods(connection: Connection, service_ids: Sequence[str]) -> dict[str, IncidentPeriod]:
    """The latest incident of each of these services, where the journal still has it."""
    return {
        period.service_id: period
        for some in in_parts(service_ids)
        for period in _read(
            connection,
            _LATEST_PERIODS.where(monitored_services.c.service_id.in_(some)),
        )
    }


def _read(
    connection: Connection,
    query: Select[tuple[str, int, int, int]],
    parameters: dict[str, str | int] | None = None,
) -> list[IncidentPeriod]:
    return [
        IncidentPeriod(row.service_id, row.incident, moment(row.begun_at), moment(row.changed_at))
        for row in connection.execute(query, parameters)
    ]
