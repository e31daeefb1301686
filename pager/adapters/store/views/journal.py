"""The journal: what was edited, decided and attempted, in order; and notes about it."""

from heapq import merge

from sqlalchemy import ColumnElement, Connection, and_, false, func, select, true

from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.filters import less_if_given
from pager.adapters.store.core.schema import decisions, monitored_services, policy_edits
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.views.entries import Entry
from pager.adapters.store.views.incidents import OF_INCIDENTS, incidents
from pager.adapters.store.views.journal_rows import (
    Keyed,
    attempted,
    decided,
    edited,
    noted,
    reported,
)
from pager.adapters.store.views.position import Position
from pager.model import Unhealthy


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

        def read(connection: Connection) -> list[Keyed]:
            journal = _of(connection, service_id, incident, at_most, place)
            notes = noted(connection, service_id, incident, at_most, place.note)
            return list(merge(journal, notes, key=lambda keyed: keyed.entry.at))

        entries = []
        for key, entry in reversed(self._database.read(read)[-at_most:]):
            place = place.passing(key)
            entries.append((entry, place))
        return entries


_PERIOD = select(func.min(decisions.c.decided_at), func.max(decisions.c.decided_at)).where(
    OF_INCIDENTS
)


def _of(
    connection: Connection,
    service_id: str,
    incident: int | None,
    newest: int | None = None,
    before: Position = Position(),  # noqa: B008 - it cannot be changed
) -> list[Keyed]:
    """Of each kind the `newest` entries `before` that place, in order."""
    made = decided(connection, service_id, incident, newest, before.version)
    which = and_(
        _while_running(connection, service_id, incident),
        less_if_given(policy_edits.c.id, before.edit),
    )
    edits = edited(connection, service_id, newest, which)
    tried = attempted(connection, service_id, incident, newest, before.attempt)
    reports = reported(connection, service_id, incident, newest, before.report)
    # A merge and no sort: even if the clock jumped, decisions come from version to version.
    return list(merge(edits, made, tried, reports, key=lambda keyed: keyed.entry.at))


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
