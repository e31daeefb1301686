"""Workers that work as long as a test does."""

from collections.abc import Iterator
from contextlib import contextmanager

from pager.adapters.runtime.workers import Workers


@contextmanager
def at_work(workers: Workers) -> Iterator[None]:
    """Start them, and stop them however it ends: they would work in the database of the next test.

    What hangs must hang no longer by then.
    """
    workers.start()
    try:
        yield
    finally:
        workers.stop()
