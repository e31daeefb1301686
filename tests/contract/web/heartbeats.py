"""Heartbeats in a database, pinged as long ago as a test needs."""

from datetime import timedelta

from sqlalchemy import update

from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import heartbeats
from pager.adapters.store.heartbeats.writing import HeartbeatWrites
from pager.heartbeats import Heartbeat


def make_heartbeat(
    database: Database, heartbeat: Heartbeat, pinged_ago: timedelta | None = None
) -> None:
    """Make it; with `pinged_ago` it was pinged so long ago, and a worker has looked."""

    def make(writes: HeartbeatWrites) -> None:
        writes.put("ada@example.com", heartbeat, lambda _: True)
        if pinged_ago is not None:
            writes.ping(heartbeat.name, lambda _: True)

    database.write(lambda one: make(HeartbeatWrites(one, lambda *_: [])))
    if pinged_ago is not None:
        let_pass(database, pinged_ago, heartbeat.name)


def let_pass(database: Database, by: timedelta, name: str = "nightly-backup") -> None:
    """Let the last ping of that heartbeat be older by as much, and a worker look."""
    make_older(database, by, name)
    Heartbeats(database, Wakeups(), Metrics()).beat()


def make_older(database: Database, by: timedelta, name: str) -> None:
    """Let the last ping of that heartbeat be older by as much."""
    back = milliseconds(by)
    columns = (heartbeats.c.pinged_at, heartbeats.c.counts_from, heartbeats.c.check_at)
    older = update(heartbeats).values({column.name: column - back for column in columns})
    database.write(lambda connection: connection.execute(older.where(heartbeats.c.name == name)))
