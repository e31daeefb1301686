"""The gauges of a database that an operator watches: what is Unhealthy, and what is late."""

from typing import NamedTuple, get_args

from sqlalchemy import Connection, Select, func, select

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.schema import heartbeats, outbox, timers
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.policy_edits import unreadable_policies
from pager.adapters.store.views.due_effects import IN_ORDER, first_wanted
from pager.adapters.store.views.unhealthy_services import unhealthy_services
from pager.messages import Channel
from pager.triage import Stage


class Gauges(NamedTuple):
    """What is true of a database at one moment."""

    unhealthy: dict[Stage, int]
    """How many Monitored Services are Unhealthy, by the stage of their escalation."""
    unreadable: dict[str, int]
    """Of how many Monitored Services this version of Pager cannot read the state, or the policy."""
    oldest_due: dict[Channel, float]
    """For how many seconds the oldest wanted effect has been due; 0 where none is."""
    missing_heartbeats: int
    """How many heartbeats are missing."""


def read_gauges(database: Readable, now: Now = database_clock) -> Gauges:
    """The gauges, in one snapshot."""
    return database.read(lambda connection: _read(connection, now))


def _read(connection: Connection, now: Now) -> Gauges:
    at = connection.scalars(select(now())).one()
    unhealthy = unhealthy_services(connection)
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
    return Gauges(unhealthy.by_stage(), unreadable, late, missing_heartbeats(connection))


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
