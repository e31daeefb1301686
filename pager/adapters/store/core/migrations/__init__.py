"""Migrations of the schema: Alembic finds them in `versions`, and `upgrade` applies them."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from pager.adapters.store.dialects import dialect_of
from pager.errors import PagerError


class OtherSchema(PagerError):
    """The database is of another version of Pager: start pager serve of this version once, \
which brings an older one up to date; a newer one needs the newer Pager."""


def upgrade(connection: Connection, version: str = "head") -> bool:
    """Bring the schema of `connection` to the newest version, within its transaction.

    Returns whether there was no schema before. Raises OtherSchema where it is newer than what is
    known here.
    """
    dialect_of(connection).lock_migrations(connection)
    before = _version(connection)
    if before == _newest():
        return False
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, version)
    except CommandError as error:
        raise OtherSchema from error
    return before is None


def is_up_to_date(connection: Connection) -> bool:
    """Whether the schema of `connection` is the newest that is known here."""
    return _version(connection) == _newest()


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _newest() -> str | None:
    """The newest version that is known here. It is kept, because Alembic loads all migrations."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
