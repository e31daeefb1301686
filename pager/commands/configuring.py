"""The commands for configuration as code: what a server has, what files would change, doing it."""

import sys
from pathlib import Path

import click

from pager.adapters.configuration.documents import document_of
from pager.adapters.configuration.files import read_folder, write_folder
from pager.adapters.configuration.plans import difference_of
from pager.adapters.configuration.texts import read_texts
from pager.adapters.terminal.plan import render_plan
from pager.adapters.text import printable
from pager.commands.options import (
    folder_argument,
    refusals_as_sentences,
    server_of,
    server_option,
    show,
)
from pager.configuration.difference import Difference
from pager.configuration.managed import Managed
from pager.errors import PagerError

THERE_ARE_CHANGES = 2
"""The exit status, as Terraform's."""


class NotConfirmed(PagerError):
    """Something would be removed, and there is nobody to ask: say --yes. Nothing was changed."""


@click.command(
    epilog="The API key is PAGER_API_KEY of the environment; it has to be good for `read` on all \
services."
)
@folder_argument
@server_option
@click.option("--all", "everything", is_flag=True, help="Also the kinds that no file names yet.")
def export(folder: Path, server: str, *, everything: bool) -> None:
    """Write what a server has into YAML files.

    Those in FOLDER: everything, where there is no file yet; otherwise the kinds that the files
    name. A new entry goes to the file of its kind; what the files say already stays as it is
    written, with its comments, in the file that it is in. What the server does not have is taken
    out of them. Keys, and marks of verified contact methods, are in no file.
    """
    with refusals_as_sentences():
        managed = None if everything else _managed_in(folder)
        with server_of(server) as client:
            configuration = client.configuration()
        changed = write_folder(folder, configuration, managed)
    for file in changed:
        click.echo(printable(f"{folder / file}"))
    if not changed:
        click.echo("Nothing is written: the files are as the server.")


@click.command(
    epilog="The exit status is 1 where something is wrong, with --exit-code 2 where something \
would be changed, and 0 otherwise. The API key is PAGER_API_KEY of the environment; it has to be \
good for `read` on all services."
)
@folder_argument
@server_option
@click.option("--exit-code", is_flag=True, help="Exit with 2 where something would be changed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def plan(folder: Path, server: str, *, exit_code: bool, as_json: bool) -> None:
    """Tell what YAML files would change on a server.

    Those in FOLDER; nothing is changed. A kind that no file names is left as it is. One that is
    named is wholly what the files say: what is only on the server would be removed. So it tells
    what was edited there by hand, too.
    """
    with refusals_as_sentences():
        files = read_folder(folder)
        with server_of(server) as client:
            found = client.plan(document_of(files.configuration, files.managed)).plan
    if as_json:
        click.echo(found.model_dump_json(ensure_ascii=True))
    else:
        show(render_plan(found))
    if found.changes and exit_code:
        sys.exit(THERE_ARE_CHANGES)


@click.command(
    epilog="The API key is PAGER_API_KEY of the environment; it has to be good for `read` and \
`policies` on all services, and for `integrations` where a file names them."
)
@folder_argument
@server_option
@click.option("--yes", is_flag=True, help="Do not ask, also where something is removed.")
def apply(folder: Path, server: str, *, yes: bool) -> None:
    """Change a server to what the YAML files in FOLDER say.

    It shows the plan, asks before it removes anything, and then does what it has shown: all of it
    in one transaction, or nothing.
    """
    with refusals_as_sentences():
        files = read_folder(folder)
        document = document_of(files.configuration, files.managed)
        with server_of(server) as client:
            planned = client.plan(document)
            show(render_plan(planned.plan))
            if not planned.plan.changes:
                return
            if not yes:
                _ask_before_removing(difference_of(planned.plan.changes))
            applied = client.apply(document, planned)
    click.echo(f"Applied: {difference_of(applied.changes).in_words}.")


def _managed_in(folder: Path) -> Managed | None:
    """What the files in the folder say; None where there is none. Raises WrongFolder."""
    has_files = folder.is_dir() and read_texts(folder)
    return read_folder(folder).managed if has_files else None


def _ask_before_removing(difference: Difference) -> None:
    """Ask whether to go on, where something is removed. Raises NotConfirmed."""
    if not difference.removes:
        return
    if not sys.stdin.isatty():
        raise NotConfirmed
    click.confirm("Something is removed. Go on?", abort=True)
