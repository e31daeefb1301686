"""What the journal is made of: the rows of each kind as entries.

Each kind has a function: the `newest` entries, only those before the key `before`, in order.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, and_, select, true, tuple_

from pager.adapters.store.core.clock import moment, optional_moment
from pager.adapters.store.core.codecs import (
    EFFECTS,
    MESSAGES,
    POLICIES,
    SERVICE_POLICIES,
    SERVICES,
    Unreadable,
    decode_report_status,
    decode_status,
)
from pager.adapters.store.core.filters import equal_if_given, less_if_given
from pager.adapters.store.core.page_texts import WHOLE_EFFECT
from pager.adapters.store.core.schema import (
    attempts,
    decisions,
    delivery_reports,
    incident_notes,
    outbox,
    policy_edits,
)
from pager.adapters.store.ports.resolved_policies import DECISIONS
from pager.adapters.store.views.entries import (
    Attempt,
    Decided,
    Entry,
    Kind,
    Note,
    PolicyEdit,
    Reported,
    UnreadableEntry,
)
from pager.adapters.store.views.incidents import OF_INCIDENTS, incidents
from pager.adapters.store.views.position import Position
from pager.model import MonitoredService


class Keyed(NamedTuple):
    """An entry with its key."""

    key: Position
    """Names the row of the entry, in one field."""
    entry: Entry


def decided(
    connection: Connection,
    service_id: str,
    incident: int | None,
    newest: int | None,
    before: int | None,
) -> list[Keyed]:
    """The decisions."""
    # One more is read, for the state before the first.
    at_most = None if newest is None else newest + 1
    rows, effects = _decision_rows(connection, service_id, incident, at_most, before)
    entries: list[Keyed] = []
    state: MonitoredService | None = None
    for row in rows:
        read = partial(_decided, row, effects.get(row.version, ()), state)
        entry = _readable(row.decided_at, "decision", read)
        entries.append(Keyed(Position(version=row.version), entry))
        state = entry.after if isinstance(entry, Decided) else None
    return entries if newest is None else entries[-newest:]


def _decision_rows(  # type: ignore[explicit-any]  # what columns a row has is known where it is selected
    connection: Connection,
    service_id: str,
    incident: int | None,
    newest: int | None,
    before: int | None,
) -> tuple[Sequence[Row[Any]], dict[int, list[str]]]:
    """The rows of the decisions, and the effects of each version, not decoded yet."""
    which, parameters = _decided_on(service_id, incident)
    query = (
        DECISIONS.where(which, less_if_given(decisions.c.version, before))
        .order_by(decisions.c.version.desc())
        .limit(newest)
    )
    rows = connection.execute(query, parameters).all()[::-1]
    if not rows:
        return [], {}
    effects = _effects_by_version(
        connection, service_id, incident, rows[0].version, rows[-1].version
    )
    return rows, effects


def _decided_on(
    service_id: str, incident: int | None
) -> tuple[ColumnElement[bool], dict[str, str | int]]:
    """The decisions about a service, or those of one of its incidents; and the parameters."""
    if incident is None:
        return decisions.c.service_id == service_id, {}
    return OF_INCIDENTS, incidents(service_id, incident, incident)


def _decided(  # type: ignore[explicit-any]  # as above
    row: Row[Any], effects: Sequence[str], before: MonitoredService | None
) -> Decided:
    """The decision in a row. Raises Unreadable."""
    service_id = row.service_id
    return Decided(
        at=moment(row.decided_at),
        service_id=service_id,
        version_before=row.version - 1,
        version_after=row.version,
        message=MESSAGES.decode_known(row.message, service_id),
        author=row.author,
        policy=None if row.policy is None else POLICIES.decode_known(row.policy, service_id),
        rules=row.rules,
        after=SERVICES.decode_known(row.after, service_id),
        effects=tuple(EFFECTS.decode_known(effect, service_id) for effect in effects),
        before=before,
    )


def _readable(at: int, what: Kind, read: Callable[[], Entry]) -> Entry:
    """What `read` returns; an UnreadableEntry where it raises Unreadable."""
    try:
        return read()
    except Unreadable as error:
        return UnreadableEntry(at=moment(at), what=what, reason=error.reason)


def edited(
    connection: Connection, service_id: str, newest: int | None, which: ColumnElement[bool]
) -> list[Keyed]:
    """The edits of the policy, of which those count that `which` says."""
    query = (
        select(policy_edits)
        .where(policy_edits.c.service_id == service_id, which)
        .order_by(policy_edits.c.id.desc())
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    return [
        Keyed(
            Position(edit=row.id),
            _readable(row.edited_at, "policy-edit", partial(_policy_edit, row)),
        )
        for row in rows
    ]


def _policy_edit(row: Row[Any]) -> PolicyEdit:  # type: ignore[explicit-any]  # as above
    """The edit in a row. Raises Unreadable."""
    text, service_id = row.policy, row.service_id
    return PolicyEdit(
        at=moment(row.edited_at),
        service_id=service_id,
        author=row.author,
        policy=None if text is None else SERVICE_POLICIES.decode_known(text, service_id),
    )


def _effects_by_version(
    connection: Connection, service_id: str, incident: int | None, first: int, last: int
) -> dict[int, list[str]]:
    """The effects of decisions, by the versions that these led to: `first` to `last`."""
    query = (
        select(outbox.c.version, WHOLE_EFFECT)
        .where(_of_incident(service_id, incident), outbox.c.version.between(first, last))
        .order_by(outbox.c.id)
    )
    effects: dict[int, list[str]] = {}
    for version, effect in connection.execute(query):
        effects.setdefault(version, []).append(effect)
    return effects


def _of_incident(service_id: str, incident: int | None) -> ColumnElement[bool]:
    """The effects of one incident; None: of every one of the service."""
    return and_(outbox.c.service_id == service_id, equal_if_given(outbox.c.incident, incident))


class _Asked(NamedTuple):
    """Which rows are read."""

    which: ColumnElement[bool]
    newest: int | None
    before: tuple[int, int, int] | tuple[int, int, str] | None


def _with_effects(  # type: ignore[explicit-any]  # as above
    connection: Connection, table: Table, key: Sequence[Column[Any]], asked: _Asked
) -> Sequence[Row[Any]]:
    """Rows of a table in the order of `key`, each with the effect that it is about."""
    before = true() if asked.before is None else tuple_(*key) < asked.before
    query = (
        select(table, outbox.c.effect.label("what"), outbox.c.service_id)
        .join(outbox, table.c.effect == outbox.c.id)
        .where(asked.which, before)
        .order_by(*(column.desc() for column in key))
        .limit(asked.newest)
    )
    return connection.execute(query).all()[::-1]


def attempted(
    connection: Connection,
    service_id: str,
    incident: int | None,
    newest: int | None,
    before: tuple[int, int, int] | None,
) -> list[Keyed]:
    """The attempts to carry out effects."""
    key = attempts.c.ended_at, attempts.c.effect, attempts.c.attempt
    asked = _Asked(_of_incident(service_id, incident), newest, before)
    return [
        Keyed(
            Position(attempt=(row.ended_at, row.effect, row.attempt)),
            _readable(row.ended_at, "attempt", partial(_attempt, row)),
        )
        for row in _with_effects(connection, attempts, key, asked)
    ]


def _attempt(row: Row[Any]) -> Attempt:  # type: ignore[explicit-any]  # as above
    """The attempt in a row. Raises Unreadable."""
    effect = EFFECTS.decode_known(row.what, row.service_id)
    return Attempt(
        at=moment(row.ended_at),
        effect=effect,
        idempotency_key=effect.idempotency_key,
        attempt=row.attempt,
        status=decode_status(row.status),
        detail=row.detail,
        retry_at=optional_moment(row.retry_at),
    )


def reported(
    connection: Connection,
    service_id: str,
    incident: int | None,
    newest: int | None,
    before: tuple[int, int, str] | None,
) -> list[Keyed]:
    """What providers have reported later."""
    key = delivery_reports.c.reported_at, delivery_reports.c.effect, delivery_reports.c.receipt
    asked = _Asked(_of_incident(service_id, incident), newest, before)
    return [
        Keyed(
            Position(report=(row.reported_at, row.effect, row.receipt)),
            _readable(row.reported_at, "delivery-report", partial(_report, row)),
        )
        for row in _with_effects(connection, delivery_reports, key, asked)
    ]


def _report(row: Row[Any]) -> Reported:  # type: ignore[explicit-any]  # as above
    """The report in a row. Raises Unreadable."""
    effect = EFFECTS.decode_known(row.what, row.service_id)
    return Reported(
        at=moment(row.reported_at),
        effect=effect,
        idempotency_key=effect.idempotency_key,
        receipt=row.receipt,
        status=decode_report_status(row.status),
        detail=row.detail,
    )


def noted(
    connection: Connection, service_id: str, incident: int, newest: int, before: int | None
) -> list[Keyed]:
    """The notes about an incident."""
    query = (
        select(incident_notes)
        .where(
            incident_notes.c.service_id == service_id,
            incident_notes.c.incident == incident,
            less_if_given(incident_notes.c.id, before),
        )
        .order_by(incident_notes.c.id.desc())
        .limit(newest)
    )
    return [
        Keyed(Position(note=row.id), Note(at=moment(row.at), author=row.author, text=row.text))
        for row in connection.execute(query).all()[::-1]
    ]
