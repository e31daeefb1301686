"""What the page *Now* shows: every service, the Unhealthy ones first, a screen or two of them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from pager.adapters.store.core.codecs import POLICIES, Unreadable
from pager.adapters.store.core.schema import monitored_services, outbox, timers
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.policies import current_policies, unreadable_policies
from pager.adapters.store.views.incidents import IncidentPeriod, latest_periods
from pager.adapters.store.views.later_alerts import later_alert_times
from pager.adapters.store.views.status import (
    DELIVERY,
    OF_THE_LATEST_INCIDENT,
    NotificationStatus,
    ServiceStatus,
    due_times,
    notification_status,
    read_services,
    service_status,
)
from pager.decide import next_level
from pager.model import FALLBACK, EscalationPolicy, Healthy, Unhealthy
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
    is_last: bool
    """Whether nobody is left to notify in it."""
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
    """Services whose stored state or policy this version of Pager cannot read."""
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
    services, unreadable_states = read_services(connection)
    unreadable = {*unreadable_states, *unreadable_policies(connection)}
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
        has_fallback=FALLBACK in _policies(connection, [FALLBACK]),
        is_untouched=not unreadable and not any(service.incident for service in services.values()),
    )


def _unhealthy_summaries(
    connection: Connection, services: Sequence[Unhealthy], periods: dict[str, IncidentPeriod]
) -> list[UnhealthySummary]:
    by_name = {service.service_id: service for service in services}
    pages = _pages(connection, by_name)
    due = due_times(connection, timers.c.service_id.in_(by_name))
    policies = _policies(connection, [*by_name, FALLBACK])
    times = later_alert_times(connection, services)
    summaries = []
    for name, service in by_name.items():
        shown, count = pages.get(name, ([], 0))
        policy = policies.get(name, policies.get(FALLBACK))
        summaries.append(
            UnhealthySummary(
                service_status(service, shown, due, times),
                count,
                len(policy.levels) if policy is not None else 0,
                next_level(service, policy) is None,
                periods.get(name),
                any(page.is_by_fallback for page in shown),
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


def _policies(connection: Connection, names: Iterable[str]) -> dict[str, EscalationPolicy]:
    query = select(current_policies(list(names)))
    policies: dict[str, EscalationPolicy] = {}
    for name, text in connection.execute(query):
        with suppress(Unreadable):  # a newer node wrote it: the page shows the rest
            policies[name] = POLICIES.decode_known(text, name)
    return policies


def _healthy_summaries(connection: Connection, services: Sequence[Healthy]) -> list[HealthySummary]:
    current = current_policies([service.service_id for service in services])
    with_policy = set(connection.scalars(select(current.c.service_id)))
    return [
        HealthySummary(service.service_id, service.service_id in with_policy)
        for service in services
    ]
