"""Connections to PostgreSQL, or to the pooler in front of it."""

import re
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext, IsolationLevel

from pager.adapters.store.dialects.postgresql_statements import (
    begun,
    pipelined,
    plan_as_ever,
    set_local,
)
from pager.errors import PagerError

if TYPE_CHECKING:
    import psycopg  # only there with the extra `postgresql`

LIBPQ_OPTIONS = {
    # A network or a server that is silent is given up.
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Unless the database's URL says otherwise."""


class Connections(NamedTuple):
    """What connections of one kind are like."""

    limits: Mapping[str, str]
    """Time-outs of each transaction, unless the `options` of the database's URL say otherwise."""
    pool_size: int = 1
    max_overflow: int = 0
    isolation_level: IsolationLevel | None = None
    pings: bool = True
    """Whether one that was lost meanwhile is noticed before it is used, and not when a transaction
    begins."""


_LIMITS = {"lock_timeout": "5s", "statement_timeout": "30s"}

# Up to one for each thread that reads at the same moment: nobody waits for another's.
READERS = Connections(_LIMITS, pool_size=5, max_overflow=30, isolation_level="REPEATABLE READ")
# A node may be halted in the middle of a transaction: the others need the rows it has locked.
WRITER = Connections(_LIMITS | {"idle_in_transaction_session_timeout": "10s"}, pings=False)
LISTENER = Connections({}, isolation_level="AUTOCOMMIT")


class StatementPooling(PagerError):
    """The pooler in front of PostgreSQL is in statement mode, in which there are no transactions: \
set its pool_mode to transaction or session, or let PAGER_DATABASE_URL lead to PostgreSQL itself."""


def postgresql_engine(url: URL, connections: Connections) -> Engine:
    """An engine that does not wait for ever."""
    given = _parameters(url.query.get("options", ()))
    unset = {name: value for name, value in connections.limits.items() if name not in given}
    engine = create_engine(
        url,
        pool_size=connections.pool_size,
        max_overflow=connections.max_overflow,
        pool_pre_ping=connections.pings,
        isolation_level=connections.isolation_level,
        connect_args={
            name: value for name, value in LIBPQ_OPTIONS.items() if name not in url.query
        },
        hide_parameters=True,  # what an Alert says is not for the log
    )

    @event.listens_for(engine, "connect")
    def prepare(driver: "psycopg.Connection", _record: object) -> None:
        # What is compiled once is prepared. The values of everything else say how to find its rows.
        # Behind a pooler the next transaction may have a server that knows nothing of either.
        driver.prepare_threshold = None if is_pooled(driver) else sys.maxsize

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        begun(connection)
        with pipelined(connection):  # with the BEGIN itself
            connection.exec_driver_sql(set_local(unset) if unset else "SELECT")

    @event.listens_for(engine, "before_cursor_execute")
    def prepare_to_execute(connection: Connection, *_: object) -> None:
        plan_as_ever(connection)

    @event.listens_for(engine, "handle_error")
    def explain(context: ExceptionContext) -> PagerError | None:
        is_statement_mode = "statement pooling mode" in str(context.original_exception)
        return StatementPooling() if is_statement_mode else None

    return engine


def is_pooled(driver: "psycopg.Connection") -> bool:
    """Whether a pooler is at the other end: it calls itself by another process number."""
    in_transactions, driver.autocommit = not driver.autocommit, True
    row = driver.execute("SELECT pg_backend_pid()").fetchone()
    driver.autocommit = not in_transactions
    return row is not None and bool(row[0] != driver.info.backend_pid)


def _parameters(options: str | Iterable[str]) -> set[str]:
    """The server's parameters that libpq's `options` set: `-c name=value`, or `--name=value`."""
    text = options if isinstance(options, str) else " ".join(options)
    names = re.findall(r"(?<!\S)(?:-c\s*|--)([\w.-]+)\s*=", text)
    return {name.replace("-", "_").lower() for name in names}
