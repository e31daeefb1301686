"""PostgreSQL: several nodes share one database, and wake each other with LISTEN and NOTIFY.

A pooler (PgBouncer, RDS Proxy, …) may stand in front of it, and give each transaction another
connection to the server. So nothing is kept in a session: time-outs are set in each transaction,
locks end with it. Behind a pooler nothing is prepared or sent in a pipeline, and nobody listens.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Table,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.selectable import Subquery

from pager.adapters.store.dialects import postgresql_statements
from pager.adapters.store.dialects.dialect import Compiled
from pager.adapters.store.dialects.postgresql_engine import (
    READERS,
    WRITER,
    Connections,
    postgresql_engine,
)
from pager.adapters.store.dialects.postgresql_listener import (
    NOTIFICATION_CHANNEL,
    PostgresqlListener,
)
from pager.adapters.text import one_line
from pager.errors import PagerError
from pager.messages import Channel

# Advisory locks: any numbers, as long as nobody else locks them in this database.
MIGRATIONS_LOCK = 7_243_701
TEST_PAGES_LOCK = 7_243_702
REFUSED_ALERTS_LOCK = 7_243_703


NOTIFY = Compiled("SELECT pg_notify(%(to)s, %(channel)s)", (), {})


class NotAFile(PagerError):
    """This database is on a PostgreSQL server, which backs it up itself: use pg_dump \
--format=custom, or what your provider has. To restore it, stop every node, use pg_restore, run \
`pager restore` without a FILE, and start them."""


class Postgresql:
    """Dialect: nodes share it, and each has one writer."""

    clock = "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)"

    def check_url(self, url: URL) -> URL:
        """The URL, for psycopg whichever driver it names; the host may be a folder of sockets.

        Raises ValueError where a part of the password seems to be in the host.
        """
        host = None if url.host is None else unquote(url.host)
        if host and not re.fullmatch(r"/.*|[A-Za-z0-9._:%,-]*", host):
            raise ValueError("write the characters @ : / ? # % of a password as %40 %3A %2F …")
        return url.set(drivername="postgresql+psycopg", host=host)

    def check_exists(self, url: URL) -> None:
        """Nothing to do: a connection to a database that is not there fails."""

    def lock_database(self, url: URL) -> None:
        """Nothing to do: several processes may serve it."""

    def lock_file(self, url: URL) -> None:
        """Nothing to do: it is not a file."""

    def check_whole(self, url: URL, known: str | None) -> None:
        """Nothing to do: nobody copies its files alone."""

    def served_file(self, url: URL) -> None:
        """It is not a file."""

    def place(self, connection: Connection) -> str:
        """The server's identifier and the table's: a dump has others wherever it is restored."""
        may_ask = "SELECT has_function_privilege('pg_control_system()', 'execute')"
        server = ""
        if connection.exec_driver_sql(may_ask).scalar_one():
            identifier = "SELECT system_identifier FROM pg_control_system()"
            server = str(connection.exec_driver_sql(identifier).scalar_one())
        table = connection.exec_driver_sql("SELECT 'installation'::regclass::oid").scalar_one()
        return f"{server}/{table}"

    def copy(self, url: URL, to: Path) -> None:  # noqa: ARG002 - the protocol's
        """Raise NotAFile."""
        raise NotAFile

    def flush(self, writer: Engine) -> None:
        """Nothing to do: the server does that."""

    def writer(self, url: URL) -> Engine:
        """An engine of one connection, which gives up its locks when its node is halted."""
        return postgresql_engine(url, WRITER)

    def tune(self, writer: Engine) -> None:
        """Nothing to do."""

    def readers(self, url: URL) -> Engine:
        """An engine whose transactions are REPEATABLE READ: one snapshot each."""
        return postgresql_engine(url, READERS)

    def starting(self, url: URL) -> str | None:
        """Why the server is not reached, where it may be starting; not where it refuses us."""
        engine = postgresql_engine(url, Connections({}))
        try:
            engine.connect().close()
        except OperationalError as error:
            reason = one_line(str(error.orig))
            return reason if "FATAL" not in reason or "starting up" in reason else None
        finally:
            engine.dispose()
        return None

    def check_integrity(self, writer: Engine) -> None:
        """Nothing to do: the server does that."""

    def lock_migrations(self, connection: Connection) -> None:
        """Wait as long as it takes: nodes that start together would create the same tables."""
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        # A busy machine may take its time between two steps.
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '10min'"))
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATIONS_LOCK)))

    def try_lock_test_pages(self, connection: Connection) -> bool:
        """Does not wait: the Alerts in the same transaction would wait as well."""
        return _try_lock(connection, TEST_PAGES_LOCK)

    def try_lock_refused_alerts(self, connection: Connection) -> bool:
        """Does not wait, for the same reason."""
        return _try_lock(connection, REFUSED_ALERTS_LOCK)

    def lock_table(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
        self, connection: Connection, table: Table
    ) -> None:
        """Let nobody else write to the table before this transaction ends; it may be read."""
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))

    def count_on(  # type: ignore[explicit-any]  # as above
        self, connection: Connection, table: Table
    ) -> None:
        """Set the sequence of the ids, which does not see what others than it have chosen."""
        sequence = func.pg_get_serial_sequence(table.name, "id")
        largest = select(func.max(table.c.id)).scalar_subquery()
        connection.execute(select(func.setval(sequence, largest)))

    def insert(  # type: ignore[explicit-any]  # as above
        self, table: Table
    ) -> postgresql.Insert:
        """INSERT … ON CONFLICT."""
        return postgresql.insert(table)

    def rows(  # type: ignore[explicit-any]  # SQLAlchemy's Column has one
        self, columns: Sequence[Column[object]]
    ) -> Subquery:
        """By JSONB."""
        return postgresql_statements.rows(columns)

    def run(
        self,
        connection: Connection,
        statement: Compiled,
        rows: Sequence[Sequence[object]],
        values: Mapping[str, object],
    ) -> Sequence[tuple[object, ...]]:
        """By the driver itself, prepared."""
        return postgresql_statements.run(connection, statement, rows, values)

    def pipelined(self, connection: Connection) -> AbstractContextManager[None]:
        """In a pipeline, where there is one."""
        return postgresql_statements.pipelined(connection)

    def notify(self, connection: Connection, channels: Collection[Channel]) -> None:
        """NOTIFY, which the server delivers once the transaction is committed."""
        for channel in sorted(channels):
            values = {"to": NOTIFICATION_CHANNEL, "channel": channel}
            postgresql_statements.run(connection, NOTIFY, (), values)

    def listener(
        self, url: URL, on_work: Callable[[Channel], object], reconnect_after: timedelta
    ) -> PostgresqlListener:
        """Calls `on_work` for what any node commits, this one too."""
        return PostgresqlListener(url, on_work, reconnect_after)

    def reason(self, error: BaseException) -> str | None:
        """The server's message; None where the server was not reached."""
        reason: str | None = getattr(getattr(error, "diag", None), "message_primary", None)
        return reason


def _try_lock(connection: Connection, key: int) -> bool:
    lock = select(func.pg_try_advisory_xact_lock(key))
    is_locked: bool = connection.execute(lock).scalar_one()
    return is_locked
