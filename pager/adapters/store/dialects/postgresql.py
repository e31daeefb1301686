"""PostgreSQL: several nodes share one database, and wake each other with LISTEN and NOTIFY.

A pooler (PgBouncer, RDS Proxy, …) may stand in front of it, and give each transaction another
connection to the server. So nothing is kept in a session: time-outs are set in each transaction,
locks end with it, and behind a pooler statements are not prepared and nobody listens.
"""

import logging
import re
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import unquote

from sqlalchemy import (
    JSON,
    URL,
    BindParameter,
    Column,
    Connection,
    Engine,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import ExceptionContext, IsolationLevel
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.sql.selectable import Subquery

from pager.adapters.text import one_line
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

READER_LIMITS = {"lock_timeout": "5s", "statement_timeout": "30s"}
"""Unless the `options` of the database's URL say otherwise."""

WRITER_LIMITS = READER_LIMITS | {"idle_in_transaction_session_timeout": "10s"}
"""A node may be halted in the middle of a transaction: the others need the rows it has locked."""

# Advisory locks: any numbers, as long as nobody else locks them in this database.
MIGRATIONS_LOCK = 7_243_701
TEST_PAGES_LOCK = 7_243_702
REFUSED_ALERTS_LOCK = 7_243_703

NOTIFICATION_CHANNEL = "pager"
STOPS_WITHIN = timedelta(seconds=1)
"""A listener ends at most so long after it is told to stop."""

CHANNELS: dict[str, Channel] = {channel: channel for channel in get_args(Channel)}

logger = logging.getLogger(__name__)


class NotAFile(PagerError):
    """This database is on a PostgreSQL server, which backs it up itself: use pg_dump \
--format=custom, or what your provider has. To restore it, stop every node, use pg_restore, run \
`pager restore` without a FILE, and start them."""


class StatementPooling(PagerError):
    """The pooler in front of PostgreSQL is in statement mode, in which there are no transactions: \
set its pool_mode to transaction or session, or let PAGER_DATABASE_URL lead to PostgreSQL itself."""


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
        return _engine(url, WRITER_LIMITS, pool_size=1, max_overflow=0)

    def readers(self, url: URL) -> Engine:
        """An engine whose transactions are REPEATABLE READ: one snapshot each."""
        # Up to one for each thread that reads at the same moment: nobody waits for another's.
        return _engine(
            url, READER_LIMITS, pool_size=5, max_overflow=30, isolation_level="REPEATABLE READ"
        )

    def starting(self, url: URL) -> str | None:
        """Why the server is not reached, where it may be starting; not where it refuses us."""
        engine = _engine(url, {}, pool_size=1)
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
        self, parameter: BindParameter[str], columns: Sequence[Column[object]]
    ) -> Subquery:
        """By json_array_elements."""
        array = func.json_array_elements(sql_cast(parameter, JSON)).table_valued("value").c.value
        values = [
            # A cast to VARCHAR(n) would cut what is too long.
            sql_cast(
                array.op("->>")(literal_column(str(place))),
                Text() if isinstance(column.type, String) else column.type,
            ).label(column.name)
            for place, column in enumerate(columns)
        ]
        return select(*values).subquery("given")

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
        self._engine = _engine(url, {}, pool_size=1, isolation_level="AUTOCOMMIT")
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
            driver = cast("psycopg.Connection", connection.connection.driver_connection)
            if _is_pooled(driver):
                self._stopping.set()
                logger.info("a pooler is in front of PostgreSQL: workers find work by polling")
                return
            connection.exec_driver_sql(f"LISTEN {NOTIFICATION_CHANNEL}")
            for channel in CHANNELS.values():
                self._on_work(channel)  # what was committed while nobody listened
            while not self._stopping.is_set():
                for notification in driver.notifies(timeout=STOPS_WITHIN.total_seconds()):
                    # A newer node may have channels that are unknown here.
                    if (named := CHANNELS.get(notification.payload)) is not None:
                        self._on_work(named)


def _try_lock(connection: Connection, key: int) -> bool:
    lock = select(func.pg_try_advisory_xact_lock(key))
    is_locked: bool = connection.execute(lock).scalar_one()
    return is_locked


def _engine(
    url: URL,
    limits: Mapping[str, str],
    pool_size: int,
    max_overflow: int = 10,
    isolation_level: IsolationLevel | None = None,
) -> Engine:
    """An engine that notices a dead connection before it is used, and does not wait for ever.

    `limits` are the time-outs of each transaction.
    """
    options = " ".join(_listed(url.query.get("options", ())))
    set_limits = "; ".join(
        f"SET LOCAL {name} = '{value}'" for name, value in limits.items() if name not in options
    )
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_pre_ping=True,
        isolation_level=isolation_level,
        connect_args={
            name: value for name, value in LIBPQ_OPTIONS.items() if name not in url.query
        },
        hide_parameters=True,  # what an Alert says is not for the log
    )

    @event.listens_for(engine, "connect")
    def prepare(driver: "psycopg.Connection", _record: object) -> None:
        if _is_pooled(driver):
            # The next transaction may have a server that knows nothing of it.
            driver.prepare_threshold = None

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        if set_limits:
            connection.exec_driver_sql(set_limits)

    @event.listens_for(engine, "handle_error")
    def explain(context: ExceptionContext) -> PagerError | None:
        is_statement_mode = "statement pooling mode" in str(context.original_exception)
        return StatementPooling() if is_statement_mode else None

    return engine


def _is_pooled(driver: "psycopg.Connection") -> bool:
    """Whether a pooler is at the other end: it calls itself by another process number."""
    in_transactions, driver.autocommit = not driver.autocommit, True
    row = driver.execute("SELECT pg_backend_pid()").fetchone()
    driver.autocommit = not in_transactions
    return row is not None and bool(row[0] != driver.info.backend_pid)


def _listed(value: str | Iterable[str]) -> Iterable[str]:
    return [value] if isinstance(value, str) else value
