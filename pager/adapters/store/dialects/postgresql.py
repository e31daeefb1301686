"""PostgreSQL: several nodes share one database, and wake each other with LISTEN and NOTIFY."""

import logging
import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from sqlalchemy import URL, Connection, Engine, Table, create_engine, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import SQLAlchemyError

from pager.errors import PagerError
from pager.messages import Channel

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

READER_LIMITS = "-c lock_timeout=5s -c statement_timeout=30s"
"""Unless the `options` of the database's URL say otherwise."""

WRITER_LIMITS = f"{READER_LIMITS} -c idle_in_transaction_session_timeout=10s"
"""A node may be halted in the middle of a transaction: the others need the rows it has locked."""

# Advisory locks: any numbers, as long as nobody else locks them in this database.
MIGRATIONS_LOCK = 7_243_701
TEST_PAGES_LOCK = 7_243_702

NOTIFICATION_CHANNEL = "pager"
STOPS_WITHIN = timedelta(seconds=1)
"""A listener ends at most so long after it is told to stop."""

CHANNELS: dict[str, Channel] = {channel: channel for channel in get_args(Channel)}

logger = logging.getLogger(__name__)


class NotAFile(PagerError):
    """This database is on a PostgreSQL server, which backs it up itself: use pg_dump \
--format=custom, or what your provider has. To restore it, stop every node, use pg_restore, run \
`pager restore` without a FILE, and start them."""


class Postgresql:
    """Dialect: nodes share it, and each has one writer."""

    drivers = ("postgresql", "postgresql+psycopg")
    clock = "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)"

    def check_url(self, url: URL) -> None:
        """Every URL of PostgreSQL is accepted."""

    def check_exists(self, url: URL) -> None:
        """Nothing to do: a connection to a database that is not there fails."""

    def lock_database(self, url: URL) -> None:
        """Nothing to do: several processes may serve it."""

    def lock_file(self, url: URL) -> None:
        """Nothing to do: it is not a file."""

    def check_whole(self, url: URL) -> None:
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
        return _engine(url, WRITER_LIMITS, pool_size=1, max_overflow=0)

    def readers(self, url: URL) -> Engine:
        """An engine whose transactions are REPEATABLE READ: one snapshot each."""
        return _engine(url, READER_LIMITS, pool_size=5, isolation_level="REPEATABLE READ")

    def check_integrity(self, writer: Engine) -> None:
        """Nothing to do: the server does that."""

    def lock_migrations(self, connection: Connection) -> None:
        """Wait as long as it takes: nodes that start together would create the same tables."""
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATIONS_LOCK)))

    def try_lock_test_pages(self, connection: Connection) -> bool:
        """Does not wait: the Alerts in the same transaction would wait as well."""
        lock = select(func.pg_try_advisory_xact_lock(TEST_PAGES_LOCK))
        is_locked: bool = connection.execute(lock).scalar_one()
        return is_locked

    def lock_table(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
        self, connection: Connection, table: Table
    ) -> None:
        """Let nobody else write to the table before this transaction ends; it may be read."""
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))

    def insert_if_new(  # type: ignore[explicit-any]  # as above
        self, table: Table
    ) -> postgresql.Insert:
        """INSERT … ON CONFLICT DO NOTHING."""
        return postgresql.insert(table).on_conflict_do_nothing()

    def notify(self, connection: Connection, channels: Collection[Channel]) -> None:
        """NOTIFY, which the server delivers once the transaction is committed."""
        for channel in sorted(channels):
            connection.execute(select(func.pg_notify(NOTIFICATION_CHANNEL, channel)))

    def listener(
        self, url: URL, on_work: Callable[[Channel], object], reconnect_after: timedelta
    ) -> "PostgresqlListener":
        """Calls `on_work` for what any node commits, this one too."""
        return PostgresqlListener(url, on_work, reconnect_after)

    def reason(self, error: BaseException) -> str | None:
        """The server's message; None where the server was not reached."""
        reason: str | None = getattr(getattr(error, "diag", None), "message_primary", None)
        return reason


class PostgresqlListener:
    """Listens for what nodes commit. A lost notification loses no page: the workers also poll."""

    def __init__(
        self, url: URL, on_work: Callable[[Channel], object], reconnect_after: timedelta
    ) -> None:
        """Call `on_work` for each notification, and for every channel when it begins to listen.

        `reconnect_after`: the pause before a lost connection is tried again.
        """
        self._engine = _engine(url, READER_LIMITS, pool_size=1, isolation_level="AUTOCOMMIT")
        self._on_work = on_work
        self._reconnect_after = reconnect_after.total_seconds()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Listen until `stop`, and again whenever the connection was lost."""
        while not self._stopping.is_set():
            try:
                self._listen()
            except SQLAlchemyError as error:
                logger.warning("not listening to the other nodes: %s", type(error).__name__)
                self._stopping.wait(self._reconnect_after)
        self._engine.dispose()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    def _listen(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"LISTEN {NOTIFICATION_CHANNEL}")
            for channel in CHANNELS.values():
                self._on_work(channel)  # what was committed while nobody listened
            driver = cast("psycopg.Connection", connection.connection.driver_connection)
            while not self._stopping.is_set():
                for notification in driver.notifies(timeout=STOPS_WITHIN.total_seconds()):
                    # A newer node may have channels that are unknown here.
                    if (named := CHANNELS.get(notification.payload)) is not None:
                        self._on_work(named)


def _engine(
    url: URL,
    limits: str,
    pool_size: int,
    max_overflow: int = 10,
    isolation_level: IsolationLevel | None = None,
) -> Engine:
    """An engine that notices a dead connection before it is used, and does not wait for ever."""
    url_options = url.query.get("options", "")
    options = " ".join([limits, *([url_options] if isinstance(url_options, str) else url_options)])
    defaults = {name: value for name, value in LIBPQ_OPTIONS.items() if name not in url.query}
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_pre_ping=True,
        isolation_level=isolation_level,
        connect_args=defaults | {"options": options},
        hide_parameters=True,  # what an Alert says is not for the log
    )
