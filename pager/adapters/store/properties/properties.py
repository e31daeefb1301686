"""The properties that have to hold of what people set up: every edit is kept, the last one counts.

A version is the id of an edit; 0 before the first. They are edited as one list, under the lock of
policies and people: who applies a whole configuration changes all of them in one transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, delete, insert, select

from pager.adapters.store.core.clock import Now, database_clock, moment
from pager.adapters.store.core.codecs import PROPERTIES, Unreadable
from pager.adapters.store.core.filters import less_if_given
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import policy_edits, property_edits, property_verdicts
from pager.adapters.store.core.transactions import Transactions
from pager.configuration.properties import NO_EMPTY_LEVEL, Properties
from pager.errors import PagerError

STORED = "the properties"
"""What Unreadable says cannot be read."""


class PropertiesChanged(PagerError):
    """The properties are at version {version}, and this edit was made of version {expected}: \
nothing was changed. Read them as they are now, and edit that."""

    def __init__(self, expected: int, version: int) -> None:
        """`expected` is the version that the refused edit began with, `version` the one now."""
        super().__init__(expected=expected, version=version)
        self.expected = expected
        self.version = version


class VersionedProperties(NamedTuple):
    """The properties and their version, read in one snapshot."""

    properties: Properties
    version: int
    """0 where they were never edited."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each as it was written."""
        return self.properties.properties


class PropertiesEdit(NamedTuple):
    """An edit of the properties."""

    version: int
    """The version that the edit led to."""
    at: datetime
    """By the database's clock."""
    author: str | None
    """None where no key was needed."""
    properties: Properties | None
    """None where they cannot be read."""
    note: str = ""
    """What the edit was, where that is not plain from the properties."""


class SqlProperties:
    """What has to hold, edited with `put`."""

    lock_key = policy_edits.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Properties live in `transactions`; edits are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def versioned(self) -> VersionedProperties:
        """The properties as they are now, and their version. Raises Unreadable."""
        return self._transactions.read(_last)

    def history(self, at_most: int, before: int | None = None) -> Sequence[PropertiesEdit]:
        """The last `at_most` edits, the newest first; only those `before` that version.

        Edits that are older than the retention may have been deleted.
        """
        id_ = property_edits.c.id
        query = select(property_edits).where(less_if_given(id_, before))
        newest = query.order_by(id_.desc()).limit(at_most)
        return self._transactions.read(
            lambda connection: [_edit(row) for row in connection.execute(newest).mappings()]
        )

    def put(
        self,
        properties: Properties,
        author: str | None = None,
        expected: int | None = None,
        note: str = "",
    ) -> int:
        """Let these have to hold, and no others: the new version, or the old one where it is so.

        Raises PropertiesChanged, and changes nothing, where the version is not the `expected` one.
        """

        def put(connection: Connection) -> int:
            last = connection.execute(_NEWEST).one_or_none()
            version = 0 if last is None else last.id
            if expected is not None and expected != version:
                raise PropertiesChanged(expected, version)
            text = PROPERTIES.encode(properties)
            if text == (PROPERTIES.encode(Properties()) if last is None else last.value):
                return version
            new = insert(property_edits).values(
                edited_at=self._now(), value=text, author=author, note=note or None
            )
            _forget_others(connection, properties)
            made: int = connection.scalars(new.returning(property_edits.c.id)).one()
            return made

        return write_alone(self._transactions, policy_edits, put)


_NEWEST = (
    select(property_edits.c.id, property_edits.c.value)
    .order_by(property_edits.c.id.desc())
    .limit(1)
)


def _last(connection: Connection) -> VersionedProperties:
    last = connection.execute(_NEWEST).one_or_none()
    if last is None:
        return VersionedProperties(Properties(), 0)
    return VersionedProperties(PROPERTIES.decode(last.value, STORED), last.id)


def _forget_others(connection: Connection, properties: Properties) -> None:
    """Delete the verdicts of what need not hold any more; an Alert that is open is resolved first.

    Whoever resolves it forgets them, too: see `SqlVerdicts.forget`.
    """
    kept = (*properties.properties, NO_EMPTY_LEVEL)
    columns = property_verdicts.c
    gone = delete(property_verdicts).where(columns.sentence.not_in(kept), columns.told.is_(None))
    connection.execute(gone)


def _edit(row: RowMapping) -> PropertiesEdit:
    try:
        properties = PROPERTIES.decode(row["value"], STORED)
    except Unreadable:
        properties = None
    return PropertiesEdit(
        row["id"], moment(row["edited_at"]), row["author"], properties, row["note"] or ""
    )
