"""The edits of people, teams, schedules and shared policies, as they are stored."""

from datetime import datetime
from typing import Generic, NamedTuple

from sqlalchemy import RowMapping

from pager.adapters.store.core.clock import moment
from pager.adapters.store.core.codecs import ENTRIES, Unreadable
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


def kind_of(kind: type[Kind]) -> str:
    """The name of a kind of entry, as it is stored."""
    return str(kind.model_fields["type"].default)


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
