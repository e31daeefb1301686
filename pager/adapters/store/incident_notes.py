"""Notes that people add to an incident: what they saw and did, for those who come after them."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.clock import Now, database_clock, moment
from pager.adapters.store.core.schema import incident_notes, incidents
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.views.entries import Note
from pager.adapters.text import mended
from pager.errors import PagerError

MOST_NOTES = 100
"""Of one incident."""

LONGEST_NOTE = 2_000
"""Characters."""


class EmptyNote(PagerError):
    """The note is empty. Write what you saw or did, and send it again."""


class NoteTooLong(PagerError):
    """The note has more than 2,000 characters. Shorten it, or write a second one."""


class TooManyNotes(PagerError):
    """This incident has 100 notes, and takes no more. Write the rest down somewhere else, and put \
a link to it into the post-mortem."""


class IncidentNotKept(PagerError):
    """This incident is not kept any more, so it takes no notes."""


class IncidentNotes:
    """The notes of all incidents."""

    lock_key = incident_notes.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Notes are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def add(
        self, service_id: str, incident: int, author: str, text: str, alert: int | None = None
    ) -> None:
        """Add a note, on one `alert` of the incident or on all of it, and note it in the audit log.

        Raises EmptyNote, NoteTooLong, TooManyNotes and IncidentNotKept.
        """
        note = mended(text).strip()
        if not note:
            raise EmptyNote
        if len(note) > LONGEST_NOTE:
            raise NoteTooLong
        of = {"service_id": service_id, "incident": incident}
        is_kept = select(incidents.c.incident).filter_by(**of)
        number = select(func.count()).select_from(incident_notes).filter_by(**of)

        def write(connection: Connection) -> None:
            if connection.execute(is_kept).one_or_none() is None:
                raise IncidentNotKept
            if connection.execute(number).scalar_one() >= MOST_NOTES:
                raise TooManyNotes
            values = {"at": self._now(), "author": author, "text": note, "alert": alert, **of}
            connection.execute(insert(incident_notes).values(values))
            SqlAuditLog(InTransaction(connection), self._now).add(
                author, "note added", f"{service_id}, incident {incident}"
            )

        self._transactions.write(write, self.lock_key)

    def of(self, service_id: str, incident: int) -> Sequence[Note]:
        """The notes of an incident, in the order in which they were added."""
        query = (
            select(incident_notes)
            .filter_by(service_id=service_id, incident=incident)
            .order_by(incident_notes.c.id)
        )
        return self._transactions.read(
            lambda connection: [
                Note(at=moment(row.at), author=row.author, text=row.text)
                for row in connection.execute(query)
            ]
        )
