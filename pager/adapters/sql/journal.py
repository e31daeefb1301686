"""The journal, read back: what was edited, decided and attempted, in the order in which it was."""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection, select

from pager.adapters.sql.clock import moment
from pager.adapters.sql.database import Readable
from pager.adapters.sql.phrases import only
from pager.adapters.sql.schema import attempts, decisions, outbox, policy_edits
from pager.messages import Effect, Message
from pager.model import EscalationPolicy, MonitoredService, Unhealthy
from pager.ports import Status

_message: TypeAdapter[Message] = TypeAdapter(Message)
_service: TypeAdapter[MonitoredService] = TypeAdapter(MonitoredService)
_effect: TypeAdapter[Effect] = TypeAdapter(Effect)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: datetime
    """By the database's clock."""


class PolicyEdit(_Entry):
    """The service was given another Escalation Policy, or left without one: arrow 1."""

    type: Literal["policy-edit"] = "policy-edit"
    service_id: str
    policy: EscalationPolicy | None


class Decided(_Entry):
    """A message was accepted, and changed the service. (What changes nothing is not stored.)"""

    type: Literal["decision"] = "decision"
    service_id: str
    version_before: int
    version_after: int
    message: Message
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
    """Counted from 1. One that is missing died, or its end could not be recorded."""
    status: Status
    detail: str
    retry_at: datetime | None


Entry = Annotated[PolicyEdit | Decided | Attempt, Field(discriminator="type")]


class Journal:
    """The journal of each service, for as long as it is kept."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def of(self, service_id: str, incident: int | None = None) -> list[Entry]:
        """Everything about the service, or what belongs to one incident, in order."""
        return self._database.read(lambda connection: _of(connection, service_id, incident))


def decisions_of(
    connection: Connection, service_id: str, incident: int | None = None
) -> list[Decided]:
    """The decisions about a service, from version to version, with the effects of each."""
    wanted = (
        select(decisions, policy_edits.c.policy)
        .outerjoin(policy_edits, decisions.c.policy_edit == policy_edits.c.id)
        .where(decisions.c.service_id == service_id, only(decisions.c.incident, incident))
        .order_by(decisions.c.version)
    )
    effects = effects_by_version(connection, service_id, incident)
    return [
        Decided(
            at=moment(row.decided_at),
            service_id=service_id,
            version_before=row.version - 1,
            version_after=row.version,
            message=_message.validate_json(row.message),
            policy=_policy(row.policy),
            after=_service.validate_json(row.after),
            effects=tuple(effects.get(row.version, ())),
        )
        for row in connection.execute(wanted)
    ]


def _of(connection: Connection, service_id: str, incident: int | None) -> list[Entry]:
    decided = decisions_of(connection, service_id, incident)
    edited = _edits(connection, service_id)
    if incident is not None:
        edited = [edit for edit in edited if _while_running(edit, decided)]
    attempted = _attempts(connection, service_id, incident)
    # A merge and no sort: even if the clock jumped, decisions come from version to version.
    return list(merge(edited, decided, attempted, key=lambda entry: entry.at))


def _while_running(edit: PolicyEdit, decided: Sequence[Decided]) -> bool:
    """Whether the edit was made during the incident that was decided on."""
    if not decided or edit.at < decided[0].at:
        return False
    return isinstance(decided[-1].after, Unhealthy) or edit.at <= decided[-1].at


def _edits(connection: Connection, service_id: str) -> list[PolicyEdit]:
    wanted = (
        select(policy_edits)
        .where(policy_edits.c.service_id == service_id)
        .order_by(policy_edits.c.id)
    )
    return [
        PolicyEdit(at=moment(row.edited_at), service_id=service_id, policy=_policy(row.policy))
        for row in connection.execute(wanted)
    ]


def effects_by_version(
    connection: Connection, service_id: str, incident: int | None = None
) -> dict[int, list[Effect]]:
    """What is in the outbox for a service, by the version of the decision that led to it."""
    wanted = (
        select(outbox.c.version, outbox.c.effect)
        .where(outbox.c.service_id == service_id, only(outbox.c.incident, incident))
        .order_by(outbox.c.id)
    )
    found: dict[int, list[Effect]] = {}
    for version, effect in connection.execute(wanted):
        found.setdefault(version, []).append(_effect.validate_json(effect))
    return found


def _attempts(connection: Connection, service_id: str, incident: int | None) -> list[Attempt]:
    wanted = (
        select(attempts, outbox.c.effect.label("what"))
        .join(outbox, attempts.c.effect == outbox.c.id)
        .where(outbox.c.service_id == service_id, only(outbox.c.incident, incident))
        .order_by(attempts.c.ended_at, outbox.c.id)
    )
    return [
        Attempt(
            at=moment(row.ended_at),
            effect=(effect := _effect.validate_json(row.what)),
            idempotency_key=effect.idempotency_key,
            attempt=row.attempt,
            status=row.status,
            detail=row.detail,
            retry_at=None if row.retry_at is None else moment(row.retry_at),
        )
        for row in connection.execute(wanted)
    ]


def _policy(text: str | None) -> EscalationPolicy | None:
    return None if text is None else EscalationPolicy.model_validate_json(text)
