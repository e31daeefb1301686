"""The gauges of a database that an operator watches: what is Unhealthy, and what is late."""

from typing import NamedTuple, get_args

from sqlalchemy import Connection, func, select

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import EFFECTS, Unreadable
from pager.adapters.store.core.schema import decisions, outbox, timers
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.policies import unreadable_policies
from pager.adapters.store.views.states import stored_states
from pager.adapters.store.views.unhealthy_services import unhealthy_services
from pager.decide import still_wanted
from pager.messages import Channel
from pager.model import MonitoredService
from pager.triage import Stage

FIRST_EFFECTS = 100
"""Effects that are looked at first for one that is wanted: nearly always the first one is."""
MOST_EFFECTS = 5_000
"""Effects that are looked at next, at a time."""


class Gauges(NamedTuple):
    """What is true of a database at one moment."""

    unhealthy: dict[Stage, int]
    """How many Monitored Services are Unhealthy, by the stage of their escalation."""
    unreadable: dict[str, int]
    """Of how many Monitored Services this version of Pager cannot read the state, or the policy."""
    oldest_due: dict[Channel, float]
    """For how many seconds the oldest wanted effect has been due; 0 where none is."""


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
    return Gauges(unhealthy.by_stage(), unreadable, late)


def _lateness(at: int, due: int | None) -> float:
    """Seconds from `due` to `at`; 0 where nothing is due yet."""
    return 0 if due is None else max(0, at - due) / 1000


def _due_since(connection: Connection, channel: Channel) -> int | None:
    """Since when the oldest wanted effect is due, however often it was tried; None without one.

    That is the time of its decision: each claim and each retry moves its own due time.
    """
    # An effect from before there was a journal has no decision, and only its last due time.
    since = func.coalesce(decisions.c.decided_at, outbox.c.due_at).label("since")
    rows_of = select(outbox.c.id, outbox.c.service_id, outbox.c.effect, since).outerjoin(
        decisions,
        (outbox.c.service_id == decisions.c.service_id) & (outbox.c.version == decisions.c.version),
    )
    # Older decisions have smaller ids. With + 0 the database does not read the table in this order,
    # but the few rows that are due.
    in_order = outbox.c.id + 0
    waiting = select(outbox.c.id).where(outbox.c.channel == channel, outbox.c.due_at.is_not(None))
    last, number = 0, FIRST_EFFECTS
    while ids := connection.scalars(
        waiting.where(outbox.c.id > last).order_by(in_order).limit(number)
    ).all():
        rows = connection.execute(rows_of.where(outbox.c.id.in_(ids))).all()
        services = stored_states(connection, sorted({row.service_id for row in rows})).readable
        wanted: list[int] = [
            row.since
            for row in rows
            if _is_wanted(row.effect, services.get(row.service_id), row.service_id)
        ]
        if wanted:
            return min(wanted)
        last, number = ids[-1], MOST_EFFECTS
    return None


def _is_wanted(text: str, service: MonitoredService | None, service_id: str) -> bool:
    """Whether the effect is; so it is where nobody can tell: nobody has carried it out."""
    try:
        effect = EFFECTS.decode_known(text, service_id)
    except Unreadable:
        return True
    return service is None or still_wanted(effect, service)
