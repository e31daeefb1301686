"""Refused Alerts, as people see them: how often, when last, and why.

A row is for one service and one reason, so that a sender which repeats itself fills nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.locks import try_lock_refused_alerts
from pager.adapters.store.core.schema import refused_alerts
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.shared_policies import SharedPolicies, reaching_somebody
from pager.model import FALLBACK

MOST_ROWS = 100
"""Where there are more, the oldest are deleted: a key may raise Alerts of any name."""

KEPT_FOR = timedelta(days=3)
"""After the last of them."""

NO_POLICY = HTTPStatus.NOT_FOUND
"""The status of an Alert that is refused because its service has no Escalation Policy."""

REASONS: Mapping[int, str] = {
    NO_POLICY: "{service} has no Escalation Policy",
    HTTPStatus.BAD_REQUEST: "the connection was closed before the whole Alert had come, "
    "or it is no event of the sender's protocol",
    HTTPStatus.UNAUTHORIZED: "no valid key was sent (is it revoked, or mistyped?)",
    HTTPStatus.FORBIDDEN: "the API key is not good for Alerts of {service}",
    HTTPStatus.METHOD_NOT_ALLOWED: "Alerts are sent with POST",
    HTTPStatus.REQUEST_TIMEOUT: "the Alert took too long to arrive",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "there were too many Alerts in one request",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "a web page sent it, without an API key",
    HTTPStatus.MISDIRECTED_REQUEST: "Pager answers under that host name only with an API key",
    HTTPStatus.UNPROCESSABLE_ENTITY: "it names no service",
    HTTPStatus.SERVICE_UNAVAILABLE: "Pager could not take it, and the sender was to send it again",
}
"""Why an Alert was refused, by the HTTP status of the answer."""


class Refused(NamedTuple):
    """How many Alerts were refused, and who sent the last of them."""

    times: int
    sender: str


Key = tuple[str, int]
"""The service (empty where none is known), and the HTTP status."""


class RefusedAlerts(NamedTuple):
    """Alerts of one service that were refused for one reason."""

    service_id: str
    """Empty where it is not known."""
    status: int
    """Of the answer, by HTTP."""
    times: int
    last_at: datetime
    """By the database's clock."""
    sender: str
    """Of the last one: an API key, an integration, or an address."""

    @property
    def reason(self) -> str:
        """Why they were refused, for a person to read."""
        return reason(self.status, self.service_id)

    @property
    def needs_policy(self) -> bool:
        """Whether they name a service, which has no Escalation Policy."""
        return self.status == NO_POLICY and self.service_id != ""


def reason(status: int, service_id: str) -> str:
    """Why an Alert of that service was answered with that status, for a person to read."""
    if status == NO_POLICY and not service_id:
        return "it was sent to a wrong address, or is one of many whose service has no policy"
    text = REASONS.get(status, "Pager failed: its log says why")
    return text.format(service=service_id or "a service")


def add_refused(
    connection: Connection, refused: Mapping[Key, Refused], now: Now = database_clock
) -> bool:
    """Count these; False where another node counts just now, and nothing was done."""
    if not try_lock_refused_alerts(connection):
        return False
    table = refused_alerts.c
    for (service_id, status), (times, sender) in refused.items():
        changed = connection.execute(
            update(refused_alerts)
            .where(table.service_id == service_id, table.status == status)
            .values(times=table.times + times, last_at=now(), sender=sender)
        )
        if not changed.rowcount:
            row = {"service_id": service_id, "status": status, "times": times, "sender": sender}
            connection.execute(insert(refused_alerts).values(last_at=now(), **row))
    newest = (
        select(table.service_id, table.status)
        .order_by(table.last_at.desc(), table.service_id)
        .limit(MOST_ROWS)
    )
    kept = connection.execute(newest).all()
    if len(kept) == MOST_ROWS:
        key = tuple_(table.service_id, table.status)
        connection.execute(delete(refused_alerts).where(key.not_in([tuple(row) for row in kept])))
    return True


def refused_lately(database: Readable, now: Now = database_clock) -> Sequence[RefusedAlerts]:
    """What is not mended and not older than KEPT_FOR, the newest first."""
    return database.read(lambda connection: _read(connection, now))


def _read(connection: Connection, now: Now) -> list[RefusedAlerts]:
    table = refused_alerts.c
    query = (
        select(refused_alerts)
        .where(table.last_at >= now() - milliseconds(KEPT_FOR))
        .order_by(table.last_at.desc(), table.service_id)
    )
    rows = connection.execute(query).all()
    # Of a few services: the policies of all others are not looked at.
    names = {FALLBACK, *(row.service_id for row in rows if row.status == NO_POLICY)}
    with_policy = reaching_somebody(connection, names, SharedPolicies(connection, now))
    return [
        RefusedAlerts(row.service_id, row.status, row.times, moment(row.last_at), row.sender)
        for row in rows
        if row.status != NO_POLICY or not {FALLBACK, row.service_id} & with_policy
    ]
