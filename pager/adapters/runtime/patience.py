"""Transactions that wait while the database is unavailable."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from pager.adapters.store.core.transactions import Transactions, Write
from pager.adapters.store.dialects.sqlite_file import DatabaseFileGone

T = TypeVar("T")

UNAVAILABLE = (
    DatabaseFileGone,
    InterfaceError,
    InternalError,
    NoConnectionFree,
    OperationalError,
)
"""Errors of a database that may be available again in a moment."""


class PatientTransactions:
    """Transactions that wait while the database is unavailable, until Pager stops.

    Pages that are claimed are kept meanwhile, and what was sent is still recorded.
    """

    def __init__(self, transactions: Transactions, pause: float, stopping: threading.Event) -> None:
        """Try again after `pause` seconds, and no more once `stopping` is set."""
        self._transactions = transactions
        self._pause = pause
        self._stopping = stopping

    def read(self, work: Callable[[Connection], T]) -> T:
        """As the transactions do, once the database is available."""
        return self._wait_for(lambda: self._transactions.read(work))

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """As the transactions do, once the database is available; `work` may be done again."""
        return self._wait_for(lambda: self._transactions.write(work, lock_key))

    def write_all(self, writes: Sequence[Write[T]]) -> list[T]:
        """As the transactions do, once the database is available; all may be done again."""
        return self._wait_for(lambda: self._transactions.write_all(writes))

    def _wait_for(self, action: Callable[[], T]) -> T:
        while True:
            try:
                return action()
            except UNAVAILABLE:
                if self._stopping.wait(self._pause):
                    raise
