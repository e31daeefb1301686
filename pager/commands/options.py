"""What commands have in common that need no server: their options, and how they print."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console, RenderableType

from pager.adapters.pager_client import PagerClient
from pager.adapters.text import printable
from pager.durations import BadDuration, parse_duration
from pager.errors import PagerError

WIDEST_LINE = 10_000

folder_argument = click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path()
)
"""The folder of YAML files: the working directory by default."""


def server_named(
    context: click.Context,
    parameter: click.Parameter,  # noqa: ARG001 - the library's signature
    value: str | None,
) -> str:
    """The option's value. Raises UsageError where there is none, which says all that is needed."""
    if not value:
        raise click.UsageError(
            "Which server? Say --server URL, or set PAGER_URL in the environment. Its API key is "
            "PAGER_API_KEY of the environment.",
            context,
        )
    return value


server_option = click.option(
    "--server",
    metavar="URL",
    envvar="PAGER_URL",
    callback=server_named,
    help="The URL of the server, such as https://pager.example.com. [default: PAGER_URL of the \
environment]",
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


def show(*parts: RenderableType) -> None:
    """Print them as wide as the terminal; in a file or a pipe, lines are not wrapped."""
    console = Console(width=None if sys.stdout.isatty() else WIDEST_LINE)
    with without_blanks_at_ends(console):
        console.print(*parts, sep="\n")


@contextmanager
def without_blanks_at_ends(console: Console) -> Iterator[None]:
    """Print what is printed on `console` meanwhile, but for the blanks at the ends of lines.

    A table fills its last column with them.
    """
    with console.capture() as captured:
        yield
    click.echo(re.sub(r" +$", "", captured.get(), flags=re.MULTILINE), nl=False)


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
