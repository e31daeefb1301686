"""The escalating services in the order in which they escalate next: that of their timers.

Where they are few, the timer of each is looked up. Where they are many, that would take too long
for a page that is read every second: the timers are read in the order in which they go off, until
there are enough which an escalating service waits for.

A service whose timer is not set counts as due now, and is not found like that. Its delay is
still in the outbox: an older version of Pager leaves it there for a moment. Should there ever be
a service with neither, it is found by a look at all of them, which is repeated now and then.
"""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    cast,
    func,
    literal,
    select,
)

from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import LARGEST_INT64, monitored_services, outbox, timers
from pager.adapters.store.core.stored_text import NOT_HEALTHY, STAGE
from pager.adapters.store.views.kept import Kept

FEW = 500
"""Services of which each timer is looked up, which takes a few milliseconds."""
MOST_STALE = 5_000
"""Timers that are read in vain before each service's timer is looked up after all; no more than
there are services to look up. Few are stale: those of incidents that somebody has acknowledged or
sent on by hand."""

_table = monitored_services.c
_IS_ESCALATING = and_(NOT_HEALTHY, literal("escalating") == STAGE)

_IS_OF_THE_STEP = and_(
    timers.c.service_id == _table.service_id,
    timers.c.incident == _table.incident,
    timers.c.is_expiry.is_(False),
    # As `codecs` writes it. Inside the message, each quotation mark has a backslash.
    _table.state.contains(
        literal('"level":', String) + cast(timers.c.level, String) + literal(",", String)
    ),
)
"""A timer of the step that the service is on."""

_DUE_AT = func.coalesce(
    select(timers.c.due_at).where(_IS_OF_THE_STEP).limit(1).scalar_subquery(), 0
)

DueName = tuple[int, str]
"""When the timer of a service goes off, as it is stored, and its name; 0 where none is set."""


class EscalatingServices:
    """Finds those that escalate next."""

    def __init__(self, few: int = FEW, most_stale: int = MOST_STALE) -> None:
        """For these numbers see FEW and MOST_STALE."""
        self._few = few
        self._most_stale = most_stale
        self._without_timer: Kept[Sequence[str]] = Kept()

    def first(
        self, connection: Connection, search: str, number: int, at_most: int
    ) -> Sequence[DueName]:
        """The first `at_most` with `search` in their name, of which there are `number`.

        Those that have to be parsed (`core.stored_text`) are left out.
        """
        if number > self._few:
            # Some of these have a timer by now.
            names = self._perhaps_without_timer(connection)
            if len(names) <= self._few:
                found = [
                    row
                    for row in _looked_up(
                        connection, search, len(names), _table.service_id.in_(names)
                    )
                    if not row[0]
                ]
                most_stale = min(self._most_stale, number)
                found += _in_order_of_timers(connection, search, at_most, most_stale)
                if len(found) >= min(number, at_most):
                    return found[:at_most]
        return _looked_up(connection, search, at_most)

    def _perhaps_without_timer(self, connection: Connection) -> set[str]:
        """All whose timer is not set, and some others; more than `few` where they are many."""
        at_most = self._few + 1
        delays = select(outbox.c.service_id).where(
            outbox.c.channel == "timer", outbox.c.due_at.is_not(None)
        )
        # Whatever the level: a timer that has gone off is deleted with what it leads to.
        its_timers = select(timers.c.level).where(
            timers.c.service_id == _table.service_id, timers.c.incident == _table.incident
        )
        lost = select(_table.service_id).where(_IS_ESCALATING, ~its_timers.exists())
        return {
            *connection.scalars(delays.limit(at_most)),
            *self._without_timer.get(lambda: connection.scalars(lost.limit(at_most)).all()),
        }


def _in_order_of_timers(
    connection: Connection, search: str, at_most: int, most_stale: int
) -> Sequence[DueName]:
    """The first of those that have a timer; fewer where more than `most_stale` are stale."""
    # With EXISTS, PostgreSQL would join all timers with all services.
    waiting = (
        select(literal(1))
        .select_from(monitored_services)
        .where(_IS_OF_THE_STEP, _IS_ESCALATING)
        .correlate(timers)
        .limit(1)
    )
    last = timers.alias().c.due_at
    end = select(last).order_by(last).offset(most_stale + at_most).limit(1)
    query = (
        select(timers.c.due_at, timers.c.service_id)
        .where(
            timers.c.due_at <= func.coalesce(end.scalar_subquery(), LARGEST_INT64),
            Names(search).include(timers.c.service_id),
            waiting.scalar_subquery() == 1,
        )
        .order_by(timers.c.due_at, timers.c.service_id)
        .limit(at_most)
    )
    return [(due_at, name) for due_at, name in connection.execute(query)]


def _looked_up(
    connection: Connection, search: str, at_most: int, *which: ColumnElement[bool]
) -> Sequence[DueName]:
    """The first `at_most` of them, whether they have a timer or not."""
    query = (
        select(_DUE_AT.label("due"), _table.service_id)
        .where(_IS_ESCALATING, Names(search).include(_table.service_id), *which)
        .order_by("due", _table.service_id)
        .limit(at_most)
    )
    return [(due_at, name) for due_at, name in connection.execute(query)]
