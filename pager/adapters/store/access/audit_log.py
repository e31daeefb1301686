"""The audit log: who did what to accounts and API keys, and who sent test pages.

What is done to policies and incidents is in the journal instead (`store.views.journal`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.schema import changes
from pager.adapters.store.core.transactions import Transactions


class AuditLogEntry(NamedTuple):
    """One entry: who did what, and to whom or what."""

    at: datetime
    """By the database's clock."""
    author: str
    action: str
    """What was done, in the past: "role changed", "API key revoked"."""
    subject: str
    """Whom or what it was done to."""
    detail: str
    id: int
    """Newer entries have larger ids."""


class SqlAuditLog:
    """The entries of the audit log.

    `InTransaction` of a change, the entry is committed with it.
    """

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Entries are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def add(self, author: str, action: str, subject: str, detail: str = "") -> None:
        """Add an entry: `author` has done `action` to `subject`."""
        what = {"author": author, "action": action, "subject": subject, "detail": detail}
        entry = insert(changes).values(at=self._now(), **what)
        self._transactions.write(lambda connection: connection.execute(entry))

    def last(self, at_most: int, before: int | None = None) -> Sequence[AuditLogEntry]:
        """The last `at_most` entries, the newest first; only those before the id `before`."""

        def find(connection: Connection) -> list[AuditLogEntry]:
            query = select(changes).order_by(changes.c.id.desc()).limit(at_most)
            if before is not None:
                query = query.where(changes.c.id < before)
            return [
                AuditLogEntry(
                    moment(row.at), row.author, row.action, row.subject, row.detail, row.id
                )
                for row in connection.execute(query)
            ]

        return self._transactions.read(find)

    def was_done(self, action: str) -> bool:
        """Whether there is an entry of `action`, whatever its subject."""
        query = select(changes.c.id).where(changes.c.action == action).limit(1)
        return self._transactions.read(lambda connection: connection.scalar(query)) is not None

    def ages(self, action: str, within: timedelta) -> Sequence[tuple[str, timedelta]]:
        """The entries of `action` `within` the last time: the subject, and how long ago it was."""
        age = (self._now() - changes.c.at).label("age")
        since = self._now() - milliseconds(within)
        query = select(changes.c.subject, age).where(
            changes.c.action == action, changes.c.at > since
        )

        def find(connection: Connection) -> list[tuple[str, timedelta]]:
            rows = connection.execute(query)
            return [(row.subject, timedelta(milliseconds=row.age)) for row in rows]

        return self._transactions.read(find)
