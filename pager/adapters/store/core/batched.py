"""Calls of several threads that come at the same moment, done together."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_AT_ONCE = 200


@dataclass
class _Call(Generic[T, R]):
    argument: T
    results: Sequence[R] = ()
    """Its one result, once there is one."""
    error: BaseException | None = None


class Batched(Generic[T, R]):
    """Does the calls of all threads that wait for their turn in one go.

    Each call is done after it was made and before it returns, as if it were alone: a thread waits
    for the batch that is under way, and then one of those who wait does the next one for all.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        """`work` is given the arguments, and returns as many results in the same order."""
        self._work = work
        self.waiting: list[_Call[T, R]] = []
        """The calls for the next batches."""
        self._adding = threading.Lock()
        self._working = threading.Lock()

    def __call__(self, argument: T) -> R:
        """The result for `argument`. Raises what the work raised for its batch."""
        call: _Call[T, R] = _Call(argument)
        with self._adding:
            self.waiting.append(call)
        with self._working:
            while not call.results and call.error is None:
                self._do_next()
        if call.error is not None:
            raise call.error
        return call.results[0]

    def _do_next(self) -> None:
        with self._adding:
            batch, self.waiting = self.waiting[:MOST_AT_ONCE], self.waiting[MOST_AT_ONCE:]
        try:
            results = self._work([call.argument for call in batch])
        except BaseException as error:  # noqa: BLE001 - each of them raises it
            for call in batch:
                call.error = error
        else:
            for call, result in zip(batch, results, strict=True):
                call.results = (result,)
