"""What the page *Now* shows: every service, the Unhealthy ones first, a screen or two of them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from pager.adapters.store.core.codecs import SERVICE_POLICIES, Unreadable
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import monitored_services, outbox, timers
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.directory import KnownDirectory
from pager.adapters.store.ports.policy_edits import current_policies, unreadable_policies
from pager.adapters.store.ports.shared_policies import SharedPolicies, reaching_somebody
from pager.adapters.store.views.escalating_services import EscalatingServices
from pager.adapters.store.views.incidents import IncidentPeriod, latest_periods
from pager.adapters.store.views.known_services import NumberOfServices, healthy_names
from pager.adapters.store.views.later_alerts import later_alert_times
from pager.adapters.store.views.maintenance import maintenance_ends
from pager.adapters.store.views.order_of_now import names_in_order
from pager.adapters.store.views.states import states_of
from pager.adapters.store.views.status import (
    DELIVERY,
    OF_THE_LATEST_INCIDENT,
    NotificationStatus,
    ServiceStatus,
    due_times,
    notification_status,
    service_status,
)
from pager.adapters.store.views.unhealthy_services import unhealthy_services
from pager.decide import next_level_number
from pager.model import FALLBACK, EscalationPolicy, Unhealthy

MOST_UNHEALTHY = 20
MOST_HEALTHY = 100
HEALTHY_AT_ONCE = 200
"""Names of Healthy services that are read at once."""
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
    next_level: int | None
    """The number that the policy has for the Level that is told next; None where nobody is left."""
    period: IncidentPeriod | None
    """None where the incident is older than the journal."""
    is_by_fallback: bool
    """Whether somebody was notified by the fallback policy."""


class HealthySummary(NamedTuple):
    """A Healthy service."""

    service_id: str
    has_policy: bool
    """Whether it has one of its own that reaches somebody now. Otherwise its next Alert is for the
    fallback policy, or refused."""
    maintenance_until: datetime | None = None
    """When its maintenance is over; None where it is in none."""


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
    """How many of these nobody has acknowledged, although somebody was or should be notified."""
    in_maintenance: int
    """How many of these wait for the end of a maintenance window."""
    has_fallback: bool
    """Whether there is a fallback policy."""
    is_untouched: bool
    """Whether no service has ever had an incident, as far as that can be read."""


class ServicesOverview:
    """All the services as they are now."""

    def __init__(
        self,
        database: Readable,
        escalating: Callable[[], EscalatingServices] = EscalatingServices,
        known: KnownDirectory | None = None,
    ) -> None:
        """Read from `database`; `escalating` makes what finds the services that escalate next.

        `known` is the directory as others have read it before.
        """
        self._database = database
        self._number = NumberOfServices()
        self._directory = known or KnownDirectory()
        self._escalating = escalating()

    def read(self, search: str = "", skip_unhealthy: int = 0, skip_healthy: int = 0) -> Overview:
        """The services whose identifier contains `search`, without the first so many of a kind."""
        return self._database.read(
            lambda connection: self._read(connection, search, skip_unhealthy, skip_healthy)
        )

    def _read(
        self, connection: Connection, search: str, skip_unhealthy: int, skip_healthy: int
    ) -> Overview:
        shared = SharedPolicies(connection, known=self._directory)
        every = unhealthy_services(connection)
        found = unhealthy_services(connection, search) if search else every
        by_stage, found_unhealthy = every.by_stage(), sum(found.by_stage().values())
        places = range(skip_unhealthy, skip_unhealthy + MOST_UNHEALTHY)
        names = names_in_order(connection, found, self._escalating, search, places)
        shown = states_of(connection, names)
        unreadable = {
            *every.parsed.unreadable,
            *shown.unreadable,
            *unreadable_policies(connection),
        }
        number = self._number.count(connection, search)
        found_healthy = max(0, number.in_all - found_unhealthy - len(found.parsed.unreadable))
        # As many as there are: whoever looked for one more would look through all names.
        end = min(skip_healthy + MOST_HEALTHY, found_healthy)
        healthy = healthy_names(connection, Names(search), found.parsed, number, HEALTHY_AT_ONCE)
        return Overview(
            unhealthy=_unhealthy_summaries(
                connection,
                [
                    service
                    for name in names
                    if isinstance(service := shown.readable.get(name), Unhealthy)
                ],
                shared,
            ),
            healthy=_healthy_summaries(
                connection, list(islice(healthy, skip_healthy, end)), shared
            ),
            unreadable=sorted(unreadable),
            found_unhealthy=found_unhealthy,
            found_healthy=found_healthy,
            all_unhealthy=sum(by_stage.values()),
            unanswered=by_stage["exhausted"] + by_stage["escalating"],
            in_maintenance=by_stage["maintenance"],
            has_fallback=FALLBACK in _policies(connection, [FALLBACK], shared),
            is_untouched=not unreadable and not _was_any_incident(connection),
        )


def _was_any_incident(connection: Connection) -> bool:
    # A service is stored when its first incident begins.
    first = select(monitored_services.c.service_id).limit(1)
    return connection.scalar(first) is not None


def _healthy_summaries(
    connection: Connection, names: Sequence[str], shared: SharedPolicies
) -> list[HealthySummary]:
    with_policy = reaching_somebody(connection, names, shared)
    ends = maintenance_ends(connection, names)
    return [HealthySummary(name, name in with_policy, ends.get(name)) for name in names]


def _unhealthy_summaries(
    connection: Connection, services: Sequence[Unhealthy], shared: SharedPolicies
) -> list[UnhealthySummary]:
    by_name = {service.service_id: service for service in services}
    periods = latest_periods(connection, list(by_name))
    pages = _pages(connection, by_name)
    due = due_times(connection, timers.c.service_id.in_(by_name))
    policies = _policies(connection, [*by_name, FALLBACK], shared)
    times = later_alert_times(connection, services)
    ends = maintenance_ends(connection, by_name)
    summaries = []
    for name, service in by_name.items():
        shown, count = pages.get(name, ([], 0))
        policy = policies.get(name, policies.get(FALLBACK))
        summaries.append(
            UnhealthySummary(
                service_status(service, shown, due, times, ends),
                count,
                policy.level_count if policy is not None else 0,
                next_level_number(service, policy),
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


def _policies(
    connection: Connection, names: Iterable[str], shared: SharedPolicies
) -> dict[str, EscalationPolicy]:
    """What their policies are now; without those that reach nobody."""
    current = current_policies(list(names))
    policies: dict[str, EscalationPolicy] = {}
    for name, text in connection.execute(select(current.c.service_id, current.c.policy)):
        with suppress(Unreadable):  # a newer node wrote it: the page shows the rest
            policy = shared.of(SERVICE_POLICIES.decode_known(text, name)).policy
            if policy is not None:
                policies[name] = policy
    return policies
