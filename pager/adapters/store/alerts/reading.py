"""Reads alerts as their sender sees them: their rows, and what the domain says of each."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    UnaryExpression,
    and_,
    func,
    not_,
    or_,
    select,
)

from pager.adapters.store.alerts.fields import AlertFields, MoreFields, tags_in_json
from pager.adapters.store.core.clock import Now, database_clock, moment, optional_moment
from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.filters import Names, equal_if_given
from pager.adapters.store.core.schema import (
    alert_requests,
    alerts,
    incident_notes,
    incidents,
    monitored_services,
)
from pager.adapters.store.core.stored_text import IS_ACKNOWLEDGED, NOT_HEALTHY
from pager.adapters.store.core.transactions import Transactions
from pager.model import Acknowledged, Unhealthy

REQUESTS_KEPT_FOR = timedelta(days=7)
"""How long a sender can ask what became of its request."""


Order = Literal["asc", "desc"]


class StoredAlert(NamedTuple):
    """One alert."""

    number: int
    """A short name for people: Opsgenie calls it the tiny id."""
    id: str
    alias: str
    service_id: str
    incident: int
    dedup_key: str
    fields: AlertFields
    times: int
    """How often it was raised."""
    opened_at: datetime
    last_raised_at: datetime
    updated_at: datetime
    is_open: bool
    is_acknowledged: bool
    acknowledged_at: datetime | None
    acknowledged_by: str
    closed_at: datetime | None
    """None while it is open, or where that is not known."""
    closed_by: str
    snoozed_until: datetime | None


class AlertQuery(NamedTuple):
    """Which alerts are wanted: those that meet all of this."""

    is_open: bool | None = None
    is_acknowledged: bool | None = None
    id: str | None = None
    number: int | None = None
    alias: str | None = None
    entity: str | None = None
    source: str | None = None
    priority: str | None = None
    tags: Sequence[str] = ()
    message: str = ""
    """What it contains, in any case."""


ALL = AlertQuery()

SORTS: Mapping[str, ColumnElement[Any]] = {  # type: ignore[explicit-any]  # text or a number
    "createdAt": alerts.c.number,
    "updatedAt": alerts.c.updated_at,
    "lastOccurredAt": alerts.c.last_raised_at,
    "tinyId": alerts.c.number,
    "count": alerts.c.times,
    "alias": alerts.c.alias,
    "message": alerts.c.message,
    "source": alerts.c.source,
}
"""By what alerts are sorted: Opsgenie's names. Their numbers are in the order of their making."""


class StoredRequest(NamedTuple):
    """What became of a request."""

    action: str
    at: datetime
    is_success: bool
    status: str
    alert: str
    alias: str


class AlertNote(NamedTuple):
    """A note on an alert, or on its whole incident."""

    id: int
    at: datetime
    author: str
    text: str


# Those of an incident that is over, or of a service without a row, have nothing in these columns.
_running = (
    select(
        monitored_services.c.service_id,
        monitored_services.c.incident,
        monitored_services.c.state,
        IS_ACKNOWLEDGED.label("is_acknowledged"),
    )
    .where(NOT_HEALTHY)
    .subquery("running")
)
_joined = alerts.outerjoin(
    _running,
    and_(_running.c.service_id == alerts.c.service_id, _running.c.incident == alerts.c.incident),
).outerjoin(
    incidents,
    and_(
        incidents.c.service_id == alerts.c.service_id,
        incidents.c.incident == alerts.c.incident,
    ),
)
_MAY_BE_OPEN = and_(alerts.c.closed_at.is_(None), _running.c.state.is_not(None))


class Alerts:
    """The alerts of one integration: it sees those of no other."""

    def __init__(
        self, transactions: Transactions, integration: int, now: Now = database_clock
    ) -> None:
        """`now` says which snoozes are over."""
        self._transactions = transactions
        self._is_own = alerts.c.integration == integration
        self._integration = integration
        self._now = now

    def find(self, query: AlertQuery) -> StoredAlert | None:
        """The newest that meets the query."""
        found = self.page(query, limit=1)
        return found[0] if found else None

    def page(
        self,
        query: AlertQuery = ALL,
        *,
        sort: str = "createdAt",
        order: Order = "desc",
        offset: int = 0,
        limit: int,
    ) -> Sequence[StoredAlert]:
        """Some of those that meet the query, in order."""

        def read(connection: Connection) -> Sequence[StoredAlert]:
            rows = connection.execute(
                self._select(connection, query)
                .order_by(_in_order(SORTS[sort], order), _in_order(alerts.c.number, order))
                .offset(offset)
                .limit(limit)
            )
            return [_stored(row) for row in rows]

        return self._transactions.read(read)

    def count(self, query: AlertQuery = ALL) -> int:
        """How many meet the query."""

        def read(connection: Connection) -> int:
            wanted = self._select(connection, query).with_only_columns(func.count())
            number: int = connection.execute(wanted).scalar_one()
            return number

        return self._transactions.read(read)

    def notes(
        self, alert: StoredAlert, order: Order, limit: int, after: int | None
    ) -> Sequence[AlertNote]:
        """Notes on the alert, and those that people have added to its incident.

        `after` is the id of the one after which they begin; None: from the first on.
        """
        column = incident_notes.c
        query = (
            select(column.id, column.at, column.author, column.text)
            .where(
                column.service_id == alert.service_id,
                column.incident == alert.incident,
                or_(column.alert.is_(None), column.alert == alert.number),
            )
            .order_by(_in_order(column.id, order))
            .limit(limit)
        )
        if after is not None:
            query = query.where(column.id > after if order == "asc" else column.id < after)
        return self._transactions.read(
            lambda connection: [
                AlertNote(row.id, moment(row.at), row.author, row.text)
                for row in connection.execute(query)
            ]
        )

    def request(self, request_id: str) -> StoredRequest | None:
        """What became of that request; None where it is not known, or not any more."""
        query = select(alert_requests).filter_by(id=request_id, integration=self._integration)
        row = self._transactions.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        return StoredRequest(
            row.action, moment(row.at), row.is_success, row.status, row.alert, row.alias
        )

    def _select(  # type: ignore[explicit-any]  # what columns a row has is known above
        self, connection: Connection, query: AlertQuery
    ) -> Select[Any]:
        is_acknowledged = or_(
            and_(_MAY_BE_OPEN, _running.c.is_acknowledged),
            and_(not_(_MAY_BE_OPEN), incidents.c.acknowledged_at.is_not(None)),
        )
        conditions = [
            self._is_own,
            equal_if_given(alerts.c.id, query.id),
            equal_if_given(alerts.c.number, query.number),
            equal_if_given(alerts.c.alias, query.alias),
            equal_if_given(alerts.c.entity, query.entity),
            equal_if_given(alerts.c.source, query.source),
            equal_if_given(alerts.c.priority, query.priority),
            Names(query.message).include(alerts.c.message),
            *(_has_tag(tag) for tag in query.tags),
        ]
        if query.is_open is not None:
            is_open = and_(_MAY_BE_OPEN, alerts.c.number.not_in(_over(connection, conditions)))
            conditions.append(is_open if query.is_open else not_(is_open))
        if query.is_acknowledged is not None:
            conditions.append(is_acknowledged if query.is_acknowledged else not_(is_acknowledged))
        return (
            select(
                alerts,
                is_acknowledged.label("is_acknowledged"),
                (alerts.c.snoozed_until > self._now()).label("is_snoozed"),
                _running.c.state,
                incidents.c.acknowledged_at,
                incidents.c.acknowledged_by,
                incidents.c.ended_at,
            )
            .select_from(_joined)
            .where(*conditions)
        )


def _over(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> Sequence[int]:
    """Alerts that somebody else has closed, in an incident that goes on for another reason.

    Their rows do not say so: the state of the service does. Only those that meet the conditions.
    """
    rows = connection.execute(
        select(alerts.c.number, alerts.c.service_id, alerts.c.dedup_key, _running.c.state)
        .select_from(_joined)
        .where(*conditions, _MAY_BE_OPEN)
        .order_by(alerts.c.service_id)
    )
    over: list[int] = []
    known: tuple[str, Unhealthy | None] = ("", None)
    for number, service_id, dedup_key, state in rows:
        if known[0] != service_id:
            known = service_id, _unhealthy(state, service_id)
        service = known[1]
        if service is not None and not service.may_be_open(dedup_key):
            over.append(number)
    return over


def fields_of(row: Row[Any]) -> AlertFields:  # type: ignore[explicit-any]  # as above
    """The fields of a row of `alerts`."""
    try:
        more = MoreFields.model_validate_json(row.fields)
    except ValidationError:
        more = MoreFields()
    return AlertFields(
        row.message, row.entity, row.source, row.priority, tuple(json.loads(row.tags)), more
    )


def _stored(row: Row[Any]) -> StoredAlert:  # type: ignore[explicit-any]  # as above
    running = None if row.state is None else _unhealthy(row.state, row.service_id)
    may_be_open = row.closed_at is None and row.state is not None
    is_open = may_be_open and (running is None or running.may_be_open(row.dedup_key))
    closed_at = None if is_open else row.closed_at or row.ended_at
    acknowledged_by = row.acknowledged_by or ""
    if is_open and running is not None and isinstance(running.escalation, Acknowledged):
        acknowledged_by = running.escalation.by or ""
    is_acknowledged = bool(row.is_acknowledged)
    return StoredAlert(
        number=row.number,
        id=row.id,
        alias=row.alias,
        service_id=row.service_id,
        incident=row.incident,
        dedup_key=row.dedup_key,
        fields=fields_of(row),
        times=row.times,
        opened_at=moment(row.opened_at),
        last_raised_at=moment(row.last_raised_at),
        updated_at=moment(max(row.updated_at, row.acknowledged_at or 0, closed_at or 0)),
        is_open=is_open,
        is_acknowledged=is_acknowledged,
        acknowledged_at=optional_moment(row.acknowledged_at) if is_acknowledged else None,
        acknowledged_by=acknowledged_by if is_acknowledged else "",
        closed_at=optional_moment(closed_at),
        closed_by=row.closed_by or "",
        snoozed_until=(
            moment(row.snoozed_until)
            if row.is_snoozed
            and is_open
            and is_acknowledged
            and (running is None or running.level == row.snoozed_level)
            else None
        ),
    )


def _unhealthy(state: str, service_id: str) -> Unhealthy | None:
    """The state of an Unhealthy service; None where this version of Pager cannot read it."""
    try:
        service = SERVICES.decode_known(state, service_id)
    except Unreadable:
        return None
    return service if isinstance(service, Unhealthy) else None


def _has_tag(tag: str) -> ColumnElement[bool]:
    # The quotation marks of a JSON string stand nowhere inside one, and `replace` minds the case.
    in_json = tags_in_json([tag])[1:-1]
    return func.replace(alerts.c.tags, in_json, "") != alerts.c.tags


def _in_order(  # type: ignore[explicit-any]  # text or a number
    column: ColumnElement[Any], order: Order
) -> UnaryExpression[Any]:
    return column.asc() if order == "asc" else column.desc()
