"""The file of a SQLite database: where it is, what belongs to it, and what may be wrong with it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL

from pager.errors import PagerError


class NoDatabase(PagerError):
    """There is no database {path}. Is that the server's PAGER_DATABASE_URL, and its folder? If it \
was there before, put it back before Pager is started again: otherwise that begins with nothing."""

    def __init__(self, path: str) -> None:
        """`path` is where it should be."""
        super().__init__(path=path)


class DatabaseInUse(PagerError):
    """The SQLite database {path} is served by another Pager already: stop that one first, \
or give this one another PAGER_DATABASE_URL."""

    def __init__(self, path: str) -> None:
        """`path` is the database file."""
        super().__init__(path=path)


class DatabaseFileMissing(PagerError):
    """The database file {path} is gone, but its -wal is there: put the file back. (To begin with \
nothing instead, delete the -wal.)"""

    def __init__(self, path: str) -> None:
        """`path` is where it was."""
        super().__init__(path=path)


class DatabaseFileNew(PagerError):
    """There is no database {path}, and there was one: put it back, or restore a backup \
(`pager restore FILE`). To begin with nothing instead, delete {served}."""

    def __init__(self, path: str, served: str) -> None:
        """`served` is the file that tells of the database that was served here."""
        super().__init__(path=path, served=served)


class IncompleteCopy(PagerError):
    """The database file {path} was copied while Pager served it, without its -wal, in which the \
last commits are: put the -wal beside it, or restore a backup (`pager restore FILE`). If you have \
nothing better, `pager restore` goes on with what is in this file."""

    def __init__(self, path: str) -> None:
        """`path` is the database file."""
        super().__init__(path=path)


class EmptyCopy(PagerError):
    """There is nothing in the database file {path}: it was copied while Pager served it, without \
its -wal. Put the -wal beside it, or restore a backup (`pager restore FILE`). To begin with \
nothing instead, delete the file."""

    def __init__(self, path: str) -> None:
        """`path` is the database file."""
        super().__init__(path=path)


class BackupInPlace(PagerError):
    """The database file {path} is a backup, and is not served as it is: what has happened since \
it was made is missing. Move it elsewhere, and run `pager restore` with that FILE."""

    def __init__(self, path: str) -> None:
        """`path` is the database file."""
        super().__init__(path=path)


class DatabaseFileGone(PagerError):
    """The database file {path} was deleted or replaced while Pager serves it: move it back, with \
its -wal, and Pager goes on; or stop Pager, `pager restore` the backup, and start."""

    def __init__(self, path: str) -> None:
        """`path` is where it was."""
        super().__init__(path=path)


class DatabaseFileDamaged(PagerError):
    """The database file {path} is damaged ({damage}): restore the last backup \
(`pager restore FILE`)."""

    def __init__(self, path: str, damage: str) -> None:
        """`damage` is the first that SQLite found."""
        super().__init__(path=path, damage=damage)


def path_of(url: URL) -> Path:
    """The file itself, where a link leads: its -wal is beside it, and it is what is locked."""
    return Path(url.database or "").resolve()


def wal_of(path: Path) -> Path:
    """The -wal beside it, which has the last commits."""
    return path.with_name(f"{path.name}-wal")


def size_of(path: Path) -> int:
    """Its size in bytes; 0 where there is no such file."""
    return path.stat().st_size if path.exists() else 0


def open_read_only(path: Path, more: str = "") -> sqlite3.Connection:
    """A connection that creates nothing; `more` parameters begin with &."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro{more}", uri=True)


def installation_in(path: Path) -> tuple[str, str | None]:
    """The status and the name of the installation in the file, without its -wal; "" for none."""
    try:
        with closing(open_read_only(path, "&immutable=1")) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if "installation" in tables:
                row = connection.execute("SELECT status, name FROM installation").fetchone()
                return (str(row[0]), str(row[1])) if row else ("", None)
            return "" if tables else "empty", None
    except sqlite3.Error:  # damaged, or in the middle of a checkpoint: others find out which
        return "", None


def identity_of(path: Path) -> tuple[int, int] | None:
    """Device and inode, which another file of that name has not; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
