"""What the commands of a server have in common: the settings, the database, its errors."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from pager import environment
from pager.adapters.store.core.database import ReadOnlyDatabase
from pager.adapters.text import one_line, printable
from pager.errors import PagerError

WRONG_SETTINGS_STATUS = 2
"""The exit status, as click's for a wrong option."""
DATABASE_HELP = """Reads the database of PAGER_DATABASE_URL, or pager.db in the working \
directory, as `pager serve` does: run it with the server's settings, in the server's folder. It \
changes nothing, so it can be asked while the server runs, and when it no longer does. (SQLite \
wants the right to write in the folder even so.)"""

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file with settings. [default: pager.toml, if it is there]",
)


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Exit with a sentence that says what to do, instead of a traceback."""
    try:
        yield
    except environment.WrongSettings as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_SETTINGS_STATUS)
    except PagerError as error:
        sys.exit(printable(str(error)))
    except ModuleNotFoundError as error:
        sys.exit(f"The driver {error.name} is not installed: pip install '.[postgresql]'")
    except (SQLAlchemyError, OSError) as error:
        reason = one_line(str(getattr(error, "orig", None) or error))
        sys.exit(f"The database cannot be opened: {reason}. {_advice(error)}")


def _advice(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"Pager runs as user {os.getuid()}: let that user write the file of "
            "PAGER_DATABASE_URL and the folder that it is in."
        )
    return "See PAGER_DATABASE_URL."


@contextmanager
def open_database(config: Path | None) -> Iterator[ReadOnlyDatabase]:
    """The database of the settings; a server may use it at the same time."""
    with errors_as_sentences():
        url = environment.load(config).database_url.get_secret_value()
        with closing(ReadOnlyDatabase(url)) as database:
            yield database
