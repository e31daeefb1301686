"""Reads for pages that many people look at: one read answers all who look at the same moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Generic, NamedTuple, Protocol, TypeGuard, TypeVar

T = TypeVar("T")

SHARED_FOR = timedelta(seconds=1)
"""How long an answer is good while nothing is written here. Another node may have written."""

MOST_ANSWERS = 32
"""Different pages of which the last answer is kept."""


class Changing(Protocol):
    """What counts its changes: a Database."""

    @property
    def changes(self) -> int:
        """How many writes there were in this process."""
        ...


class _Answer(NamedTuple, Generic[T]):
    changes: int
    """Those that are in the answer, at the least."""
    at: float
    answer: "asyncio.Future[T]"

    @property
    def has_failed(self) -> bool:
        """Whether there is no answer, and will be none."""
        done = self.answer.done()
        return done and (self.answer.cancelled() or self.answer.exception() is not None)


class SharedReads(Generic[T]):
    """Gives everybody the same answer, until something is written or a second has passed.

    Of one page there is one read at a time: whoever comes too late for it shares the next one.
    """

    def __init__(self, database: Changing, clock: Callable[[], float] = time.monotonic) -> None:
        """`database` is what is read; `clock` gives monotonic seconds."""
        self._database = database
        self._clock = clock
        self._answers: dict[Hashable, _Answer[T]] = {}

    async def read(self, page: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` reads for that page, or has just read. Raises what it raises.

        What was written here before the call is in the answer.
        """
        changes, now = self._database.changes, self._clock()
        while not self._is_good(last := self._answers.get(page), changes, now):
            if last is None or last.answer.done():
                last = self._begin(page, work)
                break
            await asyncio.wait([last.answer])
        # Whoever goes away does not take the answer from the others.
        return await asyncio.shield(last.answer)

    def _is_good(self, last: _Answer[T] | None, changes: int, now: float) -> TypeGuard[_Answer[T]]:
        return (
            last is not None
            and last.changes >= changes
            and now - last.at < SHARED_FOR.total_seconds()
            and not last.has_failed
        )

    def _begin(self, page: Hashable, work: Callable[[], Awaitable[T]]) -> _Answer[T]:
        # Counted before it is read: what is written from now on may not be in the answer.
        changes = self._database.changes
        answer = _Answer(changes, self._clock(), asyncio.ensure_future(work()))
        self._answers.pop(page, None)
        self._answers[page] = answer
        if len(self._answers) > MOST_ANSWERS:
            del self._answers[next(iter(self._answers))]
        return answer
