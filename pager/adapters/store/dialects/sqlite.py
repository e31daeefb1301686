"""SQLite: one file, which one process serves; its own errors say what to do with the file."""

import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import cast
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.sql.selectable import Subquery

from pager.adapters.store.dialects import sqlite_rows
from pager.adapters.store.dialects.dialect import Compiled
from pager.adapters.store.dialects.sqlite_file import (
    BackupInPlace,
    DatabaseFileDamaged,
    DatabaseFileGone,
    DatabaseFileMissing,
    DatabaseFileNew,
    DatabaseInUse,
    EmptyCopy,
    IncompleteCopy,
    NoDatabase,
    identity_of,
    installation_in,
    open_read_only,
    path_of,
    size_of,
    wal_of,
)
from pager.adapters.text import one_line
from pager.messages import Channel

# SQLite counts up by itself in an INTEGER key only.
ROW_ID = BigInteger().with_variant(Integer, "sqlite")

CACHE_KIB = 32 * 1024
"""Memory of the writer for pages of the file: a storm touches the same ones again and again."""

TUNED = ("temp_store=MEMORY", "wal_autocheckpoint=4000")
"""Settings of the writer, once the schema is up to date.

The statement journal, with which SQLite takes back a statement that fails, stays in memory. With
some twenty rows it has more than 64 kB, and would be written to a temporary file each time. (A
migration may sort more than there is memory for, so it comes before.) And the -wal is brought into
the file after 16 MB: a page that many transactions change is written there once.
"""

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""SQLite's error codes for a damaged file."""

logger = logging.getLogger(__name__)


class Sqlite:
    """Dialect: one process serves the file, with one writer, so rows need no locks."""

    clock = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"

    def check_url(self, url: URL) -> URL:
        """The URL. Raises ValueError for another driver, and for a database in memory."""
        if url.drivername != "sqlite":
            raise ValueError(f"{url.drivername} is not a driver of Pager's")
        if url.host:
            raise ValueError("three slashes go before the name of a file, four before a whole path")
        if url.database in (None, "", ":memory:"):
            raise ValueError("a database in memory would forget its pages")
        return url

    def check_exists(self, url: URL) -> None:
        """Raise NoDatabase where there is no such file: SQLite would create it."""
        if not path_of(url).is_file():
            raise NoDatabase(str(path_of(url)))

    def lock_database(self, url: URL) -> FileLock:
        """Make sure that this process alone serves the file. Creates a file that is new.

        Raises DatabaseInUse, DatabaseFileMissing and DatabaseFileNew.
        """
        path = path_of(url)
        if not path.exists():
            wal = wal_of(path)
            if wal.exists() and wal.stat().st_size:
                # A new file would be an empty Pager, and SQLite would drop what is in the old -wal.
                raise DatabaseFileMissing(str(path))
        if size_of(path) == 0:
            served = self.served_file(url)
            if served.exists():
                raise DatabaseFileNew(str(path), served.name)
            logger.warning("%s is new and empty: nobody can be paged yet", path)
        # Only for its owner: it has the key that links are signed with.
        path.touch(mode=0o600)
        return self.lock_file(url)

    def lock_file(self, url: URL) -> FileLock:
        """Keep other processes from serving the file, whether it is there or not.

        Raises DatabaseInUse.
        """
        lock = FileLock(f"{path_of(url)}.lock", mode=0o600)
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise DatabaseInUse(str(path_of(url))) from error
        return lock

    def check_whole(self, url: URL, known: str | None) -> None:
        """Look at the file without its -wal. A server that was killed leaves its -wal behind."""
        path = path_of(url)
        if size_of(path) == 0:
            return
        (status, name), has_wal = installation_in(path), wal_of(path).exists()
        if status == "backup":
            raise BackupInPlace(str(path))
        if status == "served" and not has_wal and name != known:
            raise IncompleteCopy(str(path))
        if status == "empty" and not has_wal:
            raise EmptyCopy(str(path))

    def served_file(self, url: URL) -> Path:
        """Beside the database."""
        path = path_of(url)
        return path.with_name(f"{path.name}.served")

    def place(self, connection: Connection) -> str:  # noqa: ARG002 - the protocol's
        """There is no server."""
        return ""

    def copy(self, url: URL, to: Path) -> None:
        """SQLite's online backup: one snapshot, whatever is committed meanwhile.

        Raises DatabaseFileDamaged and OSError.
        """
        try:
            with (
                closing(open_read_only(path_of(url))) as source,
                closing(sqlite3.connect(to)) as copy,
            ):
                source.backup(copy)
                # The copy is one file: nothing of it is in a -wal.
                copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            if error.sqlite_errorcode in DAMAGED:
                raise DatabaseFileDamaged(str(path_of(url)), str(error)) from error
            raise OSError(str(error)) from error

    def flush(self, writer: Engine) -> None:
        """Checkpoint the -wal."""
        with writer.connect() as connection:
            driver = cast("sqlite3.Connection", connection.connection.driver_connection)
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def writer(self, url: URL) -> Engine:
        """An engine of one connection, which writes; it raises DatabaseFileGone."""
        engine = _engine(url, "BEGIN IMMEDIATE", pool_size=1)

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            # Until a new file has its schema, nothing of it is in a -wal: so a copy of a file that
            # is served is never an empty database.
            if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                connection.execute("PRAGMA journal_mode=WAL")
            for pragma in ("synchronous=FULL", "foreign_keys=ON", f"cache_size=-{CACHE_KIB}"):
                connection.execute(f"PRAGMA {pragma}")

        path = path_of(url)
        opened_file = identity_of(path)

        @event.listens_for(engine, "begin")
        def check(_connection: Connection) -> None:
            # What is written to a deleted file is lost when the process ends.
            if identity_of(path) != opened_file:
                raise DatabaseFileGone(str(path))

        return engine

    def tune(self, writer: Engine) -> None:
        """Set TUNED on the connection that is open, and on each later one."""

        @event.listens_for(writer, "connect")
        def prepare(connection: sqlite3.Connection, _record: object = None) -> None:
            for pragma in TUNED:
                connection.execute(f"PRAGMA {pragma}")

        with writer.connect() as connection:
            prepare(cast("sqlite3.Connection", connection.connection.driver_connection))

    def readers(self, url: URL) -> Engine:
        """An engine whose connections cannot write."""
        read_only = url.set(
            database=f"file:{quote(str(path_of(url)))}",
            query={"mode": "ro", "uri": "true"},
        )
        # One for each thread that reads at the same moment: nobody waits for another's.
        return _engine(read_only, "BEGIN", pool_size=60)

    def starting(self, url: URL) -> None:
        """A file needs no server."""

    def check_integrity(self, writer: Engine) -> None:
        """Read every page of the file (265 MB in 0.2 s). Raises DatabaseFileDamaged.

        A damaged file would seem to serve, until the page that is needed is not there.
        """
        path = str(writer.url.database)
        try:
            with writer.connect() as connection:
                [result] = connection.exec_driver_sql("PRAGMA quick_check(1)").scalars()
        except DatabaseError as error:  # too damaged even to be opened, or checked
            if getattr(error.orig, "sqlite_errorcode", None) in DAMAGED:
                raise DatabaseFileDamaged(path, str(error.orig)) from error
            raise
        if result != "ok":
            raise DatabaseFileDamaged(path, one_line(result))

    def lock_migrations(self, connection: Connection) -> None:
        """Nothing to do: no other process uses the file."""

    def try_lock_test_pages(self, connection: Connection) -> bool:  # noqa: ARG002 - the protocol's
        """Always True: there is one writer."""
        return True

    def try_lock_refused_alerts(self, connection: Connection) -> bool:  # noqa: ARG002 - as above
        """Always True: there is one writer."""
        return True

    def lock_table(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
        self, connection: Connection, table: Table
    ) -> None:
        """Nothing to do: there is one writer."""

    def count_on(  # type: ignore[explicit-any]  # as above
        self, connection: Connection, table: Table
    ) -> None:
        """Nothing to do: SQLite looks for the largest id."""

    def insert(  # type: ignore[explicit-any]  # as above
        self, table: Table
    ) -> sqlite.Insert:
        """INSERT … ON CONFLICT."""
        return sqlite.insert(table)

    def rows(  # type: ignore[explicit-any]  # SQLAlchemy's Column has one
        self, columns: Sequence[Column[object]]
    ) -> Subquery:
        """By VALUES."""
        return sqlite_rows.rows(columns)

    def run(
        self,
        connection: Connection,
        statement: Compiled,
        rows: Sequence[Sequence[object]],
        values: Mapping[str, object],
    ) -> Sequence[tuple[object, ...]]:
        """By the driver itself: most statements take less time than SQLAlchemy does for each."""
        if not connection.in_transaction():
            connection.begin()
        return _run(connection, *sqlite_rows.with_rows(statement, rows, values))

    def pipelined(self, connection: Connection) -> AbstractContextManager[None]:  # noqa: ARG002 - the protocol's
        """There is no server to wait for."""
        return nullcontext()

    def notify(self, connection: Connection, channels: Collection[Channel]) -> None:
        """There are no other nodes."""

    def listener(
        self, url: URL, on_work: Callable[[Channel], object], reconnect_after: timedelta
    ) -> None:
        """There are no other nodes."""

    def reason(self, error: BaseException) -> str | None:
        """SQLite's message."""
        return str(error) if isinstance(error, sqlite3.Error) else None


def _engine(url: URL, begin: str, pool_size: int) -> Engine:
    """An engine that begins its transactions itself: the driver would begin too late."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={
            "isolation_level": None,
            "check_same_thread": False,
            "cached_statements": 1_000,
        },
        hide_parameters=True,  # what an Alert says is not for the log
    )
    # Many rows in one INSERT: the driver lets go of Python's lock (GIL) once, and not for each row.
    engine.dialect.use_insertmanyvalues_wo_returning = True

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        _run(connection, begin)

    return engine


def _run(
    connection: Connection, text: str, parameters: Sequence[object] = ()
) -> Sequence[tuple[object, ...]]:
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    try:
        return driver.execute(text, parameters).fetchall()
    except sqlite3.Error as error:
        raise cast(
            "DBAPIError",
            DBAPIError.instance(text, None, error, sqlite3.Error, hide_parameters=True),
        ) from error
