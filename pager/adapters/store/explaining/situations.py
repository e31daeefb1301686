"""What was set up for a service at any moment, and by whose edits."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from pager.adapters.store.core.clock import moment, since_1970
from pager.adapters.store.core.codecs import ENTRIES, Unreadable
from pager.adapters.store.core.schema import on_call_edits, policy_edits
from pager.adapters.store.ports.directory import stored_entries
from pager.adapters.store.ports.policy_edits import policy_or_none
from pager.explain.moments import shown
from pager.explain.situation import Situation, Sources
from pager.model import FALLBACK
from pager.oncall.directory import Directory, Entry
from pager.oncall.policies import ServicePolicy
from pager.oncall.schedules import Override, Schedule

EDITS_LOOKED_THROUGH = 200
"""Of a schedule, the newest first: in search of the one that has added an override."""


class SqlSituations:
    """What was set up at each moment, read in one transaction. What was read once is kept."""

    def __init__(self, connection: Connection) -> None:
        """`connection` has an open transaction."""
        self._connection = connection
        self._directories: dict[int, Directory] = {}

    def at(self, service_id: str, then: datetime) -> Situation:
        """What decided about the pages of the service then."""
        return Situation(
            service_id,
            self._directory(then),
            self._policy(service_id, then),
            self._policy(FALLBACK, then),
            SqlSources(self._connection, then),
        )

    def _directory(self, then: datetime) -> Directory:
        """As it was then; without the entries that this version of Pager cannot read."""
        before = on_call_edits.c.edited_at <= since_1970(then)
        newest = select(func.coalesce(func.max(on_call_edits.c.id), 0)).where(before)
        last = self._connection.scalars(newest).one()
        if last not in self._directories:
            self._directories[last] = stored_entries(self._connection, before).directory
        return self._directories[last]

    def _policy(self, service_id: str, then: datetime) -> ServicePolicy | None:
        """What the service had; None where that cannot be read."""
        columns = policy_edits.c
        query = (
            select(columns.policy)
            .where(columns.service_id == service_id, columns.edited_at <= since_1970(then))
            .order_by(columns.id.desc())
            .limit(1)
        )
        text = self._connection.scalar(query)
        return None if text is None else policy_or_none(text, service_id)


class SqlSources(Sources):
    """Who edited what, in which version and when."""

    def __init__(self, connection: Connection, then: datetime) -> None:
        """Edits that were made later than `then` do not count."""
        self._connection = connection
        self._until = since_1970(then)

    def of_policy(self, service_id: str) -> str:
        """The last edit of the policy of the service."""
        columns = policy_edits.c
        query = (
            select(columns.author, columns.edited_at)
            .where(columns.service_id == service_id, columns.edited_at <= self._until)
            .order_by(columns.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).one_or_none()
        return "" if row is None else str(_Edit(*row))

    def of_entry(self, entry: Entry) -> str:
        """The last edit of the entry."""
        edits = self._edits(entry.type, entry.name, 1)
        return str(edits[0].edit) if edits else ""

    def of_override(self, schedule: Schedule, override: Override) -> str:
        """The first one of the last edits that all have the override."""
        added = None
        for edit, value in self._edits(schedule.type, schedule.name, EDITS_LOOKED_THROUGH):
            if not _has(value, schedule.name, override):
                break
            added = edit
        return "" if added is None else str(added)

    def _edits(self, kind: str, name: str, at_most: int) -> list["_EntryEdit"]:
        """The newest edits of an entry, the newest first."""
        columns = on_call_edits.c
        query = (
            select(columns.author, columns.edited_at, columns.value)
            .where(columns.kind == kind, columns.name == name, columns.edited_at <= self._until)
            .order_by(columns.id.desc())
            .limit(at_most)
        )
        rows = self._connection.execute(query)
        return [_EntryEdit(_Edit(*edit), value) for *edit, value in rows]


class _Edit(NamedTuple):
    author: str | None
    """None where no key was needed."""
    edited_at: int

    def __str__(self) -> str:
        by = f"by {self.author}, " if self.author else "of "
        return f"the edit {by}{shown(moment(self.edited_at), 'UTC')} UTC"


class _EntryEdit(NamedTuple):
    edit: _Edit
    value: str | None


def _has(value: str | None, name: str, override: Override) -> bool:
    if value is None:
        return False
    try:
        schedule = ENTRIES.decode(value, name)
    except Unreadable:
        return False
    return isinstance(schedule, Schedule) and override in schedule.overrides
