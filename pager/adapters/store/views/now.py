"""How every service is, for people: those in trouble first, as many as fit a screen or two."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, case, func, select

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.codecs import decode_service
from pager.adapters.store.core.database import Readable
from pager.adapters.store.core.schema import monitored_services, outbox, timers
from pager.adapters.store.ports.policies import current_policies
from pager.adapters.store.views.incidents import IncidentPeriod, last_incidents
from pager.adapters.store.views.status import (
    OF_THE_LAST_INCIDENT,
    NotificationStatus,
    ServiceStatus,
    due_times,
    page_of,
    status_of,
)
from pager.model import Acknowledged, Healthy, MonitoredService, Unhealthy

MOST_UNHEALTHY = 20
MOST_HEALTHY = 100
MOST_PAGES = 6
"""Of one service."""


class UnhealthyRow(NamedTuple):
    """An Unhealthy service, and what people ask first."""

    status: ServiceStatus
    """With at most MOST_PAGES of its pages: what is not sent is not left out."""
    pages: int
    """How many there are."""
    levels: int
    """How many the policy has now; 0 where there is none."""
    span: IncidentPeriod | None
    """None where the incident is older than the journal."""


class HealthyRow(NamedTuple):
    """A Healthy service."""

    service_id: str
    has_policy: bool
    """Without one its next Alert would be refused."""


class ServicesNow(NamedTuple):
    """A part of all the services, and how many there are."""

    unhealthy: Sequence[UnhealthyRow]
    healthy: Sequence[HealthyRow]
    unreadable: Sequence[str]
    """Services whose stored state this Pager cannot read."""
    found_unhealthy: int
    found_healthy: int
    all_unhealthy: int
    """Whatever was looked for."""
    unanswered: int
    """Those of them that nobody has acknowledged."""
    is_untouched: bool
    """Whether no service has ever had an incident, as far as that can be read."""


class NowBoard:
    """All the services as they are now."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def read(self, search: str = "", skip_unhealthy: int = 0, skip_healthy: int = 0) -> ServicesNow:
        """Those whose identifier has `search` in it, without the first so many of each kind."""
        return self._database.read(
            lambda connection: _read(connection, search, skip_unhealthy, skip_healthy)
        )


def _read(
    connection: Connection, search: str, skip_unhealthy: int, skip_healthy: int
) -> ServicesNow:
    services, unreadable = _services(connection)
    names = [name for name in sorted(services) if search.lower() in name.lower()]
    healthy = [one for name in names if isinstance(one := services[name], Healthy)]
    unhealthy = [one for name in names if isinstance(one := services[name], Unhealthy)]
    spans = last_incidents(connection, [service.service_id for service in unhealthy])

    # A card keeps its place until somebody acknowledges: what moves is pressed by mistake.
    def place(service: Unhealthy) -> tuple[bool, datetime]:
        span = spans.get(service.service_id)
        return _is_answered(service), span.begun_at if span else moment(0)

    unhealthy.sort(key=place)
    everywhere = [service for service in services.values() if isinstance(service, Unhealthy)]
    return ServicesNow(
        unhealthy=_unhealthy_rows(
            connection, unhealthy[skip_unhealthy : skip_unhealthy + MOST_UNHEALTHY], spans
        ),
        healthy=_healthy_rows(connection, healthy[skip_healthy : skip_healthy + MOST_HEALTHY]),
        unreadable=sorted(unreadable),
        found_unhealthy=len(unhealthy),
        found_healthy=len(healthy),
        all_unhealthy=len(everywhere),
        unanswered=sum(not _is_answered(service) for service in everywhere),
        is_untouched=not unreadable and not any(one.incident for one in services.values()),
    )


def _is_answered(service: Unhealthy) -> bool:
    return isinstance(service.escalation, Acknowledged)


def _services(connection: Connection) -> tuple[dict[str, MonitoredService], list[str]]:
    current = current_policies()
    services: dict[str, MonitoredService] = {
        name: Healthy(service_id=name) for name in connection.scalars(select(current.c.service_id))
    }
    unreadable = []
    stored = select(monitored_services.c.service_id, monitored_services.c.state)
    for name, state in connection.execute(stored):
        try:
            services[name] = decode_service(state)
        except ValidationError:
            services.pop(name, None)
            unreadable.append(name)
    return services, unreadable


def _unhealthy_rows(
    connection: Connection, services: Sequence[Unhealthy], spans: dict[str, IncidentPeriod]
) -> list[UnhealthyRow]:
    named = {service.service_id: service for service in services}
    pages = _pages(connection, named)
    due = due_times(connection, timers.c.service_id.in_(named))
    levels = _levels(connection, named)
    found = []
    for name, service in named.items():
        some, in_all = pages.get(name, ([], 0))
        status = status_of(service, some, due)
        found.append(UnhealthyRow(status, in_all, levels.get(name, 0), spans.get(name)))
    return found


def _pages(
    connection: Connection, services: dict[str, Unhealthy]
) -> dict[str, tuple[list[NotificationStatus], int]]:
    """Some pages of each service's incident, and how many there are: first what went wrong."""
    well = case((outbox.c.status.in_(["sent", "withdrawn"]), 1), else_=0)
    ranked = (
        select(
            outbox,
            func.row_number()
            .over(partition_by=outbox.c.service_id, order_by=(well, outbox.c.id.desc()))
            .label("place"),
            func.count().over(partition_by=outbox.c.service_id).label("in_all"),
        )
        .join(monitored_services, OF_THE_LAST_INCIDENT)
        .where(outbox.c.service_id.in_(services), outbox.c.channel != "timer")
        .subquery()
    )
    wanted = select(ranked).where(ranked.c.place <= MOST_PAGES).order_by(ranked.c.id)
    found: dict[str, tuple[list[NotificationStatus], int]] = {}
    for row in connection.execute(wanted):
        page = page_of(row, services[row.service_id])
        if page is not None:
            found.setdefault(row.service_id, ([], row.in_all))[0].append(page)
    return found


def _levels(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    current = current_policies()
    wanted = select(current).where(current.c.service_id.in_(list(names)))
    return {
        row.service_id: len(json.loads(row.policy)["levels"]) for row in connection.execute(wanted)
    }


def _healthy_rows(connection: Connection, services: Sequence[Healthy]) -> list[HealthyRow]:
    current = current_policies()
    wanted = select(current.c.service_id).where(
        current.c.service_id.in_([service.service_id for service in services])
    )
    with_policy = set(connection.scalars(wanted))
    return [
        HealthyRow(service.service_id, service.service_id in with_policy) for service in services
    ]
