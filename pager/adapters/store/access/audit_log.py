"""The audit log: who did what to accounts, keys, heartbeats, windows; who sent test pages, codes.

What is done to policies and incidents is in the journal instead (`store.views.journal`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, get_args

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, true

from pager.adapters.store.core.clock import Now, database_clock, milliseconds, moment
from pager.adapters.store.core.filters import equal_if_given, less_if_given
from pager.adapters.store.core.schema import changes
from pager.adapters.store.core.transactions import Transactions

Action = Literal[
    "account made",
    "account removed",
    "role changed",
    "link made",
    "password chosen",
    "password changed",
    "single sign-on tied",
    "API key made",
    "API key revoked",
    "integration made",
    "integration changed",
    "integration key made",
    "integration revoked",
    "calendar feed made",
    "calendar feed revoked",
    "heartbeat made",
    "heartbeat edited",
    "heartbeat removed",
    "test page begun",
    "test page sent",
    "test page failed",
    "code made",
    "code sent",
    "code failed",
    "note added",
    "maintenance made",
    "maintenance moved",
    "maintenance ended",
    "maintenance cancelled",
    "configuration applied",
    "database restored",
]
"""What can be done, in the past. At most 40 characters: the column has no more."""

ACTIONS: tuple[Action, ...] = get_args(Action)

WITHOUT_A_KEY = "a program without a key"
"""The author, on a server that asks programs on its machine for no key."""

_DAY = 86_400_000  # milliseconds
_FIRST_DAY = date(1970, 1, 1)


class AuditLogEntry(NamedTuple):
    """One entry: who did what, and to whom or what."""

    at: datetime
    """By the database's clock."""
    author: str
    action: str
    """An Action; or one that only another version of Pager knows."""
    subject: str
    """Whom or what it was done to."""
    detail: str
    id: int
    """Newer entries have larger ids."""


class AuditLogFilter(NamedTuple):
    """Which entries are wanted: those that meet all of this."""

    who: str = ""
    """Part of the name of who did it, or of whom or what it was done to, in any case."""
    action: Action | None = None
    """None: every action."""
    first_day: date | None = None
    """In UTC, as is `last_day`. None: from the beginning."""
    last_day: date | None = None
    """None: until now."""

    def include(self) -> ColumnElement[bool]:
        """Rows of such entries."""
        conditions = [equal_if_given(changes.c.action, self.action)]
        if self.who:
            text = self.who.lower()
            conditions.append(
                or_(
                    func.lower(changes.c.author).contains(text, autoescape=True),
                    func.lower(changes.c.subject).contains(text, autoescape=True),
                )
            )
        if self.first_day is not None:
            conditions.append(changes.c.at >= _begin(self.first_day))
        if self.last_day is not None:
            conditions.append(changes.c.at < _begin(self.last_day) + _DAY)
        return and_(true(), *conditions)


EVERY_ENTRY = AuditLogFilter()


class SqlAuditLog:
    """The entries of the audit log.

    `InTransaction` of a change, the entry is committed with it.
    """

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Entries are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def add(self, author: str, action: Action, subject: str, detail: str = "") -> None:
        """Add an entry: `author` has done `action` to `subject`."""
        what = {"author": author, "action": action, "subject": subject, "detail": detail}
        entry = insert(changes).values(at=self._now(), **what)
        self._transactions.write(lambda connection: connection.execute(entry))

    def add_each(self, author: str, action: Action, subjects: Mapping[str, str]) -> None:
        """As `add`, of many: what is said of each, by the subject. There is at least one."""
        entries = insert(changes).values(at=self._now(), author=author, action=action)
        rows = [{"subject": subject, "detail": detail} for subject, detail in subjects.items()]
        self._transactions.write(lambda connection: connection.execute(entries, rows))

    def last(
        self, at_most: int, before: int | None = None, which: AuditLogFilter = EVERY_ENTRY
    ) -> Sequence[AuditLogEntry]:
        """The last `at_most` of these entries, the newest first; only those before that id."""
        query = (
            select(changes)
            .where(which.include(), less_if_given(changes.c.id, before))
            .order_by(changes.c.id.desc())
            .limit(at_most)
        )

        def find(connection: Connection) -> list[AuditLogEntry]:
            return [
                AuditLogEntry(
                    moment(row.at), row.author, row.action, row.subject, row.detail, row.id
                )
                for row in connection.execute(query)
            ]

        return self._transactions.read(find)

    def was_done(self, action: Action) -> bool:
        """Whether there is an entry of `action`, whatever its subject."""
        query = select(changes.c.id).where(changes.c.action == action).limit(1)
        return self._transactions.read(lambda connection: connection.scalar(query)) is not None

    def ages(self, action: Action, within: timedelta) -> Sequence[tuple[str, timedelta]]:
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


def _begin(day: date) -> int:
    """When the day begins in UTC, in milliseconds since 1970."""
    return (day - _FIRST_DAY).days * _DAY
