"""The journal: what was edited, decided and attempted, in order; and notes about it."""

from collections.abc import Callable, Sequence
from functools import partial
from heapq import merge
from typing import Annotated, Any, NamedTuple

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, select, true, tuple_

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
    LARGEST_INT64,
    attempts,
    decisions,
    delivery_reports,
    incident_notes,
    monitored_services,
    outbox,
    policy_edits,
)
from pager.adapters.store.core.transactions import Readable
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
from pager.model import NO_NUL, Unhealthy

RowNumber = Annotated[int, Field(ge=0, le=LARGEST_INT64)]
Receipt = Annotated[str, Field(max_length=100, pattern=NO_NUL)]


class Position(NamedTuple):
    """A place in the journal of an incident: for each kind of entry, the last one before it.

    None where no entry of that kind was shown yet. It names rows, so it stays right however many
    entries are added meanwhile.
    """

    edit: RowNumber | None = None
    version: RowNumber | None = None
    attempt: tuple[RowNumber, RowNumber, RowNumber] | None = None
    report: tuple[RowNumber, RowNumber, Receipt] | None = None
    note: RowNumber | None = None

    def passing(self, entry: "Position") -> "Position":
        """The place behind an entry, which is named by one field."""
        return Position(
            self.edit if entry.edit is None else entry.edit,
            self.version if entry.version is None else entry.version,
            entry.attempt or self.attempt,
            entry.report or self.report,
            self.note if entry.note is None else entry.note,
        )


class _Keyed(NamedTuple):
    key: Position
    """Names the row of the entry, in one field."""
    entry: Entry


class Journal:
    """The journal of each service, for as long as it is kept."""

    def __init__(self, database: Readable) -> None:
        """Read from `database`."""
        self._database = database

    def of(self, service_id: str, incident: int | None = None) -> list[Entry]:
        """The entries of the service, or of one of its incidents, in order."""
        return self._database.read(
            lambda connection: [entry for _, entry in _of(connection, service_id, incident)]
        )

    def newest(
        self, service_id: str, incident: int, at_most: int, before: Position | None = None
    ) -> list[tuple[Entry, Position]]:
        """The last entries of an incident, the newest first, each with the place behind it.

        The notes about it are among them. With `before`, only those behind that place. No more than
        `at_most` of a kind are read.
        """
        place = before or Position()

        def read(connection: Connection) -> list[_Keyed]:
            journal = _of(connection, service_id, incident, at_most, place)
            notes = _notes(connection, service_id, incident, at_most, place.note)
            return list(merge(journal, notes, key=lambda keyed: keyed.entry.at))

        entries = []
        for key, entry in reversed(self._database.read(read)[-at_most:]):
            place = place.passing(key)
            entries.append((entry, place))
        return entries


_PERIOD = select(func.min(decisions.c.decided_at), func.max(decisions.c.decided_at)).where(
    OF_INCIDENTS
)


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
        policy=None if row.policy is None else POLICIES.decode_known(row.policy, service_id),
        rules=row.rules,
        after=SERVICES.decode_known(row.after, service_id),
        effects=tuple(EFFECTS.decode_known(effect, service_id) for effect in effects),
    )


def _readable(at: int, what: Kind, read: Callable[[], Entry]) -> Entry:
    """What `read` returns; an UnreadableEntry where it raises Unreadable."""
    try:
        return read()
    except Unreadable as error:
        return UnreadableEntry(at=moment(at), what=what, reason=error.reason)


def _of(
    connection: Connection,
    service_id: str,
    incident: int | None,
    newest: int | None = None,
    before: Position = Position(),  # noqa: B008 - it cannot be changed
) -> list[_Keyed]:
    """Of each kind the `newest` entries `before` that place, in order."""
    rows, effects = _decision_rows(connection, service_id, incident, newest, before.version)
    decided = [
        _Keyed(
            Position(version=row.version),
            _readable(
                row.decided_at, "decision", partial(_decided, row, effects.get(row.version, ()))
            ),
        )
        for row in rows
    ]
    which = and_(
        _while_running(connection, service_id, incident),
        less_if_given(policy_edits.c.id, before.edit),
    )
    edited = _edits(connection, service_id, newest, which)
    attempted = _attempts(connection, service_id, incident, newest, before.attempt)
    reported = _reports(connection, service_id, incident, newest, before.report)
    # A merge and no sort: even if the clock jumped, decisions come from version to version.
    return list(merge(edited, decided, attempted, reported, key=lambda keyed: keyed.entry.at))


def _while_running(
    connection: Connection, service_id: str, incident: int | None
) -> ColumnElement[bool]:
    """Edits that were made during the incident; all edits where none is given."""
    if incident is None:
        return true()
    which = incidents(service_id, incident, incident)
    begun_at, changed_at = connection.execute(_PERIOD, which).one()
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
) -> list[_Keyed]:
    query = (
        select(policy_edits)
        .where(policy_edits.c.service_id == service_id, which)
        .order_by(policy_edits.c.id.desc())
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    return [
        _Keyed(
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
        .where(
            outbox.c.service_id == service_id,
            equal_if_given(outbox.c.incident, incident),
            outbox.c.version.between(first, last),
        )
        .order_by(outbox.c.id)
    )
    effects: dict[int, list[str]] = {}
    for version, effect in connection.execute(query):
        effects.setdefault(version, []).append(effect)
    return effects


def _attempts(
    connection: Connection,
    service_id: str,
    incident: int | None,
    newest: int | None,
    before: tuple[int, int, int] | None,
) -> list[_Keyed]:
    key = attempts.c.ended_at, attempts.c.effect, attempts.c.attempt
    query = (
        select(attempts, outbox.c.effect.label("what"), outbox.c.service_id)
        .join(outbox, attempts.c.effect == outbox.c.id)
        .where(outbox.c.service_id == service_id, equal_if_given(outbox.c.incident, incident))
        .where(true() if before is None else tuple_(*key) < before)
        .order_by(*(column.desc() for column in key))
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    return [
        _Keyed(
            Position(attempt=(row.ended_at, row.effect, row.attempt)),
            _readable(row.ended_at, "attempt", partial(_attempt, row)),
        )
        for row in rows
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


def _reports(
    connection: Connection,
    service_id: str,
    incident: int | None,
    newest: int | None,
    before: tuple[int, int, str] | None,
) -> list[_Keyed]:
    key = delivery_reports.c.reported_at, delivery_reports.c.effect, delivery_reports.c.receipt
    query = (
        select(delivery_reports, outbox.c.effect.label("what"), outbox.c.service_id)
        .join(outbox, delivery_reports.c.effect == outbox.c.id)
        .where(outbox.c.service_id == service_id, equal_if_given(outbox.c.incident, incident))
        .where(true() if before is None else tuple_(*key) < before)
        .order_by(*(column.desc() for column in key))
        .limit(newest)
    )
    rows = connection.execute(query).all()[::-1]
    return [
        _Keyed(
            Position(report=(row.reported_at, row.effect, row.receipt)),
            _readable(row.reported_at, "delivery-report", partial(_report, row)),
        )
        for row in rows
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


def _notes(
    connection: Connection, service_id: str, incident: int, newest: int, before: int | None
) -> list[_Keyed]:
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
        _Keyed(Position(note=row.id), Note(at=moment(row.at), author=row.author, text=row.text))
        for row in connection.execute(query).all()[::-1]
    ]
