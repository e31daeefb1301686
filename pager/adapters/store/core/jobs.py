"""Jobs of the writer that have nothing to do with each other: they only share a transaction."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Connection

from pager.errors import PagerError

T = TypeVar("T")


class Job(Generic[T]):
    """Some work for the writer, and the future of its result."""

    def __init__(self, work: Callable[[Connection], T], lock_key: str) -> None:
        """For `lock_key` see `Writer.submit`."""
        self.future: Future[T] = Future()
        self.lock_key = lock_key
        self._work = work
        self._is_begun = False
        self._set_result: Callable[[], None] = lambda: None

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
        """Set the result of the future, if the job was done."""
        self._set_result()


class JobFailed(Exception):
    """This job, and no other, has failed."""

    def __init__(self, job: object, error: Exception) -> None:
        """`error` is the job's."""
        super().__init__(job, error)
        self.job = job
        self.error = error


class SeparateJobs:
    """Batch: does one job after the other."""

    def lock_key(self, job: Job[object]) -> str:
        """As it was submitted."""
        return job.lock_key

    def size(self, job: Job[object]) -> int:  # noqa: ARG002 - as in Batch
        """One."""
        return 1

    def is_wanted(self, job: Job[object]) -> bool:
        """Whether its future is not cancelled."""
        return not job.future.cancelled()

    def run(
        self,
        connection: Connection,
        jobs: Sequence[Job[object]],
        is_over: Callable[[], bool],
    ) -> Sequence[Job[object]]:
        """Do as many as there is time for. Raises JobFailed."""
        for number, job in enumerate(jobs, start=1):
            if not job.begin():
                continue
            try:
                job.run(connection)
            except Exception as error:
                raise JobFailed(job, error) from error
            if is_over():
                return jobs[number:]
        return []

    def committed(self, jobs: Sequence[Job[object]]) -> None:
        """Set the results of their futures."""
        for job in jobs:
            job.committed()

    def failed(self, jobs: Sequence[Job[object]], error: Exception) -> None:
        """Set the exceptions of their futures."""
        for job in jobs:
            if job.begin() and not job.future.done():
                job.future.set_exception(error)
