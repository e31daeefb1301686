"""The journal: what was edited, decided and attempted, in order."""

from collections.abc import Callable, Sequence
from functools import partial
from heapq import merge
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, select, true

from pager.adapters.store.core.clock import moment, optional_moment
from pager.adapters.store.core.codecs import (
    EFFECTS,
    MESSAGES,
    POLICIES,
    SERVICES,
    Unreadable,
    decode_report_status,
    decode_status,
)
from pager.adapters.store.core.filters import equal_if_given
from pager.adapters.store.core.schema import (
    attempts,
    decisions,
    delivery_reports,
    monitored_services,
    outbox,
    policy_edits,
)
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.entries import (
    Attempt,
    Decided,
    Entry,
    Kind,
    PolicyEdit,
    Reported,
    UnreadableEntry,
)
from pager.model import EscalationPolicy, Unhealthy


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
    """The decisions about a service, from version to version, with the effects of each.

    Raises Unreadable where one of them cannot be read.
    """
    rows, effects = _decision_rows(connection, service_id, incident, newest)
    return [_decided(row, effects.get(row.version, ())) for row in rows]


def _decision_rows(  # type: ignore[explicit-any]  # what columns a row has is known where it is selected
    connection: Connection, service_id: str, incident: int | None, newest: int | None
) -> tuple[Sequence[Row[Any]], dict[int, list[str]]]:
    """The rows of the decisions, and the effects of each version, not decoded yet."""
    query = (
        select(decisions, policy_edits.c.policy)
        .outerjoin(policy_edits, decisions.c.policy_edit == policy_edits.c.id)
        .where(decisions.c.service_id == service_id, equal_if_given(decisions.c.incident, incident))
        .order_by(decisions.c.version.desc())
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    effects = _effects_by_version(
        connection, service_id, incident, since=rows[0].version if newest and rows else 0
    )
    return rows, effects


def _decided(  # type: ignore[explicit-any]  # as above
    row: Row[Any], effects: Sequence[str]
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
        policy=_policy(row.policy, service_id),
        rules=row.rules,
        after=SERVICES.decode_known(row.after, service_id),
        effects=tuple(EFFECTS.decode_known(effect, service_id) for effect in effects),
    )


def _policy(text: str | None, service_id: str) -> EscalationPolicy | None:
    """The policy in a column that may be null. Raises Unreadable."""
    return None if text is None else POLICIES.decode_known(text, service_id)


def _readable(at: int, what: Kind, read: Callable[[], Entry]) -> Entry:
    """What `read` returns; an UnreadableEntry where it raises Unreadable."""
    try:
        return read()
    except Unreadable as error:
        return UnreadableEntry(at=moment(at), what=what, reason=error.reason)


def _of(
    connection: Connection, service_id: str, incident: int | None, newest: int | None
) -> list[Entry]:
    rows, effects = _decision_rows(connection, service_id, incident, newest)
    decided = [
        _readable(row.decided_at, "decision", partial(_decided, row, effects.get(row.version, ())))
        for row in rows
    ]
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
    if _is_running(connection, service_id, incident):
        return and_(policy_edits.c.edited_at >= begun_at)
    return and_(policy_edits.c.edited_at >= begun_at, policy_edits.c.edited_at <= changed_at)


def _is_running(connection: Connection, service_id: str, incident: int) -> bool:
    """Whether the incident is not over; as long as it is the last one, where nobody can tell."""
    query = select(monitored_services.c.state, monitored_services.c.incident).where(
        monitored_services.c.service_id == service_id
    )
    row = connection.execute(query).one_or_none()
    if row is None or row.incident != incident:
        return False
    try:
        return isinstance(SERVICES.decode_known(row.state, service_id), Unhealthy)
    except Unreadable:
        return True


def _edits(
    connection: Connection, service_id: str, newest: int | None, which: ColumnElement[bool]
) -> list[Entry]:
    query = (
        select(policy_edits)
        .where(policy_edits.c.service_id == service_id, which)
        .order_by(policy_edits.c.id.desc())
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    return [_readable(row.edited_at, "policy-edit", partial(_policy_edit, row)) for row in rows]


def _policy_edit(row: Row[Any]) -> PolicyEdit:  # type: ignore[explicit-any]  # as above
    """The edit in a row. Raises Unreadable."""
    return PolicyEdit(
        at=moment(row.edited_at),
        service_id=row.service_id,
        author=row.author,
        policy=_policy(row.policy, row.service_id),
    )


def _effects_by_version(
    connection: Connection, service_id: str, incident: int | None, since: int
) -> dict[int, list[str]]:
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
    effects: dict[int, list[str]] = {}
    for version, effect in connection.execute(query):
        effects.setdefault(version, []).append(effect)
    return effects


def _attempts(
    connection: Connection, service_id: str, incident: int | None, newest: int | None
) -> list[Entry]:
    query = (
        select(attempts, outbox.c.effect.label("what"), outbox.c.service_id)
        .join(outbox, attempts.c.effect == outbox.c.id)
        .where(outbox.c.service_id == service_id, equal_if_given(outbox.c.incident, incident))
        .order_by(attempts.c.ended_at.desc(), outbox.c.id.desc())
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    return [_readable(row.ended_at, "attempt", partial(_attempt, row)) for row in rows]


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


def _reports(
    connection: Connection, service_id: str, incident: int | None, newest: int | None
) -> list[Entry]:
    query = (
        select(delivery_reports, outbox.c.effect.label("what"), outbox.c.service_id)
        .join(outbox, delivery_reports.c.effect == outbox.c.id)
        .where(outbox.c.service_id == service_id, equal_if_given(outbox.c.incident, incident))
        .order_by(delivery_reports.c.reported_at.desc(), outbox.c.id.desc())
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    return [_readable(row.reported_at, "delivery-report", partial(_report, row)) for row in rows]


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
