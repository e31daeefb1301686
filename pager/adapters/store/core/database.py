"""One database: many readers, one writer, and what tells it from a copy of it."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from pager.adapters.store.core import installation
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.core.migrations import OtherSchema, is_up_to_date, upgrade
from pager.adapters.store.core.transactions import Write
from pager.adapters.store.core.writer import (
    LONGEST_TRANSACTION,
    Batch,
    Writer,
    begin,
)
from pager.adapters.store.dialects import database_url, dialect_of_url
from pager.adapters.store.dialects.dialect import Listener
from pager.messages import Channel

NOTED_EVERY = timedelta(minutes=1)
"""How often it is noted beside a SQLite file how far the database has come."""

logger = logging.getLogger(__name__)

T = TypeVar("T")
J = TypeVar("J")


class ReadOnlyDatabase:
    """A database that a server may be at work on: reading it does not disturb that."""

    def __init__(self, url: str) -> None:
        """Open it, and create nothing.

        Raises NoDatabase where there is none, OtherSchema where this version of Pager cannot read
        it, and what SQLAlchemy raises for a database that cannot be reached.
        """
        parsed = database_url(url)
        dialect = dialect_of_url(parsed)
        dialect.check_exists(parsed)
        self._readers = dialect.readers(parsed)
        try:
            readable = self.read(is_up_to_date)
        except BaseException:
            self.close()
            raise
        if not readable:
            self.close()
            raise OtherSchema

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` on what is committed: one snapshot, however many queries it makes."""
        with self._readers.connect() as connection:
            return work(connection)

    def close(self) -> None:
        """Close all connections."""
        self._readers.dispose()


class Database:
    """A database by its SQLAlchemy URL, its schema brought up to date."""

    def __init__(self, url: str, longest_transaction: timedelta = LONGEST_TRANSACTION) -> None:
        """Open it, create or migrate its schema, and start the writer.

        After `longest_transaction` a transaction takes no more jobs.

        Raises DatabaseInUse where another process serves the same SQLite file,
        DatabaseFileMissing and DatabaseFileNew where it is gone, IncompleteCopy, EmptyCopy,
        BackupInPlace, OlderDatabase and CopiedDatabase where it is not the one that was served,
        OtherSchema where a newer Pager has served it, DatabaseFileDamaged where it is damaged,
        OSError where it cannot be created, and what SQLAlchemy raises for a database that cannot
        be reached. Later every write raises DatabaseFileGone if that file is no longer where it
        was.
        """
        self._url = database_url(url)
        self._dialect = dialect_of_url(self._url)
        self._lock = self._dialect.lock_database(self._url)
        self._stopping = threading.Event()
        self._epoch = 0
        self.changes = 0
        """Grows with each transaction here: a process that serves alone need not look before."""
        self._writing = self._dialect.writer(self._url)
        self._readers = self._dialect.readers(self._url)
        self._writer = Writer(self._writing, longest_transaction, self._count_change)
        try:
            known = installation.read_served(self._dialect.served_file(self._url))
            self._dialect.check_whole(self._url, known.name if known else None)
            self._dialect.check_integrity(self._writing)
            with self._writing.begin() as connection:
                is_new = upgrade(connection)
            if is_new:
                self._writing.dispose()  # the next connection has a -wal
            self._dialect.tune(self._writing)
            self._begin()
            self.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        except BaseException:
            self._dispose()
            raise
        self._writer.start()
        threading.Thread(target=self._note, name="database-note", daemon=True).start()

    @property
    def serves_alone(self) -> bool:
        """Whether no other process can serve this database."""
        return self._lock is not None

    def check_epoch(self, connection: Connection) -> None:
        """Raise RestoredMeanwhile where the database was restored since it was opened."""
        installation.check_epoch(connection, self._epoch)

    def listener(
        self, on_work: Callable[[Channel], object], reconnect_after: timedelta
    ) -> Listener | None:
        """Calls `on_work` for what other nodes commit; None where there are no other nodes.

        `reconnect_after`: the pause before a lost connection is tried again.
        """
        return self._dialect.listener(self._url, on_work, reconnect_after)

    @property
    def waiting(self) -> int:
        """How many jobs wait for the writer."""
        return self._writer.waiting

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` on what is committed: one snapshot, however many queries it makes."""
        with self._readers.connect() as connection:
            result = work(connection)
            connection.commit()  # after a rollback, psycopg would prepare its statements anew
            return result

    def submit(self, work: Callable[[Connection], T], lock_key: str = "") -> "Future[T]":
        """As `write`, without waiting: see `Writer.submit`."""
        return self._writer.submit(work, lock_key)

    def add(self, batch: Batch[J], jobs: Sequence[J], *, urgent: bool = False) -> None:
        """Let `batch` do these jobs: see `Writer.add`."""
        self._writer.add(batch, jobs, urgent=urgent)

    def _count_change(self) -> None:
        self.changes += 1

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Do `work` in a transaction, and return once that is committed."""
        return self.submit(work, lock_key).result()

    def write_all(self, writes: Sequence[Write[T]]) -> list[T]:
        """Do each of these in a transaction, and return once all of them are committed."""
        return [future.result() for future in [self.submit(*write) for write in writes]]

    def close(self) -> None:
        """Commit what has been submitted, and close all connections."""
        self._stopping.set()
        self._writer.close()
        self._end()
        self._dispose()

    def _begin(self) -> None:
        """Note that the database is served, in itself and beside it."""
        file = self._dialect.served_file(self._url)
        with self._writing.begin() as connection:
            place = self._dialect.place(connection)
            served = installation.begin(connection, place, installation.read_served(file))
        self._dialect.flush(self._writing)
        # From now on the file alone is older than what is noted beside it.
        with self._writing.begin() as connection:
            served = installation.go_on(connection)
        installation.write_served(file, served)
        self._epoch = served.epoch

    def _note(self) -> None:
        """Note from time to time how far the database has come, for a start to compare with."""
        file = self._dialect.served_file(self._url)
        while file is not None and not self._stopping.wait(NOTED_EVERY.total_seconds()):
            # If it fails, the log has other errors of the database, and the next one may succeed.
            with suppress(Exception):
                installation.write_served(file, self.write(installation.go_on))

    def _end(self) -> None:
        """Note that the database is closed."""
        try:
            with ExitStack() as stack:
                connection = begin(self._writing, stack)
                served = installation.end(connection)
                connection.commit()
        except Exception as error:  # noqa: BLE001 - whatever it is, all else is closed
            log_failure(logger, "the database was not closed in good order", error)
        else:
            installation.write_served(self._dialect.served_file(self._url), served)

    def _dispose(self) -> None:
        # The readers first: SQLite's last connection removes the -wal, and only a writer may.
        self._readers.dispose()
        self._writing.dispose()
        if self._lock is not None:
            self._lock.release()
