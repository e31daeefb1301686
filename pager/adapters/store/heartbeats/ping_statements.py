"""The statements that each ping runs, and each heartbeat that stays away: compiled once."""

from sqlalchemy import BigInteger, ColumnElement, bindparam, null, select, update
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.schema import heartbeats, listening
from pager.adapters.store.core.statements import Parts, Statement


def _pinged(parts: Parts) -> ClauseElement:
    """What must be known of a heartbeat that is pinged; its row is locked."""
    until = select(listening.c.until).scalar_subquery()
    columns = heartbeats.c
    return (
        select(columns.service_id, columns.dedup_key, columns.overdue_since, parts.now, until)
        .where(columns.name == bindparam("name"))
        .with_for_update()
    )


def _ping(_parts: Parts) -> ClauseElement:
    at: ColumnElement[int] = bindparam("at", type_=BigInteger)
    table = heartbeats.c
    return (
        update(heartbeats)
        .where(table.name == bindparam("name"))
        .values(
            pinged_at=at,
            counts_from=at,
            overdue_since=null(),
            check_at=at + table.interval + table.grace,
        )
    )


def _mark(_parts: Parts) -> ClauseElement:
    return (
        update(heartbeats)
        .where(heartbeats.c.name == bindparam("name"))
        .values(
            overdue_since=bindparam("overdue_since", type_=BigInteger),
            check_at=bindparam("again", type_=BigInteger),
        )
    )


PINGED: Statement[tuple[str, str, int | None, int, int | None]] = Statement(_pinged)
PING: Statement[None] = Statement(_ping)
MARK: Statement[None] = Statement(_mark)
