"""Incidents that run, and when their next steps are due."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import LARGEST_INT64, monitored_services, timers
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.states import in_parts, stored_states
from pager.adapters.store.views.status import due_times
from pager.adapters.store.views.unhealthy_services import names_not_healthy
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


def running_incidents(connection: Connection) -> Sequence[RunningIncident]:
    """Every incident that runs, by the name of its service; without those that cannot be read."""
    names = names_not_healthy(connection, Names(), LARGEST_INT64)
    incidents = []
    for some in in_parts(names):
        due = due_times(connection, timers.c.service_id.in_(some))
        services = stored_states(connection, some).readable
        for service in (services[name] for name in some if name in services):
            if isinstance(service, Unhealthy):
                step = (service.service_id, service.incident, service.level, False)
                incidents.append(RunningIncident(service, due.get(step)))
    return incidents
