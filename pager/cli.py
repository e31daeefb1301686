"""The command line. Needs the extra `server`."""

import logging
import sys
from pathlib import Path

try:
    import click
    from pydantic import SecretStr
    from rich.console import Console
    from sqlalchemy.exc import SQLAlchemyError

    from pager import settings, wiring
except ModuleNotFoundError as missing:
    sys.exit(f"The server is not installed ({missing.name} is missing): pip install '.[server]'")

from pager.errors import PagerError

WRONG_SETTING = 2


def _settings_help() -> str:
    """A paragraph for each setting: its name, what it is for, its default."""
    paragraphs = [
        "Settings, as environment variables or in a TOML file (there in lower case, \
without PAGER_):"
    ]
    for name, field in settings.Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        shown = "" if default is None else f" Default: {default}"
        paragraphs.append(f"\b\nPAGER_{name.upper()}\n  {field.description}{shown}")
    return "\n\n".join(paragraphs)


@click.group(context_settings={"max_content_width": 100})
@click.version_option(package_name="pager")
def main() -> None:
    """Pager: an Alert becomes a page that somebody answers."""


@main.command(epilog=_settings_help())
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file with settings. [default: pager.toml, if it is there]",
)
def serve(config: Path | None) -> None:
    """Receive Alerts over HTTP, and page until somebody acknowledges.

    It starts without any settings: on http://127.0.0.1:8080, with its data in pager.db in the
    working directory, and with pages shown on the terminal.
    """
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # Every request of theirs at level INFO would bury what an operator must see.
    for noisy in ("alembic", "httpx2", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        wiring.serve(settings.load(config), Console())
    except settings.WrongSettings as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_SETTING)
    except PagerError as error:
        sys.exit(str(error))
    except ModuleNotFoundError as error:
        sys.exit(f"The driver {error.name} is not installed: pip install '.[postgresql]'")
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error)
        sys.exit(f"The database cannot be opened: {reason}. See PAGER_DATABASE_URL.")
