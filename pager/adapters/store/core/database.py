"""One database: many readers, one writer, which commits what has queued up in one transaction.

One writer is what SQLite can bear (versions up to 3.51.2 may corrupt a WAL database that two
connections write at once), and it is fast: however many threads wait for a commit, they share
one. The same holds on PostgreSQL, where several processes have a writer each.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection, make_url

from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.core.migrations import OtherSchema, is_up_to_date, upgrade
from pager.adapters.store.dialects.engines import lock_file, reading, writing
from pager.adapters.store.dialects.integrity import check_for_damage, damage_told
from pager.errors import PagerError

MOST_JOBS_A_TRANSACTION = 500

LONGEST_TRANSACTION = timedelta(milliseconds=500)
"""After this a transaction takes no more jobs: others wait for it, and for the rows it locks."""

logger = logging.getLogger(__name__)

T = TypeVar("T")


class NoDatabase(PagerError):
    """There is no database {path}. Is that the server's PAGER_DATABASE_URL, and its folder? If it \
was there before, put it back before Pager is started again: otherwise that begins with nothing."""

    def __init__(self, path: str) -> None:
        """`path` is where it should be."""
        super().__init__(path=path)


class DatabaseClosed(PagerError):
    """Pager is stopping, and took nothing any more: send it again in a moment."""


class Readable(Protocol):
    """Where something is read."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which only reads: one snapshot, however many queries it makes."""
        ...


class Transactions(Readable, Protocol):
    """Where the SQL ports do their work: a whole database, or one transaction in it."""

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Do `work` in a transaction. It may be done again if that fails, so it only writes here.

        `lock_key` names what it may lock, as `row` of `Database.submit`. A PagerError that it
        raises is an answer, raised before anything was written.
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

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:  # noqa: ARG002 - as above
        """Do `work`, to be committed with the rest of the transaction."""
        return work(self._connection)


class _Job(Generic[T]):
    """Some work for the writer, and whoever waits for it."""

    def __init__(self, work: Callable[[Connection], T], row: str) -> None:
        self.future: Future[T] = Future()
        self.row = row
        self._work = work
        self._succeed: Callable[[], None]

    def run(self, connection: Connection) -> None:
        """Do the work; nobody is told before the commit."""
        try:
            self._succeed = partial(self.future.set_result, self._work(connection))
        except PagerError as refusal:
            self._succeed = partial(self.future.set_exception, refusal)

    def succeed(self) -> None:
        """Say what came of it: it is committed."""
        self._succeed()


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
        self._readers = reading(parsed)
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

        Raises DatabaseInUse where another process serves the same SQLite file,
        DatabaseFileMissing where it is gone and what belongs to it is not, OtherSchema where
        a newer Pager has served it, DatabaseFileDamaged where it is not whole, OSError where it
        cannot be created, and what SQLAlchemy raises for a database out of reach. Later every
        write raises DatabaseFileGone if that file is no longer where it was.
        """
        self.url = url
        parsed = make_url(url)
        self._lock = lock_file(parsed)
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._is_closed = False
        self._closing = threading.Lock()
        self._writer = writing(parsed)
        self._readers = reading(parsed)
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        try:
            with damage_told(str(parsed.database)), self._writer.begin() as connection:
                check_for_damage(connection)
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

    @property
    def waiting(self) -> int:
        """How many jobs wait for the writer."""
        return self._jobs.qsize()

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` on what is committed: one snapshot, however many queries it makes."""
        with self._readers.connect() as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Do `work` in a transaction, and return once that is committed."""
        return self.submit(work, lock_key).result()

    def submit(self, work: Callable[[Connection], T], row: str = "") -> "Future[T]":
        """As `write`, without waiting: the future is done once the transaction is committed.

        `row` names what the work may lock. Every transaction locks in the order of these names,
        so of works that name it no two nodes wait for each other; works with the same name are
        done as they came.

        Where the future has an exception, nothing of it was committed, or (the answer to the
        commit was lost) nobody can tell. It has DatabaseClosed once nothing is taken any more.
        """
        job = _Job(work, row)
        with self._closing:
            if self._is_closed:
                job.future.set_exception(DatabaseClosed())
            else:
                self._jobs.put(job)  # type: ignore[arg-type]  # a queue of jobs of any kind
        return job.future

    def close(self) -> None:
        """Commit what has been submitted, and let go of the database."""
        with self._closing:
            self._is_closed = True
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
        is_open = True
        while is_open:
            queued_up = self._queued_up()
            is_open = None not in queued_up
            # From here on nobody can give up what they wait for.
            jobs = [job for job in queued_up if job and job.future.set_running_or_notify_cancel()]
            jobs.sort(key=lambda job: job.row)
            while jobs:
                try:
                    jobs = self._commit(jobs)
                except Exception as error:  # noqa: BLE001 - nobody else would do the writer's work
                    _fail(jobs, error)
                    jobs = []

    def _queued_up(self) -> list[_Job[object] | None]:
        jobs = [self._jobs.get()]
        while jobs[-1] is not None and len(jobs) < MOST_JOBS_A_TRANSACTION:
            try:
                jobs.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return jobs

    def _commit(self, jobs: list[_Job[object]]) -> list[_Job[object]]:
        """Commit those that there is time for in one transaction; the jobs that are left."""
        done: list[_Job[object]] = []
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(self._writer.connect())
                connection.begin()
            except Exception as error:  # noqa: BLE001 - whatever it is, all of them wait for it
                _fail(jobs, error)
                return []
            end = time.monotonic() + LONGEST_TRANSACTION.total_seconds()
            for job in jobs:
                try:
                    job.run(connection)
                except Exception as error:  # noqa: BLE001 - it is told to who asked
                    # It spoilt it for the others, who are no worse off for beginning again. On
                    # a connection that is lost as well, even a rollback would fail.
                    connection.invalidate()
                    _fail([job], error)
                    return [other for other in jobs if other is not job]
                done.append(job)
                if time.monotonic() > end:
                    break
            try:
                connection.commit()
            except Exception as error:  # noqa: BLE001
                # It may be committed all the same: not to be done again by us.
                connection.invalidate()
                _fail(done, error)
            else:
                for job in done:
                    job.succeed()
        return jobs[len(done) :]


def _fail(jobs: list[_Job[object]], error: Exception) -> None:
    log_failure(logger, f"the database did not take {len(jobs)} writes", error)
    for job in jobs:
        if not job.future.done():
            job.future.set_exception(error)
