"""One database: many readers, one writer, which commits what has queued up in one transaction.

SQLite needs a single writer: versions up to 3.51.2 may corrupt a WAL database that two connections
write at once. It is fast, too: all threads that wait for a commit share one. The same holds on
PostgreSQL, where several processes have a writer each.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection

from pager.adapters.store.core import installation
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.core.migrations import OtherSchema, is_up_to_date, upgrade
from pager.adapters.store.dialects import database_url, dialect_of_url
from pager.adapters.store.dialects.dialect import Listener
from pager.errors import PagerError
from pager.messages import Channel

MOST_JOBS_A_TRANSACTION = 500

LONGEST_TRANSACTION = timedelta(milliseconds=500)
"""Others wait for a transaction, and for the rows that it locks."""

NOTED_EVERY = timedelta(minutes=1)
"""How often it is noted beside a SQLite file how far the database has come."""

logger = logging.getLogger(__name__)

T = TypeVar("T")


class DatabaseClosed(PagerError):
    """Pager is stopping, and took nothing any more: send it again in a moment."""


class Readable(Protocol):
    """What a view of the store reads: a whole database, or one transaction in it."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which only reads: one snapshot, however many queries it makes."""
        ...


class Transactions(Readable, Protocol):
    """What a port of the store works on: a whole database, or one transaction in it."""

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Do `work` in a transaction, and return its result.

        It may be done again if the transaction fails, so it must do nothing but write here. It may
        raise a PagerError, before it has written anything: that is its result, and the transaction
        goes on. For `lock_key` see `Database.submit`.
        """
        ...


class SubmittingTransactions(Transactions, Protocol):
    """The same, for a port that has something written which nobody waits for."""

    def submit(self, work: Callable[[Connection], T], lock_key: str = "") -> "Future[T]":
        """As `write`, without waiting."""
        ...


class Port(Protocol):
    """A port of the store whose writes can be submitted as a whole: see `Inbox.commit`."""

    lock_key: str
    """The `lock_key` of each of its writes."""

    def __init__(self, transactions: "InTransaction") -> None:
        """Work on `transactions`."""
        ...


class InTransaction:
    """One open transaction that several ports share; the code that opened it commits."""

    def __init__(self, connection: Connection) -> None:
        """`connection` has an open transaction."""
        self._connection = connection

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which sees what was written in this transaction before."""
        return work(self._connection)

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:  # noqa: ARG002 - as above
        """Do `work`, to be committed with the rest of the transaction."""
        return work(self._connection)

    def submit(self, work: Callable[[Connection], T], lock_key: str = "") -> "Future[T]":
        """As `write`: the future is done at once."""
        done: Future[T] = Future()
        done.set_result(self.write(work, lock_key))
        return done


class _Job(Generic[T]):
    """Some work for the writer, and the future of its result."""

    def __init__(self, work: Callable[[Connection], T], lock_key: str) -> None:
        self.future: Future[T] = Future()
        self.lock_key = lock_key
        self._work = work
        self._is_begun = False
        self._set_result: Callable[[], None]

    def begin(self) -> bool:
        """Whether the job is to be done: nobody has cancelled it, or can from now on."""
        self._is_begun = self._is_begun or self.future.set_running_or_notify_cancel()
        return self._is_begun

    def run(self, connection: Connection) -> None:
        """Do the work. Its result is kept back until it is committed."""
        try:
            self._set_result = partial(self.future.set_result, self._work(connection))
        except PagerError as refusal:
            self._set_result = partial(self.future.set_exception, refusal)

    def committed(self) -> None:
        """Set the result of the future."""
        self._set_result()


class ReadOnlyDatabase:
    """A database that a server may be at work on: reading it does not disturb that."""

    def __init__(self, url: str) -> None:
        """Open it, and create nothing.

        Raises NoDatabase where there is none, OtherSchema where this version of Pager cannot read
        it, and what SQLAlchemy raises for a database that cannot be reached.
        """
        parsed = database_url(url)
        dialect = dialect_of_url(parsed)
        dialect.check_exists(parsed)
        self._readers = dialect.readers(parsed)
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
        """Close all connections."""
        self._readers.dispose()


class Database:
    """A database by its SQLAlchemy URL, its schema brought up to date."""

    def __init__(self, url: str, longest_transaction: timedelta = LONGEST_TRANSACTION) -> None:
        """Open it, create or migrate its schema, and start the writer.

        After `longest_transaction` a transaction takes no more jobs.

        Raises DatabaseInUse where another process serves the same SQLite file,
        DatabaseFileMissing and DatabaseFileNew where it is gone, IncompleteCopy, EmptyCopy,
        BackupInPlace, OlderDatabase and CopiedDatabase where it is not the one that was served,
        OtherSchema where a newer Pager has served it, DatabaseFileDamaged where it is damaged,
        OSError where it cannot be created, and what SQLAlchemy raises for a database that cannot
        be reached. Later every write raises DatabaseFileGone if that file is no longer where it
        was.
        """
        self._url = database_url(url)
        self._dialect = dialect_of_url(self._url)
        self._lock = self._dialect.lock_database(self._url)
        self._urgent: _Jobs = deque()
        self._others: _Jobs = deque()
        self._longest_transaction = longest_transaction.total_seconds()
        self._is_closed = False
        self._stopping = threading.Event()
        self._epoch = 0
        self._changed = threading.Condition()
        self._writer = self._dialect.writer(self._url)
        self._readers = self._dialect.readers(self._url)
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        try:
            known = installation.read_served(self._dialect.served_file(self._url))
            self._dialect.check_whole(self._url, known.name if known else None)
            self._dialect.check_integrity(self._writer)
            with self._writer.begin() as connection:
                is_new = upgrade(connection)
            if is_new:
                self._writer.dispose()  # the next connection has a -wal
            self._begin()
            self.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        except BaseException:
            self._dispose()
            raise
        self._thread.start()
        threading.Thread(target=self._note, name="database-note", daemon=True).start()

    @property
    def serves_alone(self) -> bool:
        """Whether no other process can serve this database."""
        return self._lock is not None

    def check_epoch(self, connection: Connection) -> None:
        """Raise RestoredMeanwhile where the database was restored since it was opened."""
        installation.check_epoch(connection, self._epoch)

    def listener(
        self, on_work: Callable[[Channel], object], reconnect_after: timedelta
    ) -> Listener | None:
        """Calls `on_work` for what other nodes commit; None where there are no other nodes.

        `reconnect_after`: the pause before a lost connection is tried again.
        """
        return self._dialect.listener(self._url, on_work, reconnect_after)

    @property
    def waiting(self) -> int:
        """How many jobs wait for the writer."""
        return len(self._urgent) + len(self._others)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` on what is committed: one snapshot, however many queries it makes."""
        with self._readers.connect() as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Do `work` in a transaction, and return once that is committed."""
        return self.submit(work, lock_key).result()

    def submit(
        self, work: Callable[[Connection], T], lock_key: str = "", *, urgent: bool = False
    ) -> "Future[T]":
        """As `write`, without waiting: the future is done once the transaction is committed.

        `urgent` work does not wait behind other work: it is committed in a transaction of its own,
        right after the one that is open.

        `lock_key` names the row that the work may lock. Every transaction does its jobs in the
        order of their keys, on every node: so two nodes never wait for each other in a circle. Jobs
        with the same key and the same urgency are done in the order in which they were submitted.

        If the future has an exception, nothing was committed, or (if the answer to the commit was
        lost) nobody can tell. The exception is DatabaseClosed after `close`.
        """
        job = _Job(work, lock_key)
        with self._changed:
            if self._is_closed:
                job.future.set_exception(DatabaseClosed())
            else:
                jobs = self._urgent if urgent else self._others
                jobs.append(job)  # type: ignore[arg-type]  # a queue of jobs of any kind
                self._changed.notify()
        return job.future

    def close(self) -> None:
        """Commit what has been submitted, and close all connections."""
        self._stopping.set()
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()
        self._end()
        self._dispose()

    def _begin(self) -> None:
        """Note that the database is served, in itself and beside it."""
        file = self._dialect.served_file(self._url)
        with self._writer.begin() as connection:
            place = self._dialect.place(connection)
            served = installation.begin(connection, place, installation.read_served(file))
        self._dialect.flush(self._writer)
        # From now on the file alone is older than what is noted beside it.
        with self._writer.begin() as connection:
            served = installation.go_on(connection)
        installation.write_served(file, served)
        self._epoch = served.epoch

    def _note(self) -> None:
        """Note from time to time how far the database has come, for a start to compare with."""
        file = self._dialect.served_file(self._url)
        while file is not None and not self._stopping.wait(NOTED_EVERY.total_seconds()):
            # If it fails, the log has other errors of the database, and the next one may succeed.
            with suppress(Exception):
                installation.write_served(file, self.write(installation.go_on))

    def _end(self) -> None:
        """Note that the database is closed."""
        try:
            with self._writer.begin() as connection:
                served = installation.end(connection)
        except Exception as error:  # noqa: BLE001 - whatever it is, all else is closed
            log_failure(logger, "the database was not closed in good order", error)
        else:
            installation.write_served(self._dialect.served_file(self._url), served)

    def _dispose(self) -> None:
        # The readers first: SQLite's last connection removes the -wal, and only a writer may.
        self._readers.dispose()
        self._writer.dispose()
        if self._lock is not None:
            self._lock.release()

    def _run(self) -> None:
        while self._wait_for_jobs():
            # In turn, so that urgent work is soon done, and never all that is done.
            for jobs in (self._urgent, self._others):
                batch = self._next(jobs)
                try:
                    left = self._commit(batch)
                except Exception as error:  # noqa: BLE001 - the only writer must not end
                    _fail(batch, error)
                else:
                    jobs.extendleft(reversed(left))

    def _wait_for_jobs(self) -> bool:
        """Wait for a job; False where none is left, and none will come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self.waiting or self._is_closed)
            return self.waiting > 0

    def _next(self, jobs: "_Jobs") -> list[_Job[object]]:
        """Take the next jobs, in the order in which they may lock rows."""
        batch = [jobs.popleft() for _ in range(min(len(jobs), MOST_JOBS_A_TRANSACTION))]
        return sorted(batch, key=lambda job: job.lock_key)

    def _commit(self, jobs: list[_Job[object]]) -> list[_Job[object]]:
        """Commit as many jobs as there is time for in one transaction, and return the others."""
        jobs = [job for job in jobs if not job.future.cancelled()]
        if not jobs:
            return []
        done: list[_Job[object]] = []
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(self._writer.connect())
                connection.begin()
            except Exception as error:  # noqa: BLE001 - whatever it is, all of them wait for it
                _fail(jobs, error)
                return []
            end = time.monotonic() + self._longest_transaction
            left = jobs
            for number, job in enumerate(jobs, start=1):
                left = jobs[number:]
                if not job.begin():
                    continue
                try:
                    job.run(connection)
                except Exception as error:  # noqa: BLE001 - its future has it
                    # Nothing of this transaction is committed: the other jobs are done again. The
                    # connection may be lost as well, and then even a rollback would fail.
                    connection.invalidate()
                    _fail([job], error)
                    return [other for other in jobs if other is not job]
                done.append(job)
                if time.monotonic() > end:
                    break
            try:
                connection.commit()
            except Exception as error:  # noqa: BLE001
                # It may be committed all the same, so these jobs are not done again.
                connection.invalidate()
                _fail(done, error)
            else:
                for job in done:
                    job.committed()
        return left


_Jobs = deque[_Job[object]]


def _fail(jobs: list[_Job[object]], error: Exception) -> None:
    log_failure(logger, f"the database did not take {len(jobs)} writes", error)
    for job in jobs:
        if job.begin() and not job.future.done():
            job.future.set_exception(error)
