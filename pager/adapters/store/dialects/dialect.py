"""What the store asks of a database beyond the SQL that all of them speak."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from filelock import FileLock
from sqlalchemy import URL, Column, Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.selectable import Subquery

from pager.messages import Channel

Insert = sqlite.Insert | postgresql.Insert
ROWS = "rows"
"""The name of the parameter of a statement that is a sequence of rows."""


class Compiled(NamedTuple):
    """A statement in SQL, and its parameters."""

    text: str
    positions: Sequence[str]
    """The names of the parameters in their order, where the driver takes them so."""
    constants: Mapping[str, object]
    """The parameters that always have the same value."""


class Listener(Protocol):
    """Waits, on a thread of its own, for what the other nodes commit."""

    def run(self) -> None:
        """Listen until `stop`, and again whenever the connection was lost."""
        ...

    def stop(self) -> None:
        """End `run`."""
        ...


class Dialect(Protocol):
    """One kind of database: how it is opened, locked, and asked for the time."""

    @property
    def clock(self) -> str:
        """SQL of the time: whole milliseconds since 1970 (UTC), one moment in a whole statement."""
        ...

    def check_url(self, url: URL) -> URL:
        """The URL as the driver takes it. Raises ValueError, which says why it cannot work."""
        ...

    def check_exists(self, url: URL) -> None:
        """Raise NoDatabase where it is known that there is none, so that none is created."""
        ...

    def lock_database(self, url: URL) -> FileLock | None:
        """Keep other processes from serving the same database; None where they may.

        Raises DatabaseInUse where another process serves it, DatabaseFileMissing, DatabaseFileNew.
        """
        ...

    def lock_file(self, url: URL) -> FileLock | None:
        """As `lock_database`, and creates no database. Raises DatabaseInUse."""
        ...

    def check_whole(self, url: URL, known: str | None) -> None:
        """Raise EmptyCopy, IncompleteCopy or BackupInPlace where the database is one of these.

        `known` is the installation that was served here last: of that one, another check finds a
        copy (`core.installation`), and something else may have merged the -wal of a server that
        was killed.
        """
        ...

    def served_file(self, url: URL) -> Path | None:
        """Where this host notes what it has served; None where the database is not a file."""
        ...

    def place(self, connection: Connection) -> str:
        """What the server calls this very database, and no copy; "" where there is no server."""
        ...

    def copy(self, url: URL, to: Path) -> None:
        """Copy the database, which may be in use, to a new file. Raises NotAFile."""
        ...

    def flush(self, writer: Engine) -> None:
        """Bring all that is committed into the database file itself."""
        ...

    def writer(self, url: URL) -> Engine:
        """An engine of one connection, which writes."""
        ...

    def tune(self, writer: Engine) -> None:
        """Set `writer` up for many small transactions: its schema is up to date by now."""
        ...

    def readers(self, url: URL) -> Engine:
        """An engine whose connections see one snapshot in each transaction."""
        ...

    def starting(self, url: URL) -> str | None:
        """Why it cannot be opened yet, where that may pass in a moment; otherwise None."""
        ...

    def check_integrity(self, writer: Engine) -> None:
        """Raise DatabaseFileDamaged where the database is damaged."""
        ...

    def lock_migrations(self, connection: Connection) -> None:
        """Wait until no other node migrates, and keep others waiting until the transaction ends."""
        ...

    def try_lock_test_pages(self, connection: Connection) -> bool:
        """Lock until the transaction ends; False where another node holds the lock. Never waits."""
        ...

    def try_lock_refused_alerts(self, connection: Connection) -> bool:
        """As `try_lock_test_pages`, for counting refused Alerts."""
        ...

    def lock_table(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
        self, connection: Connection, table: Table
    ) -> None:
        """Let nobody else write to the table before this transaction ends; it may be read."""
        ...

    def count_on(  # type: ignore[explicit-any]  # as above
        self, connection: Connection, table: Table
    ) -> None:
        """Let the next row of the table have a larger id than every row that is there."""
        ...

    def insert(  # type: ignore[explicit-any]  # as above
        self, table: Table
    ) -> Insert:
        """An INSERT that can say what is to be done where a row has the same key."""
        ...

    def rows(  # type: ignore[explicit-any]  # SQLAlchemy's Column has one
        self, columns: Sequence[Column[object]]
    ) -> Subquery:
        """The rows that `run` is given, as these columns, in a statement."""
        ...

    def run(
        self,
        connection: Connection,
        statement: Compiled,
        rows: Sequence[Sequence[object]],
        values: Mapping[str, object],
    ) -> Sequence[tuple[object, ...]]:
        """Run a statement for `rows`, with its other parameters by their names.

        Returns its rows; none where it has no result. Raises SQLAlchemy's errors.
        """
        ...

    def pipelined(self, connection: Connection) -> AbstractContextManager[None]:
        """Let what is `run` meanwhile be only sent: none of it has a result.

        The first error of it is raised in the end.
        """
        ...

    def notify(self, connection: Connection, channels: Collection[Channel]) -> None:
        """Tell the other nodes, once the transaction is committed, that there is work."""
        ...

    def listener(
        self, url: URL, on_work: Callable[[Channel], object], reconnect_after: timedelta
    ) -> Listener | None:
        """Calls `on_work` for what other nodes commit; None where there are no other nodes."""
        ...

    def reason(self, error: BaseException) -> str | None:
        """What the database itself says of a driver's `error`; None where it says nothing."""
        ...
