"""Reads heartbeats, and whether a worker has anything to do for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, and_, func, select, true
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import (
    Now,
    database_clock,
    milliseconds,
    moment,
    optional_moment,
)
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import heartbeats, listening
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.heartbeats.listening import NOTED_EVERY, listening_period
from pager.adapters.store.views.gauges import missing_heartbeats
from pager.heartbeats import Heartbeat, Listening, State, Watch


class StoredHeartbeat(NamedTuple):
    """A heartbeat, and what is known of its pings."""

    heartbeat: Heartbeat
    watch: Watch
    overdue_since: datetime | None
    """Since when it stays away; None while it does not."""
    is_told: bool
    """Whether its Alert is raised, if it stays away."""
    created_by: str
    created_at: datetime
    now: datetime
    """When it was read."""

    @property
    def state(self) -> State:
        """How it is. It is missing once a worker has seen that, a second after its deadline."""
        if self.overdue_since is not None:
            return "missing"
        state = self.watch.state(self.now)
        return "late" if state == "missing" else state


class HeartbeatCounts(NamedTuple):
    """How many there are."""

    all: int
    missing: int


class HeartbeatList:
    """Reads the heartbeats."""

    def __init__(self, database: Readable, now: Now = database_clock) -> None:
        """Now is `now`."""
        self._database = database
        self._now = now

    def page(
        self, names: Names, at_most: int, *, only_missing: bool = False
    ) -> Sequence[StoredHeartbeat]:
        """The heartbeats by name; `names.among` are services."""
        conditions = [names._replace(among=None).include(heartbeats.c.name)]
        if names.among is not None:
            conditions.append(heartbeats.c.service_id.in_(names.among))
        if only_missing:
            conditions.append(heartbeats.c.overdue_since.is_not(None))
        query = (
            select(heartbeats, self._now().label("now"))
            .where(and_(true(), *conditions))
            .order_by(heartbeats.c.name)
        ).limit(at_most)
        return self._database.read(
            lambda connection: [stored_in(row) for row in connection.execute(query)]
        )

    def named(self, name: str) -> StoredHeartbeat | None:
        """The heartbeat of that name."""
        query = select(heartbeats, self._now().label("now")).where(heartbeats.c.name == name)
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else stored_in(row)

    def counts(self) -> HeartbeatCounts:
        """How many there are."""
        return self._database.read(
            lambda connection: HeartbeatCounts(
                connection.scalar(select(func.count()).select_from(heartbeats)) or 0,
                missing_heartbeats(connection),
            )
        )

    def listening(self) -> Listening | None:
        """When Pager has listened; None before it began."""
        return self._database.read(listening_period)

    def is_anything_to_do(self) -> bool:
        """Whether a worker must write: a deadline is over, or it must say that it listens.

        Nobody listens while no heartbeat has a deadline.
        """
        [(now, check_at, until)] = self._database.read(
            lambda connection: _NEXT.run(connection, now=self._now)
        )
        if check_at is None:
            return False
        return until is None or check_at <= now or abs(now - until) >= milliseconds(NOTED_EVERY)


def stored_in(row: "Row[tuple[object, ...]]") -> StoredHeartbeat:
    """The heartbeat in a row of the table, which has the time as `now`, too."""
    interval, grace = timedelta(milliseconds=row.interval), timedelta(milliseconds=row.grace)
    key = None if row.dedup_key == f"heartbeat:{row.name}" else row.dedup_key
    # What was accepted before is not validated again.
    heartbeat = Heartbeat.model_construct(
        name=row.name, service_id=row.service_id, interval=interval, grace=grace, dedup_key=key
    )
    watch = Watch(interval, grace, optional_moment(row.pinged_at), optional_moment(row.counts_from))
    return StoredHeartbeat(
        heartbeat,
        watch,
        optional_moment(row.overdue_since),
        row.overdue_since is not None and row.check_at is None,
        row.created_by,
        moment(row.created_at),
        moment(row.now),
    )


def _next(parts: Parts) -> ClauseElement:
    """Now, when a worker must look first, and until when a node has listened."""
    # The condition is for the index.
    first = select(func.min(heartbeats.c.check_at)).where(heartbeats.c.check_at.is_not(None))
    return select(parts.now, first.scalar_subquery(), select(listening.c.until).scalar_subquery())


_NEXT: Statement[tuple[int, int | None, int | None]] = Statement(_next)
