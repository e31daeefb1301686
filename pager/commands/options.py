"""What commands have in common that need no server: their options, and how they print."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console

from pager.adapters.pager_client import PagerClient
from pager.adapters.text import printable
from pager.durations import BadDuration, parse_duration
from pager.errors import PagerError

WIDEST_LINE = 10_000

folder_argument = click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path()
)
"""The folder of YAML files: the working directory by default."""

server_option = click.option(
    "--server",
    metavar="URL",
    envvar="PAGER_URL",
    required=True,
    help="The URL of the server, such as https://pager.example.com. [default: PAGER_URL]",
)


def server_of(url: str) -> PagerClient:
    """A client of that server, with the API key of the environment. Raises ServerRefused."""
    return PagerClient(url, os.environ.get("PAGER_API_KEY") or None)


@contextmanager
def refusals_as_sentences() -> Iterator[None]:
    """Exit with the sentence of a refusal, instead of a traceback."""
    try:
        yield
    except PagerError as error:
        sys.exit("\n".join(map(printable, str(error).splitlines())))


def terminal() -> Console:
    """As wide as the terminal; in a file or a pipe, lines are not wrapped."""
    return Console(width=None if sys.stdout.isatty() else WIDEST_LINE)


def read_duration(
    context: click.Context,  # noqa: ARG001 - the library's signature
    parameter: click.Parameter,  # noqa: ARG001
    value: str | None,
) -> timedelta | None:
    """The option's value, as the console takes it, or in ISO 8601."""
    try:
        return None if value is None else parse_duration(value)
    except BadDuration as error:
        raise click.BadParameter(str(error)) from error
