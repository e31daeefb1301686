"""The gauges of a database that an operator watches: what is Unhealthy, and what is late."""

from collections.abc import Mapping
from typing import NamedTuple, get_args

from sqlalchemy import Connection, func, select

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.codecs import EFFECTS, Unreadable
from pager.adapters.store.core.schema import decisions, outbox, timers
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.policies import unreadable_policies
from pager.adapters.store.views.status import read_services
from pager.decide import still_wanted
from pager.messages import Channel
from pager.model import Escalation, MonitoredService, Unhealthy

STAGES = [kind.model_fields["stage"].default for kind in get_args(get_args(Escalation)[0])]


class Gauges(NamedTuple):
    """What is true of a database at one moment."""

    unhealthy: dict[str, int]
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
    services, unreadable_states = read_services(connection)
    unreadable = {
        "state": len(unreadable_states),
        "policy": len(unreadable_policies(connection)),
    }
    unhealthy = dict.fromkeys(STAGES, 0)
    for service in services.values():
        if isinstance(service, Unhealthy):
            unhealthy[service.escalation.stage] += 1
    late = {
        channel: _lateness(at, _due_since(connection, channel, services))
        for channel in get_args(Channel)
    }
    # A timer that has gone off is late as well, until the Pager has received its timeout.
    first_timer = connection.scalar(select(func.min(timers.c.due_at)))
    late["timer"] = max(late["timer"], _lateness(at, first_timer))
    return Gauges(unhealthy, unreadable, late)


def _lateness(at: int, due: int | None) -> float:
    """Seconds from `due` to `at`; 0 where nothing is due yet."""
    return 0 if due is None else max(0, at - due) / 1000


def _due_since(
    connection: Connection, channel: Channel, services: Mapping[str, MonitoredService]
) -> int | None:
    """Since when the oldest wanted effect is due, however often it was tried; None without one.

    That is the time of its decision: each claim and each retry moves its own due time.
    """
    # An effect from before there was a journal has no decision, and only its last due time.
    since = func.coalesce(decisions.c.decided_at, outbox.c.due_at)
    waiting = (
        select(outbox.c.service_id, outbox.c.effect, since)
        .outerjoin(
            decisions,
            (outbox.c.service_id == decisions.c.service_id)
            & (outbox.c.version == decisions.c.version),
        )
        .where(outbox.c.channel == channel, outbox.c.due_at.is_not(None))
        .order_by(since)
    )
    for service_id, text, due_since in connection.execute(waiting):
        if _is_wanted(text, services.get(service_id), service_id):
            oldest: int = due_since
            return oldest
    return None


def _is_wanted(text: str, service: MonitoredService | None, service_id: str) -> bool:
    """Whether the effect is; so it is where nobody can tell: nobody has carried it out."""
    try:
        effect = EFFECTS.decode_known(text, service_id)
    except Unreadable:
        return True
    return service is None or still_wanted(effect, service)
