"""How each database is opened: by whom, how durably, and how long it may keep silent."""

import logging
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import IsolationLevel

from pager.errors import PagerError

logger = logging.getLogger(__name__)

POSTGRESQL = {
    # A network or a server that is silent is given up.
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""For libpq, unless the database's URL says otherwise."""

LIMITS = "-c lock_timeout=5s -c statement_timeout=30s"
"""For PostgreSQL, unless the `options` of the database's URL say otherwise."""

WRITERS_LIMITS = f"{LIMITS} -c idle_in_transaction_session_timeout=10s"
"""A node may be halted in the middle of a transaction: the others need the rows it has locked."""


class DatabaseInUse(PagerError):
    """The SQLite database {path} is served by another Pager already: stop that one first, \
or give this one another PAGER_DATABASE_URL."""

    def __init__(self, path: str) -> None:
        """`path` is the database file."""
        super().__init__(path=path)


class DatabaseFileMissing(PagerError):
    """The database file {path} is gone, but its -wal is there: put the file back. (To begin with \
nothing instead, delete the -wal.)"""

    def __init__(self, path: str) -> None:
        """`path` is where it was."""
        super().__init__(path=path)


class DatabaseFileGone(PagerError):
    """The database file {path} was deleted or replaced while Pager serves it: move it back, with \
its -wal, and Pager goes on; or stop Pager, restore the backup, and start."""

    def __init__(self, path: str) -> None:
        """`path` is where it was."""
        super().__init__(path=path)


class _DbapiConnection(Protocol):
    def execute(self, statement: str) -> object: ...


def lock_file(url: URL) -> FileLock | None:
    """Make sure that this process alone serves the SQLite file; other databases are shared."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise ValueError("a database in memory forgets its pages: name a file, sqlite:///pager.db")
    path = Path(url.database)
    if not path.exists():
        wal = path.with_name(f"{path.name}-wal")
        if wal.exists() and wal.stat().st_size:
            # A new file would be an empty Pager, and the end of what is in the old one's -wal.
            raise DatabaseFileMissing(str(path.resolve()))
        logger.warning("%s is new and empty: nobody can be paged yet", path.resolve())
    # It holds the key that links are signed with: nobody else's business.
    path.touch(mode=0o600)
    lock = FileLock(f"{url.database}.lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise DatabaseInUse(str(Path(url.database).resolve())) from error
    return lock


def writing(url: URL) -> Engine:
    """An engine of one connection, which writes. Not for SQLite in several processes."""
    if url.get_backend_name() != "sqlite":
        return postgresql(url, WRITERS_LIMITS, pool_size=1, max_overflow=0)
    engine = _sqlite(url, "BEGIN IMMEDIATE", pool_size=1)

    @event.listens_for(engine, "connect")
    def prepare(connection: _DbapiConnection, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    path = Path(url.database or "")
    opened = _identity(path)

    @event.listens_for(engine, "begin")
    def check(_connection: Connection) -> None:
        # What is written to a deleted file is gone with the process, whatever was answered.
        if _identity(path) != opened:
            raise DatabaseFileGone(str(path.resolve()))

    return engine


def reading(url: URL) -> Engine:
    """An engine whose connections see one snapshot in each transaction."""
    if url.get_backend_name() != "sqlite":
        return postgresql(url, LIMITS, pool_size=5, isolation_level="REPEATABLE READ")
    read_only = url.set(
        database=f"file:{quote(str(Path(url.database or '').resolve()))}",
        query={"mode": "ro", "uri": "true"},
    )
    return _sqlite(read_only, "BEGIN", pool_size=20)


def postgresql(
    url: URL,
    limits: str,
    pool_size: int,
    max_overflow: int = 10,
    isolation_level: IsolationLevel | None = None,
) -> Engine:
    """An engine that notices a dead connection before it is used, and does not wait for ever."""
    given = url.query.get("options", "")
    options = {"options": " ".join([limits, *([given] if isinstance(given, str) else given)])}
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_pre_ping=True,
        isolation_level=isolation_level,
        connect_args={name: value for name, value in POSTGRESQL.items() if name not in url.query}
        | options,
        hide_parameters=True,
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _sqlite(url: URL, begin: str, pool_size: int) -> Engine:
    """An engine that begins its transactions itself: the driver would begin too late."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"isolation_level": None, "check_same_thread": False},
        hide_parameters=True,  # what an Alert says is not for the log
    )

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
