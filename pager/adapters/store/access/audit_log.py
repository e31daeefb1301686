"""The journal of what is neither a policy's edit nor a decision: accounts, keys, test pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.database import Transactions
from pager.adapters.store.core.filters import equal_if_given
from pager.adapters.store.core.schema import changes


class AuditLogEntry(NamedTuple):
    """Somebody has done something to something."""

    at: datetime
    """By the database's clock."""
    author: str
    action: str
    """What was done, in the past: "role changed", "API key revoked"."""
    subject: str
    """Whom or what it was done to."""
    detail: str
    id: int
    """The newer, the larger."""


class SqlAuditLog:
    """What was done, the newest first."""

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Changes are dated by `now`. `Within` the transaction of a change, both are committed."""
        self._transactions = transactions
        self._now = now

    def add(self, author: str, action: str, subject: str, detail: str = "") -> None:
        """`author` has done `action` to `subject`."""
        what = {"author": author, "action": action, "subject": subject, "detail": detail}
        change = insert(changes).values(at=self._now(), **what)
        self._transactions.write(lambda connection: connection.execute(change))

    def last(self, at_most: int, before: int | None = None) -> Sequence[AuditLogEntry]:
        """The last `at_most` of them, the newest first; those `before` the one with that id."""

        def find(connection: Connection) -> list[AuditLogEntry]:
            wanted = select(changes).order_by(changes.c.id.desc()).limit(at_most)
            if before is not None:
                wanted = wanted.where(changes.c.id < before)
            return [
                AuditLogEntry(
                    moment(row.at), row.author, row.action, row.subject, row.detail, row.id
                )
                for row in connection.execute(wanted)
            ]

        return self._transactions.read(find)

    def was_done(self, action: str) -> bool:
        """Whether somebody has ever done `action`, to whatever it was."""
        wanted = select(changes.c.id).where(changes.c.action == action).limit(1)
        return self._transactions.read(lambda connection: connection.scalar(wanted)) is not None

    def wait(
        self, action: str, most: int, within: timedelta, subject: str | None = None
    ) -> timedelta:
        """How long until `action` may be done again, which may be `most` times `within` a span.

        With a `subject`, what was done to others does not count. Zero where it may be done now.
        """
        start = self._now() - milliseconds(within)
        wanted = (
            select(changes.c.at - start)
            .where(changes.c.at > start, changes.c.action == action)
            .where(equal_if_given(changes.c.subject, subject))
            .order_by(changes.c.at.desc())
            .offset(most - 1)
            .limit(1)
        )
        left = self._transactions.read(lambda connection: connection.scalar(wanted))
        return timedelta(milliseconds=left or 0)
