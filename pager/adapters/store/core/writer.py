"""The writer of a database: one thread, which commits what has queued up in one transaction.

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
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from pager.adapters.store.core.error_text import log_failure
from pager.errors import PagerError

MOST_JOBS_A_TRANSACTION = 500

LONGEST_TRANSACTION = timedelta(milliseconds=500)
"""Others wait for a transaction, and for the rows that it locks."""

logger = logging.getLogger(__name__)

T = TypeVar("T")


class DatabaseClosed(PagerError):
    """Pager is stopping, and took nothing any more: send it again in a moment."""


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


_Jobs = deque[_Job[object]]


class Writer:
    """Does what is submitted, in order, urgent work first."""

    def __init__(
        self, engine: Engine, longest_transaction: timedelta = LONGEST_TRANSACTION
    ) -> None:
        """Commit on connections of `engine`, once `start` was called.

        After `longest_transaction` a transaction takes no more jobs.
        """
        self._engine = engine
        self._longest_transaction = longest_transaction.total_seconds()
        self._urgent: _Jobs = deque()
        self._others: _Jobs = deque()
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)

    def start(self) -> None:
        """Begin to do what is submitted."""
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs wait for the writer."""
        return len(self._urgent) + len(self._others)

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
        """Do what has been submitted, and take nothing more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

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
                connection = stack.enter_context(self._engine.connect())
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


def _fail(jobs: list[_Job[object]], error: Exception) -> None:
    log_failure(logger, f"the database did not take {len(jobs)} writes", error)
    for job in jobs:
        if job.begin() and not job.future.done():
            job.future.set_exception(error)
