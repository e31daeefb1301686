"""What tells a database from a copy of it: the installation, how often it was restored, its serial.

A backup that is put back gives out again what the lost part of its history had given out: incident
numbers, links, Message-IDs. So nobody serves a copy by mistake: a start refuses a file that was
copied without its -wal, a backup, and a database that is older than the one it served before. (For
that, a note beside a SQLite file says how far it had come, at most a minute ago.)
`pager restore` makes such a copy the database again (`store.upkeep.restore`).
"""

import json
import logging
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from pager.adapters.store.core.schema import BACKUP, CLOSED, SERVED, installation
from pager.errors import PagerError
from pager.restoring import last_number_after_restore

logger = logging.getLogger(__name__)


class OlderDatabase(PagerError):
    """The database is older than the one that was served here before: was a backup put in its \
place, or a copy without its -wal? Put the newer one back; or say that the older one counts: stop \
every node and run `pager restore`."""


class CopiedDatabase(PagerError):
    """The database is a copy of the one that was served: was a dump restored? Stop every node and \
run `pager restore`: otherwise incident numbers, links and Message-IDs would be given out again."""


class RestoredMeanwhile(PagerError):
    """The database was restored while this Pager serves it: restart it, because its links are no \
longer good."""


class Served(NamedTuple):
    """What a host remembers of the database that it has served."""

    name: str
    """Of the installation."""
    epoch: int
    """How often it was restored."""
    serial: int
    """It grows with each start and stop, on SQLite each minute too."""
    last_incident: int = 0
    """Larger numbers of incidents were given out since it was restored."""


def begin(connection: Connection, place: str, before: Served | None) -> Served:
    """Note that this database is served from now on.

    `place` is what the database server calls it, and `before` what was served here last. Raises
    OlderDatabase and CopiedDatabase, and changes nothing, where it is not the one that was served.
    """
    row = connection.execute(select(installation)).one()
    if row.place not in ("", place):
        raise CopiedDatabase
    if before is not None and row.name == before.name:
        if (row.epoch, row.serial) < (before.epoch, before.serial):
            raise OlderDatabase
    elif before is not None:
        logger.warning("this is another installation's database than the one served here before")
    return _mark(connection, status=SERVED, place=place)


def go_on(connection: Connection) -> Served:
    """Note that this database is still served: an older copy has a smaller serial."""
    return _mark(connection)


def check_epoch(connection: Connection, epoch: int) -> None:
    """Raise RestoredMeanwhile where the database is not of the `epoch` that was served."""
    if connection.execute(select(installation.c.epoch)).scalar_one() != epoch:
        raise RestoredMeanwhile


def end(connection: Connection) -> Served:
    """Note that this database is closed: all that was committed is in it."""
    return _mark(connection, status=CLOSED)


def restored(connection: Connection, place: str, largest: int, before: Served | None) -> Served:
    """Note that this database is restored from a backup that knows incidents up to `largest`."""
    row = connection.execute(select(installation)).one()
    known = before or Served(row.name, row.epoch, row.serial)
    return _mark(
        connection,
        status=CLOSED,
        place=place,
        epoch=max(row.epoch, known.epoch) + 1,
        last_incident=last_number_after_restore(
            max(largest, row.last_incident, known.last_incident)
        ),
    )


def _mark(connection: Connection, **values: object) -> Served:
    marked = update(installation).values(serial=installation.c.serial + 1, **values)
    row = connection.execute(
        marked.returning(
            installation.c.name,
            installation.c.epoch,
            installation.c.serial,
            installation.c.last_incident,
        )
    ).one()
    return Served(row.name, row.epoch, row.serial, row.last_incident)


def mark_backup(connection: Connection) -> None:
    """Note that this is a backup: no server serves it before it is restored."""
    connection.execute(update(installation).values(status=BACKUP))


def read_served(file: Path | None) -> Served | None:
    """What `file` says was served here last; None where there is nothing to read."""
    if file is None:
        return None
    try:
        noted = json.loads(file.read_text(encoding="utf-8"))
        numbers = (int(noted[key]) for key in ("epoch", "serial", "last_incident"))
        return Served(str(noted["name"]), *numbers)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_served(file: Path | None, served: Served) -> None:
    """Note in `file` what is served here. A note that is lost does no harm."""
    if file is None:
        return
    new = file.with_name(f"{file.name}.new")
    with suppress(OSError):
        new.write_text(json.dumps(served._asdict()), encoding="utf-8")
        new.replace(file)
