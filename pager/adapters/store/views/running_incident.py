"""The incident of a service that runs, and when its next step is due."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.schema import monitored_services, timers
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.status import due_times
from pager.model import Unhealthy


class RunningIncident(NamedTuple):
    """An Unhealthy service, and its Acknowledgement Timeout."""

    service: Unhealthy
    due_at: datetime | None
    """When its Acknowledgement Timeout comes; None where there is none (yet, or any more)."""


def running_incident(database: Readable, service_id: str) -> RunningIncident | None:
    """The incident of the service that runs; None where none does, or it cannot be read."""
    return database.read(lambda connection: _read(connection, service_id))


def _read(connection: Connection, service_id: str) -> RunningIncident | None:
    state = connection.scalar(
        select(monitored_services.c.state).where(monitored_services.c.service_id == service_id)
    )
    try:
        service = SERVICES.decode(state, service_id) if state is not None else None
    except Unreadable:
        return None
    if not isinstance(service, Unhealthy):
        return None
    due = due_times(connection, timers.c.service_id == service_id)
    timeout = due.get((service_id, service.incident, service.level, False))
    return RunningIncident(service, timeout)
