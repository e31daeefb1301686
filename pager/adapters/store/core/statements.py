"""Statements of the store that run for every batch of a storm: each is compiled once.

SQLAlchemy would put such a statement together, and look for it in its cache, each time: that takes
longer than the database needs. And each works on many rows: so the driver is called once, and lets
go of Python's lock (GIL) once, however many rows there are.
"""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar, cast

from sqlalchemy import BigInteger, BindParameter, Column, ColumnElement, Connection, bindparam
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.selectable import Subquery

from pager.adapters.store.core.clock import DatabaseClock, Now, database_clock
from pager.adapters.store.dialects import dialect_of
from pager.adapters.store.dialects.dialect import Compiled, Dialect

R = TypeVar("R")


class Parts(NamedTuple):
    """What a statement is built of."""

    dialect: Dialect
    now: ColumnElement[int]

    def rows(  # type: ignore[explicit-any]  # SQLAlchemy's Column has one
        self, *columns: Column[object]
    ) -> Subquery:
        """The rows that `run` is given: their values are in the order of these columns."""
        return self.dialect.rows(columns)


class Statement(Generic[R]):
    """A statement, whose result has rows of the type R; R is None where it has no result."""

    def __init__(self, build: Callable[[Parts], ClauseElement]) -> None:
        """`build` is called once for each kind of database and of clock."""
        self._build = build
        self._compiled: dict[tuple[str, type], Compiled] = {}
        """By the names of the dialect and the types of what the clock gives."""

    def run(
        self,
        connection: Connection,
        rows: Sequence[Sequence[object]] = (),
        now: Now = database_clock,
        **values: object,
    ) -> list[R]:
        """Run it: for `rows`, at the time of `now`, with the other parameters by their names."""
        at = now()
        if isinstance(at, BindParameter):
            values["now"], at = at.effective_value, _GIVEN
        compiled = self._compile(connection, at)
        values = {**compiled.constants, **values}
        found = dialect_of(connection).run(connection, compiled, rows, values)
        return cast("list[R]", found)

    def _compile(self, connection: Connection, now: ColumnElement[int]) -> Compiled:
        kind = connection.dialect.name, type(now)
        if (known := self._compiled.get(kind)) is not None:
            return known
        in_sql = self._build(Parts(dialect_of(connection), now)).compile(dialect=connection.dialect)
        constants = {name: value for name, value in in_sql.params.items() if value is not None}
        compiled = Compiled(str(in_sql), getattr(in_sql, "positiontup", None) or (), constants)
        if isinstance(now, DatabaseClock | BindParameter):  # any other may be another one next time
            self._compiled[kind] = compiled
        return compiled


_GIVEN = bindparam("now", type_=BigInteger)
"""The time, where it is a number that the clock gives."""
