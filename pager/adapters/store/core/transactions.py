"""What views and ports of the store work on: a whole database, or one open transaction."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Write(NamedTuple, Generic[T]):
    """Some work for a transaction."""

    work: Callable[[Connection], T]
    lock_key: str = ""


class Readable(Protocol):
    """What a view of the store reads: a whole database, or one transaction in it."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which only reads: one snapshot, however many queries it makes."""
        ...


class Transactions(Readable, Protocol):
    """What a port of the store works on: a whole database, or one transaction in it."""

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Do `work` in a transaction, and return its result.

        It may be done again if the transaction fails, so it must do nothing but write here. It may
        raise a PagerError, before it has written anything: that is its result, and the transaction
        goes on. For `lock_key` see `Writer.submit`.
        """
        ...

    def write_all(self, writes: Sequence[Write[T]]) -> list[T]:
        """Do each of these as `write` does: they may share a transaction, or have one each."""
        ...


class SubmittingTransactions(Transactions, Protocol):
    """The same, for a port that has something written which nobody waits for."""

    def submit(self, work: Callable[[Connection], T], lock_key: str = "") -> "Future[T]":
        """As `write`, without waiting."""
        ...


class Port(Protocol):
    """A port of the store whose writes can be submitted as a whole: see `Inbox.commit`."""

    lock_key: str
    """The `lock_key` of each of its writes."""

    def __init__(self, transactions: "InTransaction") -> None:
        """Work on `transactions`."""
        ...


class InTransaction:
    """One open transaction that several ports share; the code that opened it commits."""

    def __init__(self, connection: Connection) -> None:
        """`connection` has an open transaction."""
        self._connection = connection

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which sees what was written in this transaction before."""
        return work(self._connection)

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:  # noqa: ARG002 - as above
        """Do `work`, to be committed with the rest of the transaction."""
        return work(self._connection)

    def write_all(self, writes: Sequence[Write[T]]) -> list[T]:
        """Do all of them, to be committed with the rest of the transaction."""
        return [self.write(*write) for write in writes]

    def submit(self, work: Callable[[Connection], T], lock_key: str = "") -> "Future[T]":
        """As `write`: the future is done at once."""
        done: Future[T] = Future()
        done.set_result(self.write(work, lock_key))
        return done
