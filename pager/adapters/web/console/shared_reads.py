"""Reads for pages that many people look at: one read answers all who look at the same moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Generic, NamedTuple, Protocol, TypeVar

T = TypeVar("T")

SHARED_FOR = timedelta(seconds=1)
"""How long an answer is good while nothing is written here. Another node may have written."""

MOST_ANSWERS = 32
"""Different pages of which the last answer is kept."""


class Changing(Protocol):
    """What counts its changes: a Database."""

    @property
    def changes(self) -> int:
        """Another number after each write of this process."""
        ...


class _Answer(NamedTuple, Generic[T]):
    changes: int
    at: float
    answer: "asyncio.Future[T]"


class SharedReads(Generic[T]):
    """Gives everybody the same answer, until something is written or a second has passed."""

    def __init__(self, database: Changing, clock: Callable[[], float] = time.monotonic) -> None:
        """`database` is what is read; `clock` gives monotonic seconds."""
        self._database = database
        self._clock = clock
        self._answers: dict[Hashable, _Answer[T]] = {}

    async def read(self, page: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` reads for that page, or has just read. Raises what it raises.

        What was written here before the call is in the answer.
        """
        now = self._clock()
        # Counted before it is read: a write in the meantime makes the answer an old one.
        changes = self._database.changes
        last = self._answers.get(page)
        if (
            last is None
            or last.changes != changes
            or now - last.at >= SHARED_FOR.total_seconds()
            or (last.answer.done() and (last.answer.cancelled() or last.answer.exception()))
        ):
            self._answers.pop(page, None)
            last = _Answer(changes, now, asyncio.ensure_future(work()))
            self._answers[page] = last
            if len(self._answers) > MOST_ANSWERS:
                del self._answers[next(iter(self._answers))]
        # Whoever goes away does not take the answer from the others.
        return await asyncio.shield(last.answer)
