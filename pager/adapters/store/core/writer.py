"""The writer of a database: one thread, which commits what has queued up in one transaction.

SQLite needs a single writer: versions up to 3.51.2 may corrupt a WAL database that two connections
write at once. It is fast, too: all threads that wait for a commit share one. The same holds on
PostgreSQL, where several processes have a writer each.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import timedelta
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.core.jobs import Job, JobFailed, SeparateJobs
from pager.counted import counted
from pager.errors import PagerError

MOST_JOBS_A_TRANSACTION = 500
"""A group of messages counts as many; the last job of a transaction may be one that goes beyond."""

LONGEST_TRANSACTION = timedelta(milliseconds=500)
"""Others wait for a transaction, and for the rows that it locks."""

logger = logging.getLogger(__name__)

T = TypeVar("T")
J = TypeVar("J")


class DatabaseClosed(PagerError):
    """Pager is stopping, and took nothing any more: send it again in a moment."""


class Batch(Protocol[J]):
    """How jobs of one kind are done: in transactions of their own, as many at once as wait."""

    def lock_key(self, job: J) -> str:
        """The row that the job may lock: the jobs of a transaction are in the order of these."""
        ...

    def size(self, job: J) -> int:
        """For how many it counts, of those that a transaction may have."""
        ...

    def is_wanted(self, job: J) -> bool:
        """Whether somebody still waits for the job."""
        ...

    def run(
        self, connection: Connection, jobs: Sequence[J], is_over: Callable[[], bool]
    ) -> Sequence[J]:
        """Do the first of `jobs`, at least one and no more once `is_over`: those that are left.

        Raises JobFailed where it is known which of them failed; after any other error they are
        done again, one by one. In both cases nothing of the transaction is committed.
        """
        ...

    def committed(self, jobs: Sequence[J]) -> None:
        """These are committed."""
        ...

    def failed(self, jobs: Sequence[J], error: Exception) -> None:
        """These are not committed, or (if the answer to the commit was lost) nobody can tell."""
        ...


def begin(engine: Engine, stack: ExitStack) -> Connection:
    """A connection whose transaction has begun: a new one where the last one was lost meanwhile."""
    try:
        connection = stack.enter_context(engine.connect())
        connection.begin()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        connection = stack.enter_context(engine.connect())
        connection.begin()
    return connection


class _Queue:
    """The jobs of one kind that wait."""

    def __init__(self, batch: Batch[object]) -> None:
        self.batch = batch
        self.jobs: deque[object] = deque()

    def next(self) -> list[object]:
        """Take the next jobs, in the order in which they may lock rows."""
        jobs, left = [], MOST_JOBS_A_TRANSACTION
        while self.jobs and left > 0:
            job = self.jobs.popleft()
            if self.batch.is_wanted(job):
                jobs.append(job)
                left -= self.batch.size(job)
        return sorted(jobs, key=self.batch.lock_key)


class Writer:
    """Does what is submitted, in order, urgent work first."""

    def __init__(
        self,
        engine: Engine,
        longest_transaction: timedelta = LONGEST_TRANSACTION,
        on_change: Callable[[], object] = lambda: None,
    ) -> None:
        """Commit on connections of `engine`, once `start` was called.

        After `longest_transaction` a transaction takes no more jobs. `on_change` is called for
        each transaction, before those who wait for it are told.
        """
        self._engine = engine
        self._longest_transaction = longest_transaction.total_seconds()
        self._on_change = on_change
        self._separate = SeparateJobs()
        self._queues: dict[tuple[bool, Batch[object]], _Queue] = {}
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)

    def start(self) -> None:
        """Begin to do what is submitted."""
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs wait for the writer."""
        return sum(len(queue.jobs) for queue in list(self._queues.values()))

    def submit(self, work: Callable[[Connection], T], lock_key: str = "") -> "Future[T]":
        """As `Database.write`, without waiting: the future is done once that is committed.

        `lock_key` names the row that the work may lock. Every transaction does its jobs in the
        order of their keys, on every node: so two nodes never wait for each other in a circle. Jobs
        with the same key are done in the order in which they were submitted.

        If the future has an exception, nothing was committed, or (if the answer to the commit was
        lost) nobody can tell. The exception is DatabaseClosed after `close`.
        """
        job = Job(work, lock_key)
        self.add(self._separate, [cast("Job[object]", job)])
        return job.future

    def add(self, batch: Batch[J], jobs: Sequence[J], *, urgent: bool = False) -> None:
        """Let `batch` do these jobs, together with all others of it that wait.

        `urgent` jobs do not wait behind other work: they are committed in transactions of their
        own, after no more than one of each other kind. They fail with DatabaseClosed after `close`.
        """
        kind = cast("Batch[object]", batch)
        with self._changed:
            if not self._is_closed:
                queue = self._queues.get((urgent, kind))
                if queue is None:
                    queue = self._queues[urgent, kind] = _Queue(kind)
                queue.jobs.extend(jobs)
                self._changed.notify()
                return
        batch.failed(jobs, DatabaseClosed())

    def close(self) -> None:
        """Do what has been submitted, and take nothing more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while self._wait_for_jobs():
            # In turn, so that urgent work is soon done, and never all that is done.
            for _, queue in sorted(self._queues.copy().items(), key=lambda item: not item[0][0]):
                jobs = queue.next()
                try:
                    queue.jobs.extendleft(reversed(self._commit(queue.batch, jobs)))
                except Exception as error:  # noqa: BLE001 - the only writer must not end
                    self._fail(queue.batch, jobs, error)

    def _wait_for_jobs(self) -> bool:
        """Wait for a job; False where none is left, and none will come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self.waiting or self._is_closed)
            return self.waiting > 0

    def _commit(self, batch: Batch[object], jobs: Sequence[object]) -> Sequence[object]:
        """Commit as many jobs as there is time for in one transaction, and return the others."""
        if not jobs:
            return []
        with ExitStack() as stack:
            try:
                connection = begin(self._engine, stack)
            except Exception as error:  # noqa: BLE001 - whatever it is, all of them wait for it
                self._fail(batch, jobs, error)
                return []
            end = time.monotonic() + self._longest_transaction
            try:
                left = batch.run(connection, jobs, lambda: time.monotonic() > end)
            except Exception as error:  # noqa: BLE001 - those who wait for it are told
                # Nothing of this transaction is committed. The connection may be lost as well, and
                # then even a rollback would fail.
                connection.invalidate()
                failure = error
            else:
                done = jobs[: len(jobs) - len(left)]
                try:
                    connection.commit()
                except Exception as error:  # noqa: BLE001 - as above
                    # It may be committed all the same, so these jobs are not done again.
                    connection.invalidate()
                    self._fail(batch, done, error)
                else:
                    self._on_change()
                    batch.committed(done)
                return left
        return self._after_failure(batch, jobs, failure)

    def _after_failure(
        self, batch: Batch[object], jobs: Sequence[object], error: Exception
    ) -> Sequence[object]:
        """Fail the job that has failed, and return those that are to be done again."""
        if isinstance(error, JobFailed):
            self._fail(batch, [error.job], error.error)
            return [job for job in jobs if job is not error.job]
        if len(jobs) == 1:
            self._fail(batch, jobs, error)
            return []
        # One of them has spoilt it for all.
        return [left for job in jobs for left in self._commit(batch, [job])]

    def _fail(self, batch: Batch[object], jobs: Sequence[object], error: Exception) -> None:
        log_failure(logger, f"the database did not take {counted(len(jobs), 'write')}", error)
        self._on_change()
        batch.failed(jobs, error)
