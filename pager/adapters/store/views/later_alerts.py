"""What the Alerts of an incident said after the first one, and when."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, select

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.codecs import MESSAGES, Unreadable
from pager.adapters.store.core.schema import decisions, monitored_services
from pager.adapters.store.views.incidents import IS_ALERT, OF_THE_LATEST_INCIDENT
from pager.adapters.store.views.states import in_parts
from pager.messages import Alert
from pager.model import MonitoredService, Unhealthy, later_message


class LaterAlert(BaseModel):
    """What an Alert of the incident said after the first one."""

    model_config = ConfigDict(frozen=True)

    message: str
    """Cut where it is long; the journal has all of it."""
    at: datetime | None
    """When it said so first; None where the journal no longer has it."""


class LaterAlertsStatus(BaseModel):
    """What the Alerts of an incident said after the first one, each text once."""

    model_config = ConfigDict(frozen=True)

    count: int
    """How many different texts there were."""
    newest: list[LaterAlert]
    """Some of them, the newest last."""


MOST_READ = 5_000
"""Alerts that are read for their times: a trouble may come and go all night in one incident."""

LaterAlertTimes = dict[tuple[str, str], datetime]
"""When a service's later Alert was noted, by the service and the text."""


def later_alert_times(
    connection: Connection, services: Iterable[MonitoredService]
) -> LaterAlertTimes:
    """When each text of a later Alert of these services' incidents was noted."""
    names = [
        service.service_id
        for service in services
        if isinstance(service, Unhealthy) and service.later_alerts.count
    ]
    times: LaterAlertTimes = {}
    for some in in_parts(names):
        query = (
            select(decisions.c.service_id, decisions.c.message, decisions.c.decided_at)
            .join_from(monitored_services, decisions, OF_THE_LATEST_INCIDENT)
            .where(monitored_services.c.service_id.in_(some), IS_ALERT)
            # The first Alert that said it comes last here: it is the one that was noted.
            .order_by(decisions.c.version.desc())
            .limit(MOST_READ)
        )
        for name, text, decided_at in connection.execute(query):
            with suppress(Unreadable):
                message = MESSAGES.decode_known(text, name)
                if isinstance(message, Alert):
                    times[name, later_message(message.message)] = moment(decided_at)
    return times


def later_alerts_status(service: Unhealthy, times: LaterAlertTimes) -> LaterAlertsStatus | None:
    """What they said, with the `times` of each text; None where there were none."""
    later = service.later_alerts
    if not later.count:
        return None
    newest = [
        LaterAlert(message=text, at=times.get((service.service_id, text)))
        for text in later.messages
    ]
    return LaterAlertsStatus(count=later.count, newest=newest)
