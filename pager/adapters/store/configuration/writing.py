"""Applies a configuration: all of it in one transaction, or nothing.

What it does is what single edits do: each is kept with its author, exhausted incidents go on,
heartbeats that are removed are resolved, and the audit log says so.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, insert

from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.configuration.reading import (
    StoredConfiguration,
    Version,
    stored_configuration,
    stored_version,
)
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import ENTRIES, SERVICE_POLICIES
from pager.adapters.store.core.locks import lock_table
from pager.adapters.store.core.schema import integrations, on_call_edits, policy_edits
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.heartbeats.writing import (
    HeartbeatChanged,
    HeartbeatExists,
    HeartbeatWrites,
    UnknownHeartbeat,
)
from pager.adapters.store.ports.directory import Key
from pager.adapters.store.ports.exhausted import (
    go_on_after_directory_edit,
    go_on_after_policy_edits,
)
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.views.states import in_parts
from pager.configuration.applying import outcome
from pager.configuration.configuration import Configuration, IntegrationSetup
from pager.configuration.managed import Managed
from pager.configuration.properties import Properties
from pager.errors import PagerError
from pager.heartbeats import Heartbeat
from pager.oncall.directory import Directory, Entry
from pager.oncall.policies import PolicyUse, ServicePolicy

NOTE = "configuration applied"
"""Of each edit, in its history."""

K = TypeVar("K")
T = TypeVar("T")


class ConfigurationChanged(PagerError):
    """Somebody has edited the configuration since it was read: nothing was changed. Plan it \
again, and apply that."""


class Prepared(NamedTuple):
    """What an application leads to."""

    stored: StoredConfiguration
    """Before it."""
    after: Configuration


def prepared(
    connection: Connection,
    wanted: Configuration,
    managed: Managed,
    expected: str | None = None,
    now: Now = database_clock,
) -> Prepared:
    """What there is once it is what is `wanted`, as far as that is managed.

    A large configuration takes seconds, for which no Alert need wait: it only reads.

    Raises ConfigurationChanged where the version's tag is not the `expected` one,
    ConfigurationRefused and Unreadable.
    """
    stored = stored_configuration(connection, now)
    if expected not in (None, stored.version.tag):
        raise ConfigurationChanged
    return Prepared(stored, outcome(stored.configuration, wanted, managed, stored.at))


class Applied(NamedTuple):
    """What an application has changed."""

    before: Configuration
    after: Configuration
    version: Version
    """The new one."""


class ConfigurationWrites:
    """Applies configurations, in an open transaction."""

    def __init__(self, heartbeats: HeartbeatWrites, now: Now = database_clock) -> None:
        """In the transaction of `heartbeats`; edits are dated by `now`."""
        self._connection = heartbeats.connection
        self._heartbeats = heartbeats
        self._now = now
        self._integrations = SqlIntegrations(InTransaction(self._connection), now)

    def apply(
        self,
        author: str,
        wanted: Configuration,
        managed: Managed,
        expected: str | None = None,
        ready: Prepared | None = None,
    ) -> Applied:
        """Make it what is `wanted`, as far as that is managed.

        What was `prepared` before is `ready`, and used where nobody has edited since.

        Changes nothing and raises what `prepared` raises, and what kept the resolve of a heartbeat
        from being taken.
        """
        with self._connection.begin_nested():  # a refusal leaves nothing of it
            if ready is None or ready.stored.version != stored_version(self._connection):
                ready = prepared(self._connection, wanted, managed, expected, self._now)
            stored, after = ready
            self._write(author, stored, after)
            return Applied(stored.configuration, after, stored_version(self._connection))

    def _write(self, author: str, stored: StoredConfiguration, after: Configuration) -> None:
        """In the order of their locks (`core.locks`): heartbeats and services come first."""
        before = stored.configuration
        beats = _changes(before.heartbeats, after.heartbeats)
        entries = _changes(_entries(before.directory), _entries(after.directory))
        policies = _changes(before.policies, after.policies)
        senders = _changes(before.integrations, after.integrations)
        sentences = _changes(*(dict.fromkeys(one.properties) for one in (before, after)))
        parts = (beats, entries, policies, senders, sentences)
        numbers = [sum(of_each) for of_each in zip(*(part.numbers for part in parts), strict=True)]
        if not any(numbers):
            return
        self._put_heartbeats(author, beats)
        lock_table(self._connection, policy_edits)
        lock_table(self._connection, integrations)
        self._check_unchanged(stored.version)
        self._put_entries(author, entries)
        self._put_policies(author, policies)
        properties = SqlProperties(InTransaction(self._connection), self._now)
        properties.put(Properties(properties=after.properties), author, note=NOTE)
        self._put_integrations(author, senders)
        log = SqlAuditLog(InTransaction(self._connection), self._now)
        detail = "{} added, {} changed, {} removed".format(*numbers)
        log.add(author, "configuration applied", "configuration", detail)

    def _put_heartbeats(self, author: str, changes: "_Changes[str, Heartbeat]") -> None:
        try:
            self._heartbeats.make_each(author, [*changes.added.values()])
            for before, after in changes.changed.values():
                self._heartbeats.put(author, after, _anybody_may, before)
            for name in changes.removed:
                self._heartbeats.remove(author, name, _anybody_may)
        except (HeartbeatChanged, HeartbeatExists, UnknownHeartbeat) as error:
            raise ConfigurationChanged from error

    def _check_unchanged(self, version: Version) -> None:
        """Check that nobody has edited the rest since it was read. Nobody can from now on."""
        now = stored_version(self._connection)._replace(heartbeats=version.heartbeats)
        if now != version:
            raise ConfigurationChanged

    def _put_entries(self, author: str | None, changes: "_Changes[Key, Entry]") -> None:
        rows: list[dict[str, str | None]] = [
            {"kind": entry.type, "name": entry.name, "value": ENTRIES.encode(entry)}
            for entry in changes.put
        ]
        rows += [{"kind": kind, "name": name, "value": None} for kind, name in changes.removed]
        if rows:
            new = insert(on_call_edits).values(edited_at=self._now(), author=author, note=NOTE)
            self._connection.execute(new, rows)
            go_on_after_directory_edit(self._connection, self._now)

    def _put_policies(self, author: str | None, changes: "_Changes[str, ServicePolicy]") -> None:
        rows: list[dict[str, str | None]] = [
            {
                "service_id": policy.service_id,
                "policy": SERVICE_POLICIES.encode(policy),
                "uses": policy.uses if isinstance(policy, PolicyUse) else None,
            }
            for policy in changes.put
        ]
        rows += [
            {"service_id": service_id, "policy": None, "uses": None}
            for service_id in changes.removed
        ]
        if rows:
            new = insert(policy_edits).values(edited_at=self._now(), author=author, note=NOTE)
            self._connection.execute(new, rows)
            for names in in_parts([str(row["service_id"]) for row in rows]):
                go_on_after_policy_edits(self._connection, names, self._now)

    def _put_integrations(self, author: str, changes: "_Changes[str, IntegrationSetup]") -> None:
        """A new one has a key that nobody knows: whoever sets its sender up makes another one."""
        known = {stored.name: stored for stored in self._integrations.all()}
        for name, protocol, routing in changes.added.values():
            self._integrations.make(author, name, protocol, routing)
        for _, (name, protocol, routing) in changes.changed.values():
            stored = known[name]
            self._integrations.reroute(author, stored.id, stored.version, routing, protocol)
        for name in changes.removed:
            self._integrations.revoke(author, known[name].id)


class _Changes(NamedTuple, Generic[K, T]):
    """What is to be done to the entries of a kind."""

    added: Mapping[K, T]
    changed: Mapping[K, tuple[T, T]]
    """Before and after."""
    removed: Mapping[K, T]

    @property
    def numbers(self) -> tuple[int, int, int]:
        """How many there are of each."""
        return len(self.added), len(self.changed), len(self.removed)

    @property
    def put(self) -> Sequence[T]:
        """Those that are there afterwards."""
        return [*self.added.values(), *(after for _, after in self.changed.values())]


def _changes(before: Mapping[K, T], after: Mapping[K, T]) -> _Changes[K, T]:
    return _Changes(
        {key: value for key, value in after.items() if key not in before},
        {
            key: (before[key], value)
            for key, value in after.items()
            if key in before and before[key] != value
        },
        {key: value for key, value in before.items() if key not in after},
    )


def _entries(directory: Directory) -> Mapping[Key, Entry]:
    return {(entry.type, entry.name): entry for entry in directory.entries}


def _anybody_may(_service_id: str) -> bool:
    """Whoever may apply a configuration may edit every heartbeat."""
    return True
