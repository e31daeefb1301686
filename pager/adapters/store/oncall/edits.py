"""The edits of people, teams, schedules and shared policies, as they are stored."""

from datetime import datetime
from typing import Generic, NamedTuple

from sqlalchemy import Connection, RowMapping, select

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.codecs import ENTRIES, Unreadable
from pager.adapters.store.core.schema import on_call_edits
from pager.errors import PagerError
from pager.oncall.directory import Entry, Kind


class EntryChanged(PagerError):
    """The {kind} {name!r} is at version {version}, and this edit was made of version {expected}: \
nothing was changed. Read it as it is now, and edit that."""

    def __init__(self, kind: str, name: str, expected: int, version: int) -> None:
        """`expected` is the version that the refused edit began with, `version` the one now."""
        super().__init__(kind=kind, name=name, expected=expected, version=version)
        self.kind = kind
        self.name = name
        self.expected = expected
        self.version = version


class VersionedEntry(NamedTuple, Generic[Kind]):
    """An entry and its version, read in one snapshot."""

    entry: Kind | None
    """None where there is none of that name."""
    version: int
    """0 where there never was one."""


class EntryEdit(NamedTuple):
    """An edit of an entry."""

    version: int
    """The version that the edit led to."""
    at: datetime
    """By the database's clock."""
    author: str | None
    """None where no key was needed."""
    entry: Entry | None
    """None where the entry was removed, and where it cannot be read."""
    unreadable: bool = False
    """Whether this version of Pager cannot read the entry."""
    note: str = ""
    """What the edit was, where that is not plain from the entry."""


class LastEdit(NamedTuple):
    """The last edit of an entry."""

    value: str | None
    """None where it was removed, or never was."""
    version: int


def kind_of(kind: type[Kind]) -> str:
    """The name of a kind of entry, as it is stored."""
    return str(kind.model_fields["type"].default)


def last_edit(connection: Connection, kind: str, name: str) -> LastEdit:
    """The last edit of one entry."""
    columns = on_call_edits.c
    query = (
        select(columns.value, columns.id)
        .where(columns.kind == kind, columns.name == name)
        .order_by(columns.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return LastEdit(None, 0) if row is None else LastEdit(row.value, row.id)


def edit_in(row: RowMapping) -> EntryEdit:
    """The edit in a row."""
    text, entry = row["value"], None
    if text is not None:
        try:
            entry = ENTRIES.decode(text, row["name"])
        except Unreadable:
            entry = None
    return EntryEdit(
        version=row["id"],
        at=moment(row["edited_at"]),
        author=row["author"],
        entry=entry,
        unreadable=text is not None and entry is None,
        note=row["note"] or "",
    )
