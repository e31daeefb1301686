"""Makes a backup the database again, in such a way that it cannot be taken for the one before.

What happened after the backup was made is not in it. So what was given out since could be given
out a second time, and what was taken away since is there again. Whatever the backup says:

- No acknowledge link of before is good: a new key signs links. E-mails have other Message-IDs.
- Nobody is signed in, and no invitation is good.
- New incidents, and new versions of policies, have numbers that none has had (`pager.restoring`).

Which API keys were revoked since, and whose account was removed, nobody can know from the backup.
The operator decides.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, Connection, delete, func, insert, select, update

from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core import installation
from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.installation import Served, read_served, write_served
from pager.adapters.store.core.migrations import upgrade
from pager.adapters.store.core.schema import (
    accounts,
    api_keys,
    calendar_feeds,
    integrations,
    invitations,
    monitored_services,
    on_call_edits,
    policy_edits,
    property_edits,
    sessions,
    signing_keys,
)
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.dialects import database_url, dialect_of, dialect_of_url
from pager.adapters.store.dialects.sqlite_file import IncompleteCopy
from pager.adapters.store.upkeep.backup import Contents, contents_of
from pager.errors import PagerError
from pager.model import Unhealthy
from pager.restoring import last_number_after_restore

AUTHOR = "pager restore"
SUFFIXES = ("", "-wal", "-shm")
"""The files of a SQLite database."""


class NothingToRestore(PagerError):
    """There is no Pager in {path}: is it the backup, and was it made while Pager ran, without its \
-wal?"""

    def __init__(self, path: object) -> None:
        """`path` is the file, or what stands for the database."""
        super().__init__(path=path)


class Access(NamedTuple):
    """What the operator has decided of the access that the backup gives."""

    keeps_api_keys: bool
    """Also those that were revoked after the backup was made, those of integrations, and calendar
    feeds."""
    keeps_passwords: bool
    """Also of people whose account was removed since, and passwords that were changed since."""


class Restored(NamedTuple):
    """What is in the database now."""

    contents: Contents
    last_incident: int
    """New incidents have larger numbers."""
    unhealthy: Sequence[str]
    api_keys: Sequence[str]
    integrations: Sequence[str]
    accounts: Sequence[str]
    moved: Path | None = None
    """Where the database is that was there before; None where nothing was replaced."""


def restore(url: str, backup: Path | None, access: Access) -> Restored:
    """Put `backup` in the place of the database; without one, the database in place is a backup.

    No server may run. Nothing is deleted: the files that were there are moved aside.

    Raises DatabaseInUse, NotAFile, NoDatabase, EmptyCopy, BackupInPlace, NothingToRestore,
    OtherSchema, DatabaseFileDamaged, OSError and what SQLAlchemy raises.
    """
    parsed = database_url(url)
    dialect = dialect_of_url(parsed)
    lock = dialect.lock_file(parsed)
    try:
        if backup is None:
            dialect.check_exists(parsed)
            with suppress(IncompleteCopy):  # to go on with it has been decided
                dialect.check_whole(parsed, None)
            before = read_served(dialect.served_file(parsed))
            served, restored = _make_database(parsed, access, before)
        else:
            served, restored = _replace(parsed, backup, access)
        write_served(dialect.served_file(parsed), served)
    finally:
        if lock is not None:
            lock.release()
    return restored


def _replace(url: URL, backup: Path, access: Access) -> tuple[Served, Restored]:
    """Make a copy of `backup` ready beside the database, and then change their names."""
    dialect = dialect_of_url(url)
    path = Path(url.database or "").resolve()
    source, new = url.set(database=str(backup)), path.with_name(f"{path.name}.restoring")
    dialect.check_exists(source)
    _delete(new)
    new.touch(mode=0o600)  # only for its owner: it has the key that links are signed with
    try:
        dialect.copy(source, new)
        before = read_served(dialect.served_file(url))
        served, restored = _make_database(url.set(database=str(new)), access, before)
        moved = _move_aside(path)
        new.rename(path)
    finally:
        _delete(new)
    return served, restored._replace(moved=moved)


def _make_database(url: URL, access: Access, before: Served | None) -> tuple[Served, Restored]:
    """Make this backup a database that can be served; `before` was served here last."""
    dialect = dialect_of_url(url)
    engine = dialect.writer(url)
    try:
        dialect.check_integrity(engine)
        with engine.begin() as connection:
            if upgrade(connection):
                raise NothingToRestore(url.database)
            largest = connection.scalar(select(func.max(monitored_services.c.incident))) or 0
            served = installation.restored(connection, dialect.place(connection), largest, before)
            _skip_versions(connection)
            _revoke(connection, access)
            contents = _restored(connection, served)
        dialect.flush(engine)
    finally:
        engine.dispose()
    return served, contents


def _skip_versions(connection: Connection) -> None:
    """Let new versions have larger numbers than any that was given out: of policies, people …

    Otherwise an edit that was begun before the restore could pass for one of a later version. The
    last edit is made once more, so that the numbers go on after it.
    """
    for table in (policy_edits, on_call_edits, property_edits):
        query = select(table).order_by(table.c.id.desc()).limit(1)
        last = connection.execute(query).mappings().one_or_none()
        if last is not None:
            again = dict(last) | {
                "id": last_number_after_restore(last["id"]),
                "edited_at": database_clock(),
                "author": AUTHOR,
            }
            connection.execute(insert(table).values(again))
            dialect_of(connection).count_on(connection, table)


def _revoke(connection: Connection, access: Access) -> None:
    """Take back what nobody can tell was not taken back since the backup."""
    for table in (signing_keys, sessions, invitations):
        connection.execute(delete(table))
    if not access.keeps_api_keys:
        for table in (api_keys, integrations, calendar_feeds):
            connection.execute(delete(table))
    if not access.keeps_passwords:
        connection.execute(update(accounts).values(password=None, identity=None))
    keys = "kept" if access.keeps_api_keys else "revoked"
    passwords = "kept" if access.keeps_passwords else "reset"
    SqlAuditLog(InTransaction(connection)).add(
        AUTHOR, "database restored", "backup", f"API keys {keys}, passwords {passwords}"
    )


def _restored(connection: Connection, served: Served) -> Restored:
    unhealthy = select(monitored_services.c.service_id, monitored_services.c.state)
    return Restored(
        contents_of(connection),
        served.last_incident,
        [name for name, state in connection.execute(unhealthy) if _is_unhealthy(state, name)],
        list(connection.scalars(select(api_keys.c.name).order_by(api_keys.c.name))),
        list(connection.scalars(select(integrations.c.name).order_by(integrations.c.name))),
        [f"{row.name} ({row.role})" for row in connection.execute(select(accounts))],
    )


def _is_unhealthy(state: str, service_id: str) -> bool:
    try:
        return isinstance(SERVICES.decode_known(state, service_id), Unhealthy)
    except Unreadable:
        return False


def _move_aside(path: Path) -> Path | None:
    """Give the database that is there another name, with all that belongs to it."""
    aside = path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    was_there = path.exists()
    for suffix in SUFFIXES:
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{suffix}").rename(f"{aside}{suffix}")
    return aside if was_there else None


def _delete(path: Path) -> None:
    for suffix in SUFFIXES:
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
