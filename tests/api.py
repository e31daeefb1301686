"""What clients of the API send and get, in the terms of the domain."""

from pager import (
    Acknowledged,
    Acknowledgement,
    Alert,
    Escalate,
    Escalating,
    Exhausted,
    Healthy,
    HealthyEvent,
    Message,
    MonitoredService,
    PageAgain,
    Resolve,
    Unhealthy,
)
from pager.adapters.store.views.status import ServiceStatus
from pager.model import Escalation, LaterAlerts

PATHS: dict[type[Message], str] = {
    Alert: "/alerts",
    Acknowledgement: "/acknowledgements",
    HealthyEvent: "/healthy-events",
    Resolve: "/resolves",
    Escalate: "/escalations",
    PageAgain: "/repeated-pages",
}
"""The path of each message. A timeout has none: it comes from the Pager's own timer."""


def monitored_service(status: ServiceStatus) -> MonitoredService:
    """The Monitored Service that has this status."""
    if status.level is None or status.policy_level is None or status.message is None:
        return Healthy(service_id=status.service_id, incident=status.incident)
    escalation: Escalation = Escalating()
    if status.acknowledged:
        escalation = Acknowledged(by=status.acknowledged_by)
    elif status.exhausted:
        escalation = Exhausted()
    unhealthy = Unhealthy(
        service_id=status.service_id,
        incident=status.incident,
        level=status.level,
        message=status.message,
        escalation=escalation,
        later_alerts=_later_alerts(status),
        repeats=max(status.level - status.policy_level, 0),
        open_keys=tuple(status.open_dedup_keys or ()),
    )
    return unhealthy.on_level(status.policy_level)


def _later_alerts(status: ServiceStatus) -> LaterAlerts:
    later = status.later_alerts
    if later is None:
        return LaterAlerts()
    return LaterAlerts(messages=tuple(alert.message for alert in later.newest), count=later.count)
