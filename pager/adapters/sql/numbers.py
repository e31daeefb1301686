"""The numbers of a database that an operator watches: how much is wrong, and what is late."""

from typing import NamedTuple, get_args

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select

from pager.adapters.sql.clock import Now, database_clock
from pager.adapters.sql.database import Transactions
from pager.adapters.sql.schema import decisions, monitored_services, outbox, timers
from pager.decide import still_wanted
from pager.messages import Channel, Effect
from pager.model import Escalation, MonitoredService, Unhealthy

STAGES = [kind.model_fields["stage"].default for kind in get_args(get_args(Escalation)[0])]

_service: TypeAdapter[MonitoredService] = TypeAdapter(MonitoredService)
_effect: TypeAdapter[Effect] = TypeAdapter(Effect)


class Numbers(NamedTuple):
    """What is true of a database at one moment."""

    unhealthy: dict[str, int]
    """How many Monitored Services are Unhealthy, by the stage of their escalation."""
    oldest_due: dict[Channel, float]
    """For how many seconds the oldest wanted effect has been due; 0 where none is."""


def read_numbers(transactions: Transactions, now: Now = database_clock) -> Numbers:
    """The Numbers, in one snapshot."""
    return transactions.read(lambda connection: _read(connection, now))


def _read(connection: Connection, now: Now) -> Numbers:
    at = connection.scalars(select(now())).one()
    unhealthy = dict.fromkeys(STAGES, 0)
    for state in connection.scalars(select(monitored_services.c.state)):
        service = _service.validate_json(state)
        if isinstance(service, Unhealthy):
            unhealthy[service.escalation.stage] += 1
    since = {channel: _due_since(connection, channel, at) for channel in get_args(Channel)}
    return Numbers(unhealthy, {channel: (at - due) / 1000 for channel, due in since.items()})


def _due_since(connection: Connection, channel: Channel, at: int) -> int:
    """Since when the oldest is due, however often it was tried; `at`, where none is.

    It is due from its decision on. Its own due time is moved by each claim and each retry.
    """
    waiting = (
        select(
            outbox.c.effect, monitored_services.c.state, decisions.c.after, decisions.c.decided_at
        )
        .join(monitored_services, outbox.c.service_id == monitored_services.c.service_id)
        .join(
            decisions,
            (outbox.c.service_id == decisions.c.service_id)
            & (outbox.c.incident == decisions.c.incident),
        )
        .where(outbox.c.channel == channel, outbox.c.due_at.is_not(None))
        .order_by(decisions.c.decided_at)
    )
    wanted = (
        decided_at
        for effect, state, after, decided_at in connection.execute(waiting)
        if _is_wanted_and_decided_here(effect, state, after)
    )
    since: int = next(wanted, at)
    if channel == "timer":
        # One that has gone off is late as well until the Pager has received its timeout.
        earliest = connection.scalar(select(func.min(timers.c.due_at)))
        since = min(since, at if earliest is None else earliest)
    return min(since, at)


def _is_wanted_and_decided_here(effect_: str, state: str, after: str) -> bool:
    effect, decided = _effect.validate_json(effect_), _service.validate_json(after)
    decided_here = isinstance(decided, Unhealthy) and decided.level == effect.level
    return decided_here and still_wanted(effect, _service.validate_json(state))
