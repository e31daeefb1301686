"""What is another from time to time: who is on call, and what a policy means.

It is computed a quarter of a year at a time, when somebody asks for it, and kept.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

AT_ONCE = timedelta(days=91)
"""How far is looked ahead at once."""


class Piece(NamedTuple, Generic[T]):
    """What it is from one moment until another; that no longer belongs to it."""

    value: T
    starts_at: datetime
    ends_at: datetime


class Course(Generic[T]):
    """What something is at each moment from `start` on."""

    def __init__(
        self,
        start: datetime,
        changes: Callable[[datetime, datetime], Iterable[tuple[datetime, T]]],
    ) -> None:
        """`changes` are the moments between two at which it becomes another, in their order.

        What it is at the first of the two is among them, whether or not it is another from then on.
        """
        self._changes = changes
        self._known_until = start
        self._starts: list[datetime] = []
        self._values: list[T] = []

    def at(self, moment: datetime) -> Piece[T]:
        """What it is at that moment, for how long. It may stay the same for longer than that."""
        while moment >= self._known_until:
            self._look_on()
        number = bisect_right(self._starts, moment)
        later = self._starts[number] if number < len(self._starts) else self._known_until
        return Piece(self._values[number - 1], self._starts[number - 1], later)

    def between(self, start: datetime, end: datetime) -> Iterator[Piece[T]]:
        """The pieces from `start` until `end`, which are cut off there."""
        while start < end:
            piece = self.at(start)
            yield Piece(piece.value, start, min(piece.ends_at, end))
            start = piece.ends_at

    def _look_on(self) -> None:
        start, end = self._known_until, self._known_until + AT_ONCE
        changes = [*self._changes(start, end)]
        self._known_until = end
        for moment, value in changes:
            if not self._values or self._values[-1] != value:
                self._starts.append(moment)
                self._values.append(value)
