"""The status of each service, as the API and the console show it: nothing is decided here."""

from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, Row, select

from pager.adapters.store.core.clock import moment, optional_moment
from pager.adapters.store.core.codecs import (
    EFFECTS,
    SERVICES,
    Unreadable,
    decode_status,
)
from pager.adapters.store.core.filters import equal_if_given
from pager.adapters.store.core.schema import (
    delivery_reports,
    monitored_services,
    outbox,
    timers,
)
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.policies import current_policies
from pager.adapters.store.views.later_alerts import (
    LaterAlertsStatus,
    LaterAlertTimes,
    later_alert_times,
    later_alerts_status,
)
from pager.decide import still_wanted
from pager.messages import Notification
from pager.model import (
    Acknowledged,
    Escalating,
    Exhausted,
    Healthy,
    MonitoredService,
    Target,
)
from pager.ports import Status


class NotificationStatus(BaseModel):
    """One page, and what became of it."""

    model_config = ConfigDict(frozen=True)

    level: int
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
    """The Level that was notified last."""
    message: str | None = None
    """What the first Alert of the incident said."""
    later_alerts: LaterAlertsStatus | None = None
    """None where no later Alert said anything else."""
    acknowledged: bool = False
    acknowledged_by: str | None = None
    exhausted: bool = False
    """The last Level was notified and nobody answered."""
    notifications: list[NotificationStatus]
    acknowledgement_timeout: Timeout | None = None
    """When the next Level is notified, if nobody acknowledges."""


DueTimes = dict[tuple[str, int, int], datetime]
"""When the timer of a step (service, incident, Level) goes off."""


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


class ServiceStatuses:
    """Every service that has a policy or ever had an incident."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def all(self) -> list[ServiceStatus]:
        """The status of every service that can be read, by identifier."""
        return self._database.read(lambda connection: _read(connection, None))

    def unreadable(self) -> list[Unreadable]:
        """Why each of the other services cannot be read."""
        services = self._database.read(read_services)
        return [services.unreadable[name] for name in sorted(services.unreadable)]

    def of(self, service_id: str) -> ServiceStatus | None:
        """The status of one service; None where it has neither a policy nor an incident.

        Raises Unreadable.
        """
        statuses = self._database.read(lambda connection: _read(connection, service_id))
        return statuses[0] if statuses else None


def _read(connection: Connection, service_id: str | None) -> list[ServiceStatus]:
    services, unreadable = read_services(connection, service_id)
    if service_id in unreadable:
        raise unreadable[service_id]
    pages = _pages(connection, services, service_id)
    due = due_times(connection, equal_if_given(timers.c.service_id, service_id))
    times = later_alert_times(connection, services.values())
    return [
        service_status(services[name], pages.get(name, []), due, times) for name in sorted(services)
    ]


class Services(NamedTuple):
    """Monitored Services as they are stored, by identifier."""

    readable: dict[str, MonitoredService]
    unreadable: dict[str, Unreadable]
    """Those whose state this version of Pager cannot read."""


def read_services(connection: Connection, service_id: str | None = None) -> Services:
    """Every service that has a policy or ever had an incident; or that one."""
    names = select(current_policies(None if service_id is None else [service_id]).c.service_id)
    states = select(monitored_services.c.service_id, monitored_services.c.state).where(
        equal_if_given(monitored_services.c.service_id, service_id)
    )
    services: dict[str, MonitoredService] = {
        name: Healthy(service_id=name) for name in connection.scalars(names)
    }
    unreadable: dict[str, Unreadable] = {}
    for name, state in connection.execute(states):
        try:
            services[name] = SERVICES.decode_known(state, name)
        except Unreadable as error:
            services.pop(name, None)
            unreadable[name] = error
    return Services(services, unreadable)


def _pages(
    connection: Connection, services: dict[str, MonitoredService], service_id: str | None
) -> dict[str, list[NotificationStatus]]:
    """The Notifications of each service's last incident, in the order of the policy."""
    query = (
        select(outbox, DELIVERY)
        .join(monitored_services, OF_THE_LATEST_INCIDENT)
        .where(equal_if_given(outbox.c.service_id, service_id))
        .order_by(outbox.c.id)
    )
    pages: dict[str, list[NotificationStatus]] = {}
    for row in connection.execute(query):
        service = services.get(row.service_id)
        page = notification_status(row, service) if service is not None else None
        if page is not None:
            pages.setdefault(row.service_id, []).append(page)
    return pages


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
        target=effect.target,
        status="withdrawn" if withdrawn else _page_status(row.status),
        detail=row.detail,
        attempts=row.attempt,
        settled_at=optional_moment(row.settled_at),
        retry_at=None if withdrawn else optional_moment(row.due_at),
        delivery=row.delivery,
        is_by_fallback=effect.is_by_fallback,
    )


def _page_status(text: str) -> Literal["waiting", Status]:
    return "waiting" if text == "waiting" else decode_status(text)


def due_times(connection: Connection, which: ColumnElement[bool]) -> DueTimes:
    """When the timers of these rows go off."""
    return {
        (row.service_id, row.incident, row.level): moment(row.due_at)
        for row in connection.execute(select(timers).where(which))
    }


def service_status(
    service: MonitoredService,
    pages: list[NotificationStatus],
    due: DueTimes,
    times: LaterAlertTimes,
) -> ServiceStatus:
    """The status of a service, with the pages of its latest incident.

    `due` has the times of the timers, and `times` those of later Alerts.
    """
    if isinstance(service, Healthy):
        return ServiceStatus(
            service_id=service.service_id,
            state=service.state,
            incident=service.incident,
            notifications=pages,
        )
    due_at = due.get((service.service_id, service.incident, service.level))
    escalation = service.escalation
    waits = isinstance(escalation, Escalating) and due_at is not None
    return ServiceStatus(
        service_id=service.service_id,
        state=service.state,
        incident=service.incident,
        level=service.level,
        message=service.message,
        later_alerts=later_alerts_status(service, times),
        acknowledged=isinstance(escalation, Acknowledged),
        acknowledged_by=escalation.by if isinstance(escalation, Acknowledged) else None,
        exhausted=isinstance(escalation, Exhausted),
        notifications=pages,
        acknowledgement_timeout=Timeout(level=service.level, due_at=due_at) if waits else None,
    )
