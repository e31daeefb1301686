"""The clock of the store: the database's own, so that nodes whose clocks differ agree."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from pager.adapters.store.dialects import dialect_of

Now = Callable[[], ColumnElement[int]]
"""A clock: SQL of the time now, in whole milliseconds since 1970 (UTC)."""


class DatabaseClock(FunctionElement[int]):
    """The same time in a whole statement, so that the database can use an index."""

    type = BigInteger()
    inherit_cache = True


@compiles(DatabaseClock)
def _in_sql(_clock: DatabaseClock, compiler: SQLCompiler, **_options: object) -> str:
    return dialect_of(compiler).clock


def database_clock() -> ColumnElement[int]:
    """The time of the machine that the database runs on."""
    return _DATABASE_CLOCK


_DATABASE_CLOCK = DatabaseClock()


def read_clock(connection: Connection, now: Now = database_clock) -> int:
    """The time now: whole milliseconds since 1970 (UTC)."""
    return connection.scalars(select(now())).one()


def milliseconds(duration: timedelta) -> int:
    """Whole milliseconds, rounded up: nothing is due too early."""
    return -(-duration // timedelta(milliseconds=1))


def moment(since_1970: int) -> datetime:
    """The moment, in UTC, from milliseconds since 1970."""
    return datetime.fromtimestamp(since_1970 / 1000, UTC)


def optional_moment(since_1970: int | None) -> datetime | None:
    """As `moment`, of a column that may be null."""
    return None if since_1970 is None else moment(since_1970)


def since_1970(at: datetime) -> int:
    """The milliseconds since 1970 of a moment, rounded up."""
    return milliseconds(at - datetime.fromtimestamp(0, UTC))


def optional_duration(number: int | None) -> timedelta | None:
    """So many milliseconds; None of a column that is null."""
    return None if number is None else timedelta(milliseconds=number)
