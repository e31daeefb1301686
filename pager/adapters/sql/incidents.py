"""The incidents of a service: when each began, and when it last changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from pager.adapters.sql.clock import moment
from pager.adapters.sql.database import Readable
from pager.adapters.sql.schema import decisions


class IncidentSpan(NamedTuple):
    """One incident, for as long as the journal has it."""

    incident: int
    begun_at: datetime
    changed_at: datetime
    """When it last changed: of one that is over, when it ended."""


def incidents_of(database: Readable, service_id: str, at_most: int) -> Sequence[IncidentSpan]:
    """The last `at_most` incidents, the newest first."""
    wanted = (
        select(
            decisions.c.incident,
            func.min(decisions.c.decided_at).label("begun_at"),
            func.max(decisions.c.decided_at).label("changed_at"),
        )
        .where(decisions.c.service_id == service_id)
        .group_by(decisions.c.incident)
        .order_by(decisions.c.incident.desc())
        .limit(at_most)
    )

    def find(connection: Connection) -> Sequence[IncidentSpan]:
        return [
            IncidentSpan(row.incident, moment(row.begun_at), moment(row.changed_at))
            for row in connection.execute(wanted)
        ]

    return database.read(find)
