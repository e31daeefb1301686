"""When Pager has listened: a ping that came while it did not may be lost.

So after a gap no heartbeat is missing before its time has passed once more.
"""

from datetime import timedelta

from sqlalchemy import Connection, and_, literal, select, update

from pager.adapters.store.core.clock import (
    milliseconds,
    moment,
    optional_moment,
    since_1970,
)
from pager.adapters.store.core.schema import heartbeats, listening
from pager.adapters.store.dialects import insert_if_new
from pager.heartbeats import Listening

NOTED_EVERY = timedelta(milliseconds=900)
"""How often it is noted that a node listens."""

_ONE_ROW = listening.c.id == literal(1)


def listening_period(connection: Connection) -> Listening | None:
    """When Pager has listened; None before it began."""
    row = connection.execute(select(listening)).one_or_none()
    if row is None:
        return None
    return Listening(moment(row.since), moment(row.until), optional_moment(row.gap_from))


def note_listening(connection: Connection, now: int, *, is_node: bool) -> None:
    """Note that Pager listens; after a gap every deadline that was not over counts anew.

    Where the clock was set back, all that lies ahead is moved by as much. With `is_node` false,
    nothing but a gap and a clock that was set back is noted.
    """
    before = listening_period(connection)
    if before is None:
        first = insert_if_new(connection, listening).values(id=1, since=now, until=now)
        connection.execute(first)
        return
    after = before.at(moment(now))
    began_anew, back = after.since > before.since, before.until - after.until
    if not (is_node or began_anew or back > timedelta(0)):
        return
    noted = connection.execute(
        update(listening)
        .where(_ONE_ROW, listening.c.until == since_1970(before.until))
        .values(
            since=since_1970(after.since),
            until=now,
            gap_from=None if after.gap_from is None else since_1970(after.gap_from),
        )
    )
    if not noted.rowcount:
        return  # another node was faster
    if began_anew:
        _count_anew(connection, now, since_1970(before.until))
    elif back > timedelta(0):
        _set_back(connection, milliseconds(back))


def _count_anew(connection: Connection, now: int, gap_from: int) -> None:
    """As `Watch.after_gap`."""
    table = heartbeats.c
    was_not_over = and_(table.overdue_since.is_(None), table.check_at > gap_from)
    connection.execute(
        update(heartbeats)
        .where(was_not_over)
        .values(counts_from=now, check_at=now + table.interval + table.grace)
    )


def _set_back(connection: Connection, back: int) -> None:
    """As `Watch.set_back`."""
    table = heartbeats.c
    columns = (table.pinged_at, table.counts_from, table.overdue_since, table.check_at)
    moved = {column.name: column - back for column in columns}
    change = update(heartbeats).where(table.pinged_at.is_not(None)).values(moved)
    connection.execute(change)
