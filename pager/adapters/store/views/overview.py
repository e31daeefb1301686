"""What the page *Now* shows: every service, the Unhealthy ones first, a screen or two of them."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, case, func, select

from pager.adapters.store.core.codecs import decode_service
from pager.adapters.store.core.database import Readable
from pager.adapters.store.core.schema import monitored_services, outbox, timers
from pager.adapters.store.ports.policies import current_policies
from pager.adapters.store.views.incidents import IncidentPeriod, latest_periods
from pager.adapters.store.views.status import (
    DELIVERY,
    OF_THE_LATEST_INCIDENT,
    NotificationStatus,
    ServiceStatus,
    due_times,
    notification_status,
    service_status,
)
from pager.model import FALLBACK, Healthy, MonitoredService, Unhealthy
from pager.triage import is_answered, triage

MOST_UNHEALTHY = 20
MOST_HEALTHY = 100
MOST_PAGES = 6
"""Of one service."""


class UnhealthySummary(NamedTuple):
    """An Unhealthy service, and what people ask first."""

    status: ServiceStatus
    """With MOST_PAGES of its pages at most, those that were not sent first."""
    pages: int
    """How many pages the incident has."""
    levels: int
    """How many Levels the policy has now; 0 where there is none."""
    period: IncidentPeriod | None
    """None where the incident is older than the journal."""
    is_by_fallback: bool
    """Whether somebody was notified by the fallback policy."""


class HealthySummary(NamedTuple):
    """A Healthy service."""

    service_id: str
    has_policy: bool
    """Without one of its own its next Alert is for the fallback policy, or refused."""


class Overview(NamedTuple):
    """The services of one page of the list, and how many there are in all."""

    unhealthy: Sequence[UnhealthySummary]
    healthy: Sequence[HealthySummary]
    unreadable: Sequence[str]
    """Services whose stored state this Pager cannot read."""
    found_unhealthy: int
    """How many Unhealthy services the search found."""
    found_healthy: int
    """How many Healthy services the search found."""
    all_unhealthy: int
    """How many Unhealthy services there are, whatever was searched for."""
    unanswered: int
    """How many of these nobody has acknowledged."""
    has_fallback: bool
    """Whether there is a fallback policy."""
    is_untouched: bool
    """Whether no service has ever had an incident, as far as that can be read."""


class ServicesOverview:
    """All the services as they are now."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def read(self, search: str = "", skip_unhealthy: int = 0, skip_healthy: int = 0) -> Overview:
        """The services whose identifier contains `search`, without the first so many of a kind."""
        return self._database.read(
            lambda connection: _read(connection, search, skip_unhealthy, skip_healthy)
        )


def _read(connection: Connection, search: str, skip_unhealthy: int, skip_healthy: int) -> Overview:
    services, unreadable = _services(connection)
    names = [name for name in sorted(services) if search.lower() in name.lower()]
    matching = [services[name] for name in names]
    healthy = [service for service in matching if isinstance(service, Healthy)]
    unhealthy = [service for service in matching if isinstance(service, Unhealthy)]
    periods = latest_periods(connection, [service.service_id for service in unhealthy])
    unhealthy = triage(unhealthy, {name: period.begun_at for name, period in periods.items()})
    all_unhealthy = [service for service in services.values() if isinstance(service, Unhealthy)]
    return Overview(
        unhealthy=_unhealthy_summaries(
            connection, unhealthy[skip_unhealthy : skip_unhealthy + MOST_UNHEALTHY], periods
        ),
        healthy=_healthy_summaries(connection, healthy[skip_healthy : skip_healthy + MOST_HEALTHY]),
        unreadable=sorted(unreadable),
        found_unhealthy=len(unhealthy),
        found_healthy=len(healthy),
        all_unhealthy=len(all_unhealthy),
        unanswered=sum(not is_answered(service) for service in all_unhealthy),
        has_fallback=bool(_levels(connection, [FALLBACK])),
        is_untouched=not unreadable and not any(service.incident for service in services.values()),
    )


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


def _unhealthy_summaries(
    connection: Connection, services: Sequence[Unhealthy], periods: dict[str, IncidentPeriod]
) -> list[UnhealthySummary]:
    by_name = {service.service_id: service for service in services}
    pages = _pages(connection, by_name)
    due = due_times(connection, timers.c.service_id.in_(by_name))
    levels = _levels(connection, [*by_name, FALLBACK])
    summaries = []
    for name, service in by_name.items():
        shown, count = pages.get(name, ([], 0))
        status = service_status(service, shown, due)
        is_by_fallback = any(page.is_by_fallback for page in shown)
        summaries.append(
            UnhealthySummary(
                status,
                count,
                levels.get(name, levels.get(FALLBACK, 0)),
                periods.get(name),
                is_by_fallback,
            )
        )
    return summaries


def _pages(
    connection: Connection, services: dict[str, Unhealthy]
) -> dict[str, tuple[list[NotificationStatus], int]]:
    """Up to MOST_PAGES pages of each service's incident, and how many there are in all.

    Those that were neither sent nor withdrawn come first, then the newest.
    """
    settled_well = case((outbox.c.status.in_(["sent", "withdrawn"]), 1), else_=0)
    ranked = (
        select(
            outbox,
            DELIVERY,
            func.row_number()
            .over(partition_by=outbox.c.service_id, order_by=(settled_well, outbox.c.id.desc()))
            .label("place"),
            func.count().over(partition_by=outbox.c.service_id).label("count_in_all"),
        )
        .join(monitored_services, OF_THE_LATEST_INCIDENT)
        .where(outbox.c.service_id.in_(services), outbox.c.channel != "timer")
        .subquery()
    )
    query = select(ranked).where(ranked.c.place <= MOST_PAGES).order_by(ranked.c.id)
    pages: dict[str, tuple[list[NotificationStatus], int]] = {}
    for row in connection.execute(query):
        page = notification_status(row, services[row.service_id])
        if page is not None:
            pages.setdefault(row.service_id, ([], row.count_in_all))[0].append(page)
    return pages


def _levels(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    current = current_policies()
    query = select(current).where(current.c.service_id.in_(list(names)))
    return {
        row.service_id: len(json.loads(row.policy)["levels"]) for row in connection.execute(query)
    }


def _healthy_summaries(connection: Connection, services: Sequence[Healthy]) -> list[HealthySummary]:
    current = current_policies()
    query = select(current.c.service_id).where(
        current.c.service_id.in_([service.service_id for service in services])
    )
    with_policy = set(connection.scalars(query))
    return [
        HealthySummary(service.service_id, service.service_id in with_policy)
        for service in services
    ]
