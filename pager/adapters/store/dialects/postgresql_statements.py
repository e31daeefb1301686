"""Statements that are compiled once, on PostgreSQL: prepared, and sent by the driver itself.

PostgreSQL keeps the plan of a prepared statement, and a storm makes tables grow that were small
when it was made: a plan that reads a whole table would stay, until autovacuum looks. These
statements all find few rows, which an index has, so they are planned to use one, however small
PostgreSQL takes a table to be. All others are planned as ever.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, cast

from sqlalchemy import Column, Connection, String, Text, bindparam, func, literal_column, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.selectable import Subquery

from pager.adapters.store.dialects.dialect import ROWS, Compiled

if TYPE_CHECKING:
    import psycopg  # only there with the extra `postgresql`

BY_INDEX = "pager_plans_by_index"
"""In the `info` of a connection: whether its transaction plans so just now."""

JOINS_AND_SCANS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


def set_local(values: Mapping[str, str]) -> str:
    """SQL that sets these parameters of the server until the transaction ends."""
    calls = (f"set_config('{name}', '{value}', true)" for name, value in values.items())
    return f"SELECT {', '.join(calls)}"


PLAN_BY_INDEX = set_local(dict.fromkeys(JOINS_AND_SCANS, "off"))
PLAN_AS_EVER = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in JOINS_AND_SCANS)


def rows(  # type: ignore[explicit-any]  # SQLAlchemy's Column has one
    columns: Sequence[Column[object]],
) -> Subquery:
    """Rows of these columns: one parameter, of JSONB.

    (A row of JSON would be parsed anew for each of its values.)
    """
    given = sql_cast(bindparam(ROWS, type_=Text), JSONB)
    array = func.jsonb_array_elements(given).table_valued("value").c.value
    values = [
        # A cast to VARCHAR(n) would cut what is too long.
        sql_cast(
            array.op("->>")(literal_column(str(place))),
            Text() if isinstance(column.type, String) else column.type,
        ).label(column.name)
        for place, column in enumerate(columns)
    ]
    return select(*values).subquery("given")


def run(
    connection: Connection,
    statement: Compiled,
    rows: Sequence[Sequence[object]],
    values: Mapping[str, object],
) -> Sequence[tuple[object, ...]]:
    """Run it; in a pipeline, it is only sent, and returns nothing."""
    if not connection.in_transaction():
        connection.begin()
    driver, text = _driver(connection), statement.text
    given = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    parameters = {**values, ROWS: given}
    with _errors_of_sqlalchemy(connection, text):
        if connection.info.get(BY_INDEX) or not prepares(driver):
            cursor = driver.execute(text, parameters, prepare=True)
        else:
            connection.info[BY_INDEX] = True
            # The end of a pipeline in another one would wait for all that was sent.
            is_pipelined = driver.info.pipeline_status.name == "ON"
            with nullcontext() if is_pipelined else driver.pipeline():
                driver.execute(PLAN_BY_INDEX, prepare=True)
                cursor = driver.execute(text, parameters, prepare=True)
        return cursor.fetchall() if cursor.description else []


def begun(connection: Connection) -> None:
    """A transaction has begun on this connection."""
    connection.info.pop(BY_INDEX, None)


def plan_as_ever(connection: Connection) -> None:
    """Let PostgreSQL choose again how it finds the rows of what is executed now."""
    driver = _driver(connection)
    # After an error only a rollback can come, which takes back the settings of its savepoint too.
    if connection.info.pop(BY_INDEX, None) and driver.info.transaction_status.name != "INERROR":
        with _errors_of_sqlalchemy(connection, PLAN_AS_EVER):
            driver.execute(PLAN_AS_EVER)


@contextmanager
def pipelined(connection: Connection) -> Iterator[None]:
    """Send what is run meanwhile without waiting. The first error of it is raised in the end.

    Not behind a pooler, which may not know how.
    """
    driver = _driver(connection)
    if not prepares(driver):
        yield
        return
    with _errors_of_sqlalchemy(connection, "several statements"), driver.pipeline():
        yield


def _driver(connection: Connection) -> "psycopg.Connection":
    return cast("psycopg.Connection", connection.connection.driver_connection)


def prepares(driver: "psycopg.Connection") -> bool:
    """Whether statements are prepared there: there is no pooler in between."""
    return driver.prepare_threshold is not None


@contextmanager
def _errors_of_sqlalchemy(connection: Connection, text: str) -> Iterator[None]:
    """Raise what SQLAlchemy would, and leave a lost connection as it does."""
    driver = _driver(connection)
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        if driver.broken:
            connection.invalidate(error)
        raise cast(
            "DBAPIError",
            DBAPIError.instance(
                text,
                None,
                error,
                base,
                hide_parameters=True,
                connection_invalidated=driver.broken,
                dialect=connection.dialect,
            ),
        ) from error
