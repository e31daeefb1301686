"""The journal: what was edited, decided and attempted, in order."""

from datetime import datetime
from heapq import merge
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Connection, and_, false, func, select, true

from pager.adapters.store.core.clock import moment, optional_moment
from pager.adapters.store.core.codecs import (
    decode_effect,
    decode_message,
    decode_optional_policy,
    decode_service,
)
from pager.adapters.store.core.database import Readable
from pager.adapters.store.core.filters import equal_if_given
from pager.adapters.store.core.schema import (
    attempts,
    decisions,
    delivery_reports,
    monitored_services,
    outbox,
    policy_edits,
)
from pager.messages import Effect, Message
from pager.model import EscalationPolicy, MonitoredService, Unhealthy
from pager.ports import ReportStatus, Status


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: datetime
    """By the database's clock."""


class PolicyEdit(_Entry):
    """The Escalation Policy of the service was edited or removed: arrow 1."""

    type: Literal["policy-edit"] = "policy-edit"
    service_id: str
    author: str | None
    """None where the edit was made before there were accounts."""
    policy: EscalationPolicy | None


class Decided(_Entry):
    """A message was accepted, and changed the service. (What changes nothing is not stored.)"""

    type: Literal["decision"] = "decision"
    service_id: str
    version_before: int
    version_after: int
    message: Message
    author: str | None
    """Who sent the message. None for Pager's own timers, and before there were accounts."""
    policy: EscalationPolicy | None
    """As it was read for this decision."""
    after: MonitoredService
    effects: tuple[Effect, ...]


class Attempt(_Entry):
    """An attempt to carry out an effect has ended."""

    type: Literal["attempt"] = "attempt"
    effect: Effect
    idempotency_key: str
    attempt: int
    """Counted from 1. If one is missing, its process died or its end could not be recorded."""
    status: Status
    detail: str
    retry_at: datetime | None


class Reported(_Entry):
    """The provider has reported what became of a page that it had accepted."""

    type: Literal["delivery-report"] = "delivery-report"
    effect: Effect
    idempotency_key: str
    receipt: str
    """The provider's name for the copy."""
    status: ReportStatus
    detail: str


Entry = Annotated[PolicyEdit | Decided | Attempt | Reported, Field(discriminator="type")]


class Journal:
    """The journal of each service, for as long as it is kept."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def of(
        self, service_id: str, incident: int | None = None, newest: int | None = None
    ) -> list[Entry]:
        """The entries of the service, or of one of its incidents, in order.

        With `newest`, at most so many of them, from the end.
        """
        return self._database.read(lambda connection: _of(connection, service_id, incident, newest))


def decisions_of(
    connection: Connection,
    service_id: str,
    incident: int | None = None,
    newest: int | None = None,
) -> list[Decided]:
    """The decisions about a service, from version to version, with the effects of each."""
    query = (
        select(decisions, policy_edits.c.policy)
        .outerjoin(policy_edits, decisions.c.policy_edit == policy_edits.c.id)
        .where(decisions.c.service_id == service_id, equal_if_given(decisions.c.incident, incident))
        .order_by(decisions.c.version.desc())
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    effects = effects_by_version(
        connection, service_id, incident, since=rows[0].version if newest and rows else 0
    )
    return [
        Decided(
            at=moment(row.decided_at),
            service_id=service_id,
            version_before=row.version - 1,
            version_after=row.version,
            message=decode_message(row.message),
            author=row.author,
            policy=decode_optional_policy(row.policy),
            after=decode_service(row.after),
            effects=tuple(effects.get(row.version, ())),
        )
        for row in rows
    ]


def _of(
    connection: Connection, service_id: str, incident: int | None, newest: int | None
) -> list[Entry]:
    decided = decisions_of(connection, service_id, incident, newest)
    edited = _edits(
        connection, service_id, newest, _while_running(connection, service_id, incident)
    )
    attempted = _attempts(connection, service_id, incident, newest)
    reported = _reports(connection, service_id, incident, newest)
    # A merge and no sort: even if the clock jumped, decisions come from version to version.
    entries: list[Entry] = list(
        merge(edited, decided, attempted, reported, key=lambda entry: entry.at)
    )
    return entries[-newest:] if newest else entries


def _while_running(
    connection: Connection, service_id: str, incident: int | None
) -> ColumnElement[bool]:
    """Edits that were made during the incident; all edits where none is given."""
    if incident is None:
        return true()
    period = select(func.min(decisions.c.decided_at), func.max(decisions.c.decided_at)).where(
        decisions.c.service_id == service_id, decisions.c.incident == incident
    )
    begun_at, changed_at = connection.execute(period).one()
    if begun_at is None:
        return false()
    service = connection.scalar(
        select(monitored_services.c.state).where(monitored_services.c.service_id == service_id)
    )
    running = decode_service(service) if service else None
    if isinstance(running, Unhealthy) and running.incident == incident:
        return and_(policy_edits.c.edited_at >= begun_at)
    return and_(policy_edits.c.edited_at >= begun_at, policy_edits.c.edited_at <= changed_at)


def _edits(
    connection: Connection, service_id: str, newest: int | None, which: ColumnElement[bool]
) -> list[PolicyEdit]:
    query = (
        select(policy_edits)
        .where(policy_edits.c.service_id == service_id, which)
        .order_by(policy_edits.c.id.desc())
        .limit(newest)
    )
    return [
        PolicyEdit(
            at=moment(row.edited_at),
            service_id=service_id,
            author=row.author,
            policy=decode_optional_policy(row.policy),
        )
        for row in connection.execute(query).all()[::-1]
    ]


def effects_by_version(
    connection: Connection, service_id: str, incident: int | None = None, since: int = 0
) -> dict[int, list[Effect]]:
    """The effects of a service's decisions, by the version that each decision led to."""
    query = (
        select(outbox.c.version, outbox.c.effect)
        .where(
            outbox.c.service_id == service_id,
            equal_if_given(outbox.c.incident, incident),
            outbox.c.version >= since,
        )
        .order_by(outbox.c.id)
    )
    effects: dict[int, list[Effect]] = {}
    for version, effect in connection.execute(query):
        effects.setdefault(version, []).append(decode_effect(effect))
    return effects


def _attempts(
    connection: Connection, service_id: str, incident: int | None, newest: int | None
) -> list[Attempt]:
    query = (
        select(attempts, outbox.c.effect.label("what"))
        .join(outbox, attempts.c.effect == outbox.c.id)
        .where(outbox.c.service_id == service_id, equal_if_given(outbox.c.incident, incident))
        .order_by(attempts.c.ended_at.desc(), outbox.c.id.desc())
        .limit(newest)
    )
    return [
        Attempt(
            at=moment(row.ended_at),
            effect=(effect := decode_effect(row.what)),
            idempotency_key=effect.idempotency_key,
            attempt=row.attempt,
            status=row.status,
            detail=row.detail,
            retry_at=optional_moment(row.retry_at),
        )
        for row in connection.execute(query).all()[::-1]
    ]


def _reports(
    connection: Connection, service_id: str, incident: int | None, newest: int | None
) -> list[Reported]:
    query = (
        select(delivery_reports, outbox.c.effect.label("what"))
        .join(outbox, delivery_reports.c.effect == outbox.c.id)
        .where(outbox.c.service_id == service_id, equal_if_given(outbox.c.incident, incident))
        .order_by(delivery_reports.c.reported_at.desc(), outbox.c.id.desc())
        .limit(newest)
    )
    return [
        Reported(
            at=moment(row.reported_at),
            effect=(effect := decode_effect(row.what)),
            idempotency_key=effect.idempotency_key,
            receipt=row.receipt,
            status=row.status,
            detail=row.detail,
        )
        for row in connection.execute(query).all()[::-1]
    ]
