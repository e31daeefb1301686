"""One database: many readers, one writer, which commits what has queued up in one transaction.

One writer is what SQLite can bear (versions up to 3.51.2 may corrupt a WAL database that two
connections write at once), and it is fast: however many threads wait for a commit, they share
one. The same holds on PostgreSQL, where several processes have a writer each.
"""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from pager.adapters.sql.migrations import is_up_to_date, upgrade
from pager.errors import PagerError

MOST_JOBS_A_TRANSACTION = 500

logger = logging.getLogger(__name__)

T = TypeVar("T")


class DatabaseInUse(PagerError):
    """The SQLite database {path} is served by another Pager already: stop that one first, \
or give this one another PAGER_DATABASE_URL."""

    def __init__(self, path: str) -> None:
        """`path` is the database file."""
        super().__init__(path=path)


class NoDatabase(PagerError):
    """There is no database {path} yet: pager serve makes it. See PAGER_DATABASE_URL."""

    def __init__(self, path: str) -> None:
        """`path` is where it should be."""
        super().__init__(path=path)


class OtherSchema(PagerError):
    """The database is of another version of Pager: start pager serve of this version once, \
which brings an older one up to date; a newer one needs the newer Pager."""


class Readable(Protocol):
    """Where something is read."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which only reads: one snapshot, however many queries it makes."""
        ...


class Transactions(Readable, Protocol):
    """Where the SQL ports do their work: a whole database, or one transaction in it."""

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction. It may be done again if that fails, so it only writes here.

        A PagerError that it raises is an answer, raised before anything was written.
        """
        ...


class Within:
    """Transactions that are all one: the ports act in it, and whoever opened it commits."""

    def __init__(self, connection: Connection) -> None:
        """`connection` has an open transaction."""
        self._connection = connection

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which sees what was written in this transaction before."""
        return work(self._connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, to be committed with the rest of the transaction."""
        return work(self._connection)


class _Job(Generic[T]):
    """Some work for the writer, and whoever waits for it."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.future: Future[T] = Future()
        self._work = work
        self._answer: T | PagerError

    def run(self, connection: Connection) -> None:
        try:
            self._answer = self._work(connection)
        except PagerError as refusal:
            self._answer = refusal

    def succeed(self) -> None:
        if isinstance(self._answer, PagerError):
            self.future.set_exception(self._answer)
        else:
            self.future.set_result(self._answer)


class _DbapiConnection(Protocol):
    def execute(self, statement: str) -> object: ...


class ReadOnlyDatabase:
    """A database that somebody else may be serving just now: a look at it disturbs nobody."""

    def __init__(self, url: str) -> None:
        """Open what is there.

        Raises NoDatabase where nothing is, OtherSchema where this version of Pager cannot read
        it, and what SQLAlchemy raises for a database out of reach.
        """
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
            raise NoDatabase(str(Path(parsed.database or "").resolve()))
        self._readers = _readers(parsed)
        try:
            readable = self.read(is_up_to_date)
        except BaseException:
            self.close()
            raise
        if not readable:
            self.close()
            raise OtherSchema

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` on what is committed: one snapshot, however many queries it makes."""
        with self._readers.connect() as connection:
            return work(connection)

    def close(self) -> None:
        """Let go of the database."""
        self._readers.dispose()


class Database:
    """A database by its SQLAlchemy URL, its schema brought up to date."""

    def __init__(self, url: str) -> None:
        """Open it, create or migrate its schema, and start the writer.

        Raises DatabaseInUse where another process serves the same SQLite file, OSError where
        that cannot be created, and what SQLAlchemy raises for a database out of reach.
        """
        parsed = make_url(url)
        self._lock = _lock(parsed)
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._writer = _writer(parsed)
        self._readers = _readers(parsed)
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        try:
            with self._writer.begin() as connection:
                upgrade(connection)
            self.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        except BaseException:
            self._dispose()
            raise
        self._thread.start()

    @property
    def serves_alone(self) -> bool:
        """Whether no other process can be at work on this database."""
        return self._lock is not None

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` on what is committed: one snapshot, however many queries it makes."""
        with self._readers.connect() as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction, and return once that is committed."""
        return self.submit(work).result()

    def submit(self, work: Callable[[Connection], T]) -> "Future[T]":
        """As `write`, without waiting: the future is done once the transaction is committed."""
        job = _Job(work)
        self._jobs.put(job)  # type: ignore[arg-type]  # a queue of jobs of any kind
        return job.future

    def close(self) -> None:
        """Commit what has been submitted, and let go of the database."""
        self._jobs.put(None)
        self._thread.join()
        self._dispose()

    def _dispose(self) -> None:
        # The readers first: the last connection to close tidies up, and only a writer may.
        self._readers.dispose()
        self._writer.dispose()
        if self._lock is not None:
            self._lock.release()

    def _run(self) -> None:
        while True:
            jobs = self._queued_up()
            # From here on nobody can give up what they wait for.
            self._commit([job for job in jobs if job and job.future.set_running_or_notify_cancel()])
            if None in jobs:
                return

    def _queued_up(self) -> list[_Job[object] | None]:
        jobs = [self._jobs.get()]
        while jobs[-1] is not None and len(jobs) < MOST_JOBS_A_TRANSACTION:
            try:
                jobs.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return jobs

    def _commit(self, jobs: list[_Job[object]]) -> None:
        try:
            with self._writer.begin() as connection:
                for job in jobs:
                    job.run(connection)
        except Exception as error:
            if len(jobs) == 1:
                logger.exception("the database did not take a write")
                jobs[0].future.set_exception(error)
            else:
                # One of them spoilt it for all: find out which.
                for job in jobs:
                    self._commit([job])
            return
        for job in jobs:
            job.succeed()


def _lock(url: URL) -> FileLock | None:
    """Make sure that this process alone serves the SQLite file; other databases are shared."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise ValueError("a database in memory forgets its pages: name a file, sqlite:///pager.db")
    # It holds the key that links are signed with: nobody else's business.
    Path(url.database).touch(mode=0o600)
    lock = FileLock(f"{url.database}.lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise DatabaseInUse(str(Path(url.database).resolve())) from error
    return lock


def _writer(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url, pool_size=1, max_overflow=0, pool_pre_ping=True, hide_parameters=True
        )
    engine = _sqlite(url, "BEGIN IMMEDIATE", pool_size=1)

    @event.listens_for(engine, "connect")
    def prepare(connection: _DbapiConnection, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _readers(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url, pool_pre_ping=True, isolation_level="REPEATABLE READ", hide_parameters=True
        )
    read_only = url.set(
        database=f"file:{quote(str(Path(url.database or '').resolve()))}",
        query={"mode": "ro", "uri": "true"},
    )
    return _sqlite(read_only, "BEGIN", pool_size=20)


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
