"""People, teams, schedules and shared policies: every edit is kept, and the last one counts.

A version is the id of an edit; 0 where there never was one. Removing is an edit too. Edits of the
directory and of policies are made one after the other, whichever node makes them, because each
looks at the other: so nobody is removed whom somebody begins to name.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, insert, select

from pager.adapters.store.core.clock import Now, database_clock, moment, read_clock, since_1970
from pager.adapters.store.core.codecs import ENTRIES, Unreadable
from pager.adapters.store.core.filters import Names, less_if_given
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import LARGEST_INT64, on_call_edits, policy_edits
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.oncall.edits import (
    EntryChanged,
    EntryEdit,
    VersionedEntry,
    edit_in,
    kind_of,
)
from pager.adapters.store.ports.directory import Key, last_edit, stored_entries, whom_it_names
from pager.adapters.store.ports.exhausted import go_on_after_directory_edit
from pager.adapters.store.ports.policy_edits import services_using
from pager.oncall.directory import Directory, Entry, Kind, StillUsed, check_names, check_unused
from pager.oncall.names import check_new_name
from pager.oncall.policies import SharedPolicy

T = TypeVar("T")


class SqlOnCall:
    """Everybody who can be on call, edited with `put` and `remove`."""

    lock_key = policy_edits.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Entries live in `transactions`; edits are dated by `now`."""
        self._transactions = transactions
        self._now = now

    def directory(self) -> Directory:
        """All current entries, without those that this version of Pager cannot read."""
        return self._transactions.read(lambda connection: stored_entries(connection).directory)

    def whom_it_names(self, entry: Entry) -> Directory:
        """Those of the current entries whom `entry` names; it may have others of the same names."""
        return self._transactions.read(lambda connection: whom_it_names(connection, entry))

    def unreadable(self) -> Sequence[Key]:
        """Kind and name of the current entries that it cannot read: for it, they are nobody."""
        return self._transactions.read(
            lambda connection: sorted(stored_entries(connection).unreadable)
        )

    def at(self, then: datetime) -> Directory:
        """The directory as it was then, as far back as edits are kept."""
        until = on_call_edits.c.edited_at <= since_1970(then)
        return self._transactions.read(
            lambda connection: stored_entries(connection, until).directory
        )

    def versioned(self, kind: type[Kind], name: str) -> VersionedEntry[Kind]:
        """The entry, or None, and the version to expect when it is edited. Raises Unreadable."""
        last = self._transactions.read(
            lambda connection: last_edit(connection, kind_of(kind), name)
        )
        if last.value is None:
            return VersionedEntry(None, last.version)
        entry = ENTRIES.decode(last.value, name)
        if not isinstance(entry, kind):
            raise Unreadable(name, f"it is no {kind_of(kind)}")
        return VersionedEntry(entry, last.version)

    def history(
        self, kind: type[Kind], name: str, at_most: int, before: int | None = None
    ) -> Sequence[EntryEdit]:
        """The last `at_most` edits, the newest first; only those `before` that version.

        Edits that are older than the retention may have been deleted.
        """
        columns = on_call_edits.c
        query = (
            select(on_call_edits)
            .where(columns.kind == kind_of(kind), columns.name == name)
            .where(less_if_given(columns.id, before))
            .order_by(columns.id.desc())
            .limit(at_most)
        )
        return self._transactions.read(
            lambda connection: [edit_in(row) for row in connection.execute(query).mappings()]
        )

    def edit(self, kind: type[Kind], name: str, version: int) -> EntryEdit | None:
        """The edit that led to `version`; None where the entry has no such edit."""
        found = self.history(kind, name, 1, before=version + 1)
        return found[0] if found and found[0].version == version else None

    def now(self) -> datetime:
        """The time, by the clock that edits are dated by."""
        return self._transactions.read(lambda connection: moment(read_clock(connection, self._now)))

    def alone(self, work: Callable[["SqlOnCall"], T]) -> T:
        """Do `work`, which reads and then edits, while nobody else edits an entry or a policy."""

        def work_alone(connection: Connection) -> T:
            return work(SqlOnCall(InTransaction(connection), self._now))

        return write_alone(self._transactions, policy_edits, work_alone)

    def put(
        self,
        entry: Entry,
        author: str | None = None,
        expected: int | None = None,
        note: str = "",
    ) -> int:
        """Add the entry, or replace the one of its kind and name: the new version.

        `note` says in the history what the edit was, where that is not plain from the entry.

        Changes nothing and raises EntryChanged where the version is not the `expected` one, and
        NobodyOfThatName where it names somebody who is not there; InvisibleName where it is new.
        """
        text = ENTRIES.encode(entry)

        def put(connection: Connection) -> int:
            last = last_edit(connection, entry.type, entry.name)
            if expected is not None and expected != last.version:
                raise EntryChanged(entry.type, entry.name, expected, last.version)
            if text == last.value:
                return last.version
            if last.value is None:
                check_new_name(entry.name)
            check_names(entry, whom_it_names(connection, entry))
            version = self._add(connection, entry, text, author, note)
            go_on_after_directory_edit(connection, self._now)
            return version

        return write_alone(self._transactions, policy_edits, put)

    def remove(
        self,
        kind: type[Kind],
        name: str,
        author: str | None = None,
        expected: int | None = None,
        note: str = "",
    ) -> bool:
        """Remove the entry; False where there is none. For `note` see `put`.

        Changes nothing and raises EntryChanged where the version is not the `expected` one,
        StillUsed where an entry names it, or may do so and cannot be read, or a service uses it;
        and Unreadable.
        """

        def remove(connection: Connection) -> bool:
            last = last_edit(connection, kind_of(kind), name)
            if expected is not None and expected != last.version:
                raise EntryChanged(kind_of(kind), name, expected, last.version)
            if last.value is None:
                return False
            entry = ENTRIES.decode(last.value, name)
            services: Sequence[str] = ()
            if isinstance(entry, SharedPolicy):
                services = services_using(connection, entry.name, Names(), LARGEST_INT64)
            stored = stored_entries(connection)
            check_unused(entry, stored.directory, services)
            _check_unused_by(sorted(stored.unreadable), entry, connection)
            self._add(connection, entry, None, author, note)
            return True

        return write_alone(self._transactions, policy_edits, remove)

    def _add(
        self, connection: Connection, entry: Entry, value: str | None, author: str | None, note: str
    ) -> int:
        new = insert(on_call_edits).values(
            kind=entry.type,
            name=entry.name,
            edited_at=self._now(),
            value=value,
            author=author,
            note=note or None,
        )
        version: int = connection.scalars(new.returning(on_call_edits.c.id)).one()
        return version


def _check_unused_by(unreadable: Sequence[Key], entry: Entry, connection: Connection) -> None:
    """Raise StillUsed where one of these entries has that name in it, wherever that is.

    A newer version has written them: it would name somebody who is not there.
    """
    written = json.dumps(entry.name, ensure_ascii=False)
    for kind, name in unreadable:
        if written in (last_edit(connection, kind, name).value or ""):
            raise StillUsed(entry.type, entry.name, f"the {kind} {name}")
