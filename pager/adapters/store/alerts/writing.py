"""Writes alerts in the transaction of what was decided: a row never tells what did not happen.

All writes of an integration are done one after the other, on every node: each transaction locks the
row of the integration first.
"""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from pager.adapters.store.alerts.fields import AlertFields, tags_in_json
from pager.adapters.store.alerts.reading import fields_of
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.schema import alert_requests, alerts, integrations


class Trouble(NamedTuple):
    """One trouble of one incident, as the domain knows it."""

    service_id: str
    incident: int
    dedup_key: str


class NewAlert(NamedTuple):
    """An alert that may be there already."""

    id: str
    alias: str
    """As `stored_alias` has it."""
    fields: AlertFields


class AlertName(NamedTuple):
    """How a sender knows an alert."""

    number: int
    id: str
    alias: str


class RequestOutcome(NamedTuple):
    """What became of a request."""

    action: str
    is_success: bool
    status: str
    """In a sentence."""
    alert: AlertName | None = None


class AlertWriter:
    """Writes the alerts of one integration."""

    def __init__(self, connection: Connection, integration: int, now: Now = database_clock) -> None:
        """`connection` has the transaction; times are those of `now`.

        The integration is locked: no other node writes its alerts until the transaction ends.
        """
        self._connection = connection
        self._integration = integration
        self._now = now
        lock = select(integrations.c.id).where(integrations.c.id == integration).with_for_update()
        connection.execute(lock)

    def open(self, alert: NewAlert, trouble: Trouble) -> AlertName:
        """A new alert, for a trouble that was not open before."""
        message, entity, source, priority, tags, more = alert.fields
        values = {
            "id": alert.id,
            "integration": self._integration,
            "alias": alert.alias,
            **trouble._asdict(),
            "message": message,
            "entity": entity,
            "source": source,
            "priority": priority,
            "tags": tags_in_json(tags),
            "fields": more.model_dump_json(),
            "times": 1,
            "opened_at": self._now(),
            "last_raised_at": self._now(),
            "updated_at": self._now(),
        }
        new = insert(alerts).values(values).returning(alerts.c.number)
        return AlertName(self._connection.scalars(new).one(), alert.id, alert.alias)

    def raise_again(self, trouble: Trouble) -> AlertName | None:
        """Count the alert of a trouble that is open; None where there is none: others opened it."""
        newest = (
            select(func.max(alerts.c.number))
            .filter_by(integration=self._integration, **trouble._asdict(), closed_at=None)
            .scalar_subquery()
        )
        counted = (
            update(alerts)
            .where(alerts.c.number == newest)
            .values(times=alerts.c.times + 1, last_raised_at=self._now(), updated_at=self._now())
            .returning(alerts.c.number, alerts.c.id, alerts.c.alias)
        )
        row = self._connection.execute(counted).one_or_none()
        return None if row is None else AlertName(*row)

    def close(self, trouble: Trouble, by: str) -> None:
        """The alerts of a trouble that is over."""
        self._connection.execute(
            update(alerts)
            .filter_by(integration=self._integration, **trouble._asdict(), closed_at=None)
            .values(closed_at=self._now(), closed_by=by, updated_at=self._now(), snoozed_until=None)
        )

    def change(self, number: int, change: Callable[[AlertFields], AlertFields]) -> bool:
        """Change the fields of an alert; False where it is not kept any more."""
        this = alerts.c.number == number
        row = self._connection.execute(select(alerts).where(this)).one_or_none()
        if row is None:
            return False
        message, entity, source, priority, tags, more = change(fields_of(row))
        self._connection.execute(
            update(alerts)
            .where(this)
            .values(
                message=message,
                entity=entity,
                source=source,
                priority=priority,
                tags=tags_in_json(tags),
                fields=more.model_dump_json(),
                updated_at=self._now(),
            )
        )
        return True

    def snooze(self, number: int, until: int | None, level: int | None) -> None:
        """Snooze it until then, at that Level; None: not any more."""
        values = {"snoozed_until": until, "snoozed_level": level, "updated_at": self._now()}
        self._connection.execute(update(alerts).where(alerts.c.number == number).values(values))

    def forget(self, number: int) -> None:
        """Delete the row. Its incident keeps all that happened."""
        self._connection.execute(delete(alerts).where(alerts.c.number == number))

    def note_request(self, request_id: str, outcome: RequestOutcome) -> None:
        """Keep what became of a request."""
        alert = outcome.alert
        self._connection.execute(
            insert(alert_requests).values(
                id=request_id,
                integration=self._integration,
                at=self._now(),
                action=outcome.action,
                is_success=outcome.is_success,
                status=outcome.status,
                alert="" if alert is None else alert.id,
                alias="" if alert is None else alert.alias,
            )
        )
