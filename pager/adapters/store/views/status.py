"""The status of each service, as the API and the console show it: nothing is decided here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from pager.adapters.store.core.clock import moment, optional_moment
from pager.adapters.store.core.codecs import EFFECTS, Unreadable, decode_status
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import (
    delivery_reports,
    monitored_services,
    outbox,
    timers,
)
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.known_services import first_names
from pager.adapters.store.views.later_alerts import (
    LaterAlertsStatus,
    LaterAlertTimes,
    later_alert_times,
    later_alerts_status,
)
from pager.adapters.store.views.maintenance import maintenance_ends
from pager.adapters.store.views.states import in_parts, states_of, stored_states
from pager.adapters.store.views.unhealthy_services import names_not_healthy, unhealthy_services
from pager.decide import still_wanted
from pager.messages import Notification
from pager.model import (
    Acknowledged,
    Escalating,
    Exhausted,
    Healthy,
    MonitoredService,
    Target,
    Unhealthy,
)
from pager.ports import Status

STATUSES_AT_ONCE = 1_000
"""How many services are read at once where all of them are."""


class NotificationStatus(BaseModel):
    """One page, and what became of it."""

    model_config = ConfigDict(frozen=True)

    level: int
    """The number of its step."""
    policy_level: int
    """The Level, by the number that the policy had for it."""
    target: Target
    status: Literal["waiting", Status]
    detail: str
    """The provider's receipt or reason."""
    attempts: int
    settled_at: datetime | None
    """When the last attempt ended."""
    retry_at: datetime | None
    """When it is tried next; None where it is not."""
    delivery: Literal["delivered", "undelivered"] | None = None
    """What the provider has reported of the copy that was sent; None where it reports nothing."""
    is_by_fallback: bool
    """Whether it is by the fallback policy: the service had none of its own."""
    escalated_by: str | None = None
    """Who sent the incident on to this Level by hand; None where nobody did."""
    told_again_by: str | None = None
    """Who let this Level be told once more; None where nobody did."""
    expired_of: str | None = None
    """Whose Acknowledgement had expired, so that the incident was told again; None where none had.
    """
    begun_again: int = 0
    """How many times the policy had begun again."""
    continues: bool = False
    """Whether it is a second way for people of the Level who have not answered the first."""


class Timeout(BaseModel):
    """The Acknowledgement Timeout that the service waits for."""

    model_config = ConfigDict(frozen=True)

    level: int
    due_at: datetime


class ServiceStatus(BaseModel):
    """A Monitored Service as it is now, and the pages of its last incident."""

    model_config = ConfigDict(frozen=True)

    service_id: str
    state: Literal["healthy", "unhealthy"]
    incident: int
    """The number of the running incident, or of the last one; 0 where there was none yet."""
    level: int | None = None
    """How many times a Level was notified. With the incident, it names the step."""
    policy_level: int | None = None
    """The Level that was notified last, by the number that the policy had for it; 0 where none was
    yet."""
    message: str | None = None
    """What the first Alert of the incident said."""
    later_alerts: LaterAlertsStatus | None = None
    """None where no later Alert said anything else."""
    open_dedup_keys: list[str | None] | None = None
    """The dedup keys of the troubles that are open, the oldest first; in the list, null is the
    trouble of Alerts without a dedup key. None where the service is Healthy."""
    has_too_many_dedup_keys: bool = False
    """There were more than 500 open troubles: they are no longer listed, and no resolve closes the
    incident."""
    acknowledged: bool = False
    acknowledged_by: str | None = None
    exhausted: bool = False
    """The last Level was notified and nobody answered."""
    notifications: list[NotificationStatus]
    acknowledgement_timeout: Timeout | None = None
    """When the next Level is notified, if nobody acknowledges."""
    acknowledgement_expires_at: datetime | None = None
    """When its Level is told again, although somebody has acknowledged, unless the incident is
    closed by then; None where it is not."""
    begun_again: int = 0
    """How many times the policy has begun again with its first Level in this incident."""
    waits_for_maintenance: bool = False
    """Whether nobody was notified yet: the incident waits for the end of a maintenance window."""
    maintenance_until: datetime | None = None
    """When the maintenance of the service is over; None where it is in none."""


DueTimes = dict[tuple[str, int, int, bool], datetime]
"""When a timer of a step (service, incident, Level) goes off: its timeout, or, where the last is
True, the expiry of its Acknowledgement."""


OF_THE_LATEST_INCIDENT = (outbox.c.service_id == monitored_services.c.service_id) & (
    outbox.c.incident == monitored_services.c.incident
)

DELIVERY = (
    select(delivery_reports.c.status)
    .where(
        delivery_reports.c.effect == outbox.c.id,
        delivery_reports.c.receipt == outbox.c.detail,
        delivery_reports.c.status != "accepted",
    )
    .scalar_subquery()
    .label("delivery")
)
"""What is reported of the copy that a row of the outbox was sent as."""


class StatusesPage(NamedTuple):
    """A page of the list of services."""

    statuses: list[ServiceStatus]
    """By identifier; without services that this version of Pager cannot read."""
    last: str | None
    """The name after which the next page begins; None where this is the last one."""


class FewPages(NamedTuple):
    """The status of a service with a few of its pages."""

    status: ServiceStatus
    pages: int
    """How many pages its last incident has."""


class ServiceStatuses:
    """Every service that has a policy or ever had an incident."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def page(self, names: Names, at_most: int, *, only_unhealthy: bool = False) -> StatusesPage:
        """The first `at_most` services with these identifiers."""
        return self._database.read(
            lambda connection: _page(connection, names, at_most, only_unhealthy=only_unhealthy)
        )

    def all(self) -> Iterator[ServiceStatus]:
        """The status of every service that can be read, by identifier: read page by page."""
        after: str | None = ""
        while after is not None:
            statuses, after = self.page(Names(after=after), STATUSES_AT_ONCE)
            yield from statuses

    def unreadable(self) -> list[Unreadable]:
        """Why each of the other services cannot be read."""
        services = self._database.read(unhealthy_services).parsed
        return [services.unreadable[name] for name in sorted(services.unreadable)]

    def of(self, service_id: str) -> ServiceStatus | None:
        """The status of one service; None where it has neither a policy nor an incident.

        Raises Unreadable.
        """

        def read(connection: Connection) -> ServiceStatus | None:
            service = _service(connection, service_id)
            return None if service is None else _statuses(connection, [service])[0]

        return self._database.read(read)

    def with_few_pages(self, service_id: str, at_most: int) -> FewPages | None:
        """The same, with `at_most` of the pages: those of the last Level first."""

        def read(connection: Connection) -> FewPages | None:
            service = _service(connection, service_id)
            if service is None:
                return None
            pages, number = _newest_pages(connection, service, at_most)
            [status] = _statuses(connection, [service], {service_id: pages})
            return FewPages(status, number)

        return self._database.read(read)


def _page(
    connection: Connection, wanted: Names, at_most: int, *, only_unhealthy: bool
) -> StatusesPage:
    find = names_not_healthy if only_unhealthy else first_names
    names = find(connection, wanted, at_most + 1)
    is_last, names = len(names) <= at_most, names[:at_most]
    services = states_of(connection, names).readable
    listed = [services[name] for name in names if name in services]
    if only_unhealthy:  # that some are not, their text did not tell
        listed = [service for service in listed if isinstance(service, Unhealthy)]
    return StatusesPage(_statuses(connection, listed), None if is_last else names[-1])


def _service(connection: Connection, service_id: str) -> MonitoredService | None:
    """The service, if it is known. Raises Unreadable."""
    services = stored_states(connection, [service_id])
    if service_id in services.unreadable:
        raise services.unreadable[service_id]
    if service_id in services.readable:
        return services.readable[service_id]
    known = first_names(connection, Names(among=[service_id]), 1)
    return Healthy(service_id=service_id) if known else None


def _statuses(
    connection: Connection, services: Sequence[MonitoredService], pages: "Pages | None" = None
) -> list[ServiceStatus]:
    """The status of each, with `pages`; with all pages of its last incident where it is None."""
    names = [service.service_id for service in services]
    if pages is None:
        pages = _pages(connection, {service.service_id: service for service in services})
    due: DueTimes = {}
    for some in in_parts(names):
        due |= due_times(connection, timers.c.service_id.in_(some))
    times = later_alert_times(connection, services)
    ends: dict[str, datetime] = {}
    for some in in_parts(names):
        ends |= maintenance_ends(connection, some)
    return [
        service_status(service, pages.get(service.service_id, []), due, times, ends)
        for service in services
    ]


Pages = dict[str, list[NotificationStatus]]
"""The Notifications of the last incident of each service."""


def _pages(connection: Connection, services: dict[str, MonitoredService]) -> Pages:
    """All of them, in the order of the policy."""
    pages: Pages = {}
    for names in in_parts(list(services)):
        query = (
            select(outbox, DELIVERY)
            .join(monitored_services, OF_THE_LATEST_INCIDENT)
            .where(outbox.c.service_id.in_(names))
            .order_by(outbox.c.id)
        )
        for row in connection.execute(query):
            page = notification_status(row, services[row.service_id])
            if page is not None:
                pages.setdefault(row.service_id, []).append(page)
    return pages


def _newest_pages(
    connection: Connection, service: MonitoredService, at_most: int
) -> tuple[list[NotificationStatus], int]:
    """The first pages of the last Levels, and how many pages there are in all."""
    of_incident = and_(
        outbox.c.service_id == service.service_id,
        outbox.c.incident == service.incident,
        outbox.c.channel != "timer",
    )
    query = (
        select(outbox, DELIVERY)
        .where(of_incident)
        .order_by(outbox.c.version.desc(), outbox.c.id)
        .limit(at_most)
    )
    number = connection.scalar(select(func.count()).select_from(outbox).where(of_incident)) or 0
    pages = [notification_status(row, service) for row in connection.execute(query)]
    return [page for page in pages if page is not None], number


def notification_status(  # type: ignore[explicit-any]  # what columns a row has is known where it is selected
    row: Row[Any], service: MonitoredService
) -> NotificationStatus | None:
    """The page in a row of the outbox, with its DELIVERY; None where the effect is a delay.

    None, too, where it cannot be read.
    """
    try:
        effect = EFFECTS.decode_known(row.effect, row.service_id)
    except Unreadable:
        return None
    if not isinstance(effect, Notification):
        return None
    withdrawn = row.due_at is not None and not still_wanted(effect, service)
    return NotificationStatus(
        level=effect.level,
        policy_level=effect.policy_level,
        target=effect.target,
        status="withdrawn" if withdrawn else _page_status(row.status),
        detail=row.detail,
        attempts=row.attempt,
        settled_at=optional_moment(row.settled_at),
        retry_at=None if withdrawn else optional_moment(row.due_at),
        delivery=row.delivery,
        is_by_fallback=effect.is_by_fallback,
        escalated_by=effect.escalated_by,
        told_again_by=effect.told_again_by,
        expired_of=effect.expired_of,
        begun_again=effect.begun_again,
        continues=effect.continues,
    )


def _page_status(text: str) -> Literal["waiting", Status]:
    return "waiting" if text == "waiting" else decode_status(text)


def due_times(connection: Connection, which: ColumnElement[bool]) -> DueTimes:
    """When the timers of these rows go off."""
    return {
        (row.service_id, row.incident, row.level, row.is_expiry): moment(row.due_at)
        for row in connection.execute(select(timers).where(which))
    }


def service_status(
    service: MonitoredService,
    pages: list[NotificationStatus],
    due: DueTimes,
    times: LaterAlertTimes,
    maintenance: Mapping[str, datetime],
) -> ServiceStatus:
    """The status of a service, with the pages of its latest incident.

    `due` has the times of the timers, `times` those of later Alerts, and `maintenance` those at
    which the maintenance of services is over.
    """
    until = maintenance.get(service.service_id)
    if isinstance(service, Healthy):
        return ServiceStatus(
            service_id=service.service_id,
            state=service.state,
            incident=service.incident,
            notifications=pages,
            maintenance_until=until,
        )
    escalation = service.escalation
    is_acknowledged = isinstance(escalation, Acknowledged)
    step = (service.service_id, service.incident, service.level)
    due_at = due.get((*step, is_acknowledged))
    waits = isinstance(escalation, Escalating) and due_at is not None
    return ServiceStatus(
        service_id=service.service_id,
        state=service.state,
        incident=service.incident,
        level=service.level,
        policy_level=service.policy_level,
        message=service.message,
        later_alerts=later_alerts_status(service, times),
        open_dedup_keys=list(service.open_keys),
        has_too_many_dedup_keys=service.has_too_many_keys,
        acknowledged=is_acknowledged,
        acknowledged_by=escalation.by if isinstance(escalation, Acknowledged) else None,
        exhausted=isinstance(escalation, Exhausted),
        notifications=pages,
        acknowledgement_timeout=Timeout(level=service.level, due_at=due_at) if waits else None,
        acknowledgement_expires_at=due_at if is_acknowledged else None,
        begun_again=service.begun_again,
        waits_for_maintenance=service.waits_for_maintenance,
        maintenance_until=until,
    )
