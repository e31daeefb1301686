"""A backup of a SQLite database: made while Pager runs, checked, and marked as a backup."""

import os
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, create_engine, func, select

from pager.adapters.store.core.clock import optional_moment
from pager.adapters.store.core.database import ReadOnlyDatabase
from pager.adapters.store.core.installation import mark_backup
from pager.adapters.store.core.schema import decisions, monitored_services
from pager.adapters.store.dialects import database_url, dialect_of_url
from pager.errors import PagerError


class FileExists(PagerError):
    """{path} exists already, and may be a backup that is needed: name another file."""

    def __init__(self, path: Path) -> None:
        """`path` is where the backup should go."""
        super().__init__(path=path)


class Contents(NamedTuple):
    """What is in a database, in short."""

    services: int
    decisions: int
    last_decision: datetime | None


def back_up(url: str, file: Path) -> Contents:
    """Copy the database to `file`, which must be new; check the copy, and return what is in it.

    A server may use the database meanwhile: the copy is one snapshot of it. What is written is
    complete and checked when it gets its name.

    Raises FileExists, NotAFile, IncompleteCopy, EmptyCopy and BackupInPlace, DatabaseFileDamaged,
    OSError, and what ReadOnlyDatabase raises.
    """
    parsed = database_url(url)
    dialect = dialect_of_url(parsed)
    if file.exists():
        raise FileExists(file)
    dialect.check_exists(parsed)
    dialect.check_whole(parsed)
    with closing(ReadOnlyDatabase(url)):  # raises OtherSchema
        part = file.with_name(f"{file.name}.part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)  # only for its owner: it has the key that links are signed with
        try:
            dialect.copy(parsed, part)
            contents = _mark_and_check(part)
            _synchronize(part)
            part.rename(file)
            _synchronize(file.parent)
        finally:
            part.unlink(missing_ok=True)
    return contents


def _mark_and_check(copy: Path) -> Contents:
    engine = create_engine(f"sqlite:///{copy}")
    try:
        with engine.begin() as connection:
            mark_backup(connection)
        dialect_of_url(engine.url).check_integrity(engine)
        with engine.connect() as connection:
            return contents_of(connection)
    finally:
        engine.dispose()


def contents_of(connection: Connection) -> Contents:
    """What is in the database."""
    services = connection.execute(select(func.count()).select_from(monitored_services)).scalar_one()
    query = select(func.count(), func.max(decisions.c.decided_at)).select_from(decisions)
    count, last = connection.execute(query).one()
    return Contents(services, count, optional_moment(last))


def _synchronize(path: Path) -> None:
    """Let a power cut not take it away."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
