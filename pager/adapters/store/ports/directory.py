"""The directory of who can be on call, as it is stored: the last edit of each name counts."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, true

from pager.adapters.store.core.clock import Now, moment
from pager.adapters.store.core.codecs import ENTRIES, Unreadable
from pager.adapters.store.core.schema import on_call_edits
from pager.oncall.directory import (
    Directory,
    Entry,
    NobodyOfThatName,
    directory_of,
    named_by,
)

logger = logging.getLogger(__name__)

EVERY: ColumnElement[bool] = true()

Key = tuple[str, str]
"""The kind of an entry and its name."""


class StoredEntries(NamedTuple):
    """The current entries, or those that were edited since."""

    readable: Mapping[Key, Entry | None]
    """None where the entry was removed."""
    unreadable: Mapping[Key, str]
    """Why this version of Pager cannot read them."""
    newest: int = 0
    """The last edit of any entry; 0 where there is none."""

    @property
    def directory(self) -> Directory:
        """Those that can be read. Whoever names one of the others names nobody, and is told so."""
        return directory_of(entry for entry in self.readable.values() if entry is not None)


NOTHING = StoredEntries({}, {})


class LastEdit(NamedTuple):
    """The last edit of an entry."""

    value: str | None
    """None where it was removed, or never was."""
    version: int


class DirectoryNow(NamedTuple):
    """The directory, and the time at which it was read, by the database's clock."""

    directory: Directory
    at: datetime


def stored_entries(connection: Connection, which: ColumnElement[bool] = EVERY) -> StoredEntries:
    """The last edit of each entry, among `which` edits."""
    columns = on_call_edits.c
    last = select(func.max(columns.id)).where(which).group_by(columns.kind, columns.name)
    query = select(columns.id, columns.kind, columns.name, columns.value).where(
        columns.id.in_(last)
    )
    readable: dict[Key, Entry | None] = {}
    unreadable: dict[Key, str] = {}
    newest = 0
    for id_, kind, name, text in connection.execute(query.order_by(columns.id)):
        newest = id_
        try:
            readable[kind, name] = None if text is None else ENTRIES.decode(text, name)
        except Unreadable as error:
            unreadable[kind, name] = error.reason
    return StoredEntries(readable, unreadable, newest)


def whom_it_names(connection: Connection, entry: Entry) -> Directory:
    """Those whom `entry` names: in a large directory, an edit need not read anybody else."""
    names = {named.name for named in named_by(entry)}
    if not names:
        return Directory()
    return stored_entries(connection, on_call_edits.c.name.in_(names)).directory


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


def check_is_there(connection: Connection, kind: str, name: str) -> None:
    """Raise NobodyOfThatName where there is no such entry."""
    if last_edit(connection, kind, name).value is None:
        raise NobodyOfThatName(kind, name)


class _Read(NamedTuple):
    """The entries as they were at one moment, and the directory that they are."""

    entries: StoredEntries
    directory: Directory


class KnownDirectory:
    """The directory as it was read last: only what was edited since is read again.

    It may be shared between threads.
    """

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._last = _Read(NOTHING, Directory())

    @property
    def unreadable(self) -> Mapping[Key, str]:
        """What of it this version of Pager cannot read, and why, as it was read last."""
        return self._last.entries.unreadable

    def read(self, connection: Connection, now: Now) -> DirectoryNow:
        """The directory as it is now."""
        last = select(func.max(on_call_edits.c.id)).scalar_subquery()
        newest, at = connection.execute(select(func.coalesce(last, 0), now())).one()
        read = self._last
        if newest != read.entries.newest:
            known = read.entries if newest > read.entries.newest else NOTHING
            read = self._last = _with_edits(connection, known)
        return DirectoryNow(read.directory, moment(at))


def _with_edits(connection: Connection, known: StoredEntries) -> _Read:
    """What is known, with what was edited since."""
    new = stored_entries(connection, on_call_edits.c.id > known.newest)
    for (kind, name), reason in new.unreadable.items():
        logger.warning("the %s %r cannot be read, and is nobody: %s", kind, name, reason)
    readable = {**known.readable, **new.readable}
    unreadable = {**known.unreadable, **new.unreadable}
    for key in new.unreadable:
        readable.pop(key, None)
    for key in new.readable:
        unreadable.pop(key, None)
    entries = StoredEntries(readable, unreadable, new.newest)
    return _Read(entries, entries.directory)
