"""Answers that take long to read, and may be a little old."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

TIMES = 100
"""An answer is kept for so many times as long as it took: reading it costs 1 % of a core."""


class Kept(Generic[T]):
    """Keeps the last answer for TIMES as long as it took to read, and no longer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._answer: T | None = None
        self._good_until = float("-inf")

    def get(self, read: Callable[[], T]) -> T:
        """The last answer, or what `read` returns now. Raises what it raises."""
        begin = self._clock()
        if self._answer is None or begin >= self._good_until:
            self._answer = read()
            end = self._clock()
            self._good_until = end + TIMES * (end - begin)
        return self._answer
