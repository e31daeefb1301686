"""Effects in the outbox that are due and wanted: an Acknowledgement has withdrawn many others."""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, select

from pager.adapters.store.core.codecs import EFFECTS, Unreadable
from pager.adapters.store.core.schema import decisions, outbox
from pager.adapters.store.views.states import stored_states
from pager.decide import still_wanted
from pager.model import MonitoredService

FIRST_EFFECTS = 100
"""Effects that are looked at first for one that is wanted: nearly always the first one is."""
MOST_EFFECTS = 5_000
"""Effects that are looked at next, at a time."""

IN_ORDER = outbox.c.id + 0
"""Older decisions have smaller ids. With + 0 the database does not read the table in this order,
but the few rows that are due."""

DECIDED = (outbox.c.service_id == decisions.c.service_id) & (
    outbox.c.version == decisions.c.version
)
"""The decision that led to an effect. One from before there was a journal has none."""


class DueEffect(NamedTuple):
    """An effect that waits, and is wanted."""

    since: int
    """When it was decided, as it is stored; its last due time where it has no decision."""
    detail: str
    """What the provider answered to the last attempt; empty where there was none."""


class DueEffects(NamedTuple):
    """The first effects that are wanted, the oldest first."""

    wanted: list[DueEffect]
    has_more: bool
    """Whether there may be others."""


def first_wanted(connection: Connection, due: Callable[[int, int], Select[int]]) -> DueEffects:
    """Those among the first FIRST_EFFECTS; where there are none, among the first that have some.

    `due` is a query for the ids of effects: those after an id, and so many at the most.
    """
    since = func.coalesce(decisions.c.decided_at, outbox.c.due_at).label("since")
    columns = (outbox.c.id, outbox.c.service_id, outbox.c.effect, outbox.c.detail, since)
    rows_of = select(*columns).outerjoin(decisions, DECIDED).order_by(IN_ORDER)
    last, number = 0, FIRST_EFFECTS
    while ids := connection.scalars(due(last, number)).all():
        rows = connection.execute(rows_of.where(outbox.c.id.in_(ids))).all()
        services = stored_states(connection, sorted({row.service_id for row in rows})).readable
        wanted = [
            DueEffect(row.since, row.detail)
            for row in rows
            if _is_wanted(row.effect, services.get(row.service_id), row.service_id)
        ]
        if wanted:
            return DueEffects(wanted, has_more=len(ids) == number)
        last, number = ids[-1], MOST_EFFECTS
    return DueEffects([], has_more=False)


def _is_wanted(text: str, service: MonitoredService | None, service_id: str) -> bool:
    """Whether the effect is; so it is where nobody can tell: nobody has carried it out."""
    try:
        effect = EFFECTS.decode_known(text, service_id)
    except Unreadable:
        return True
    return service is None or still_wanted(effect, service)
