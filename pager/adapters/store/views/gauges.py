"""The gauges of a database that an operator watches: what is Unhealthy, and what is late."""

from datetime import datetime
from typing import NamedTuple, get_args

from sqlalchemy import Connection, Select, func, select

from pager.adapters.store.core.clock import Now, database_clock, moment, read_clock
from pager.adapters.store.core.schema import heartbeats, outbox, timers
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.directory import StoredEntries, stored_entries
from pager.adapters.store.ports.policy_edits import count_services_using, unreadable_policies
from pager.adapters.store.views.due_effects import IN_ORDER, first_wanted
from pager.adapters.store.views.unhealthy_services import unhealthy_services
from pager.adapters.store.views.violated_properties import (
    ViolatedProperties,
    violated_properties,
)
from pager.messages import Channel
from pager.model import FALLBACK
from pager.oncall.policies import PolicyUse
from pager.oncall.policy_at import resolved
from pager.triage import Stage


class Gauges(NamedTuple):
    """What is true of a database at one moment."""

    unhealthy: dict[Stage, int]
    """How many Monitored Services are Unhealthy, by the stage of their escalation."""
    unreadable: dict[str, int]
    """Of how many Monitored Services this version of Pager cannot read the state, or the policy."""
    unreadable_entries: int
    """How many people, teams, schedules and shared policies it cannot read."""
    oldest_due: dict[Channel, float]
    """For how many seconds the oldest wanted effect has been due; 0 where none is."""
    missing_heartbeats: int
    """How many heartbeats are missing."""
    services_with_gaps: int
    """How many Monitored Services use a shared policy that names somebody whom it does not reach
    just now."""
    properties: ViolatedProperties
    """Those that do not hold."""


def read_gauges(database: Readable, now: Now = database_clock) -> Gauges:
    """The gauges, in one snapshot."""
    return database.read(lambda connection: _read(connection, now))


def _read(connection: Connection, now: Now) -> Gauges:
    at = read_clock(connection, now)
    unhealthy = unhealthy_services(connection)
    entries = stored_entries(connection)
    unreadable = {
        "state": len(unhealthy.parsed.unreadable),
        "policy": len(unreadable_policies(connection)),
    }
    late = {
        channel: _lateness(at, _due_since(connection, channel)) for channel in get_args(Channel)
    }
    # A timer that has gone off is late as well, until the Pager has received its timeout.
    first_timer = connection.scalar(select(func.min(timers.c.due_at)))
    late["timer"] = max(late["timer"], _lateness(at, first_timer))
    return Gauges(
        unhealthy.by_stage(),
        unreadable,
        len(entries.unreadable),
        late,
        missing_heartbeats(connection),
        _services_with_gaps(connection, entries, moment(at)),
        violated_properties(connection),
    )


def _services_with_gaps(connection: Connection, entries: StoredEntries, at: datetime) -> int:
    """Of each shared policy the services, if it does not reach all whom it names; mostly of none.

    One that cannot be read reaches nobody.
    """
    directory = entries.directory
    names = [name for kind, name in entries.unreadable if kind == "policy"]
    for name in directory.policies:
        use = PolicyUse(service_id=FALLBACK, uses=name)
        if resolved(use, directory, at).gaps:
            names.append(name)
    return sum(count_services_using(connection, name) for name in names)


def missing_heartbeats(connection: Connection) -> int:
    """How many heartbeats are missing."""
    is_missing = heartbeats.c.overdue_since.is_not(None)
    return connection.scalar(select(func.count(heartbeats.c.name)).where(is_missing)) or 0


def _lateness(at: int, due: int | None) -> float:
    """Seconds from `due` to `at`; 0 where nothing is due yet."""
    return 0 if due is None else max(0, at - due) / 1000


def _due_since(connection: Connection, channel: Channel) -> int | None:
    """Since when the oldest wanted effect is due, however often it was tried; None without one.

    That is the time of its decision: each claim and each retry moves its own due time.
    """
    waiting = select(outbox.c.id).where(outbox.c.channel == channel, outbox.c.due_at.is_not(None))

    def due(last: int, at_most: int) -> Select[int]:
        return waiting.where(outbox.c.id > last).order_by(IN_ORDER).limit(at_most)

    return min((effect.since for effect in first_wanted(connection, due).wanted), default=None)
