"""The command that makes a configuration of what another pager exports."""

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from pager.adapters.configuration.files import write_folder
from pager.adapters.configuration.texts import WrongFolder
from pager.adapters.imports.export import File
from pager.adapters.imports.files import read_files
from pager.adapters.imports.imported import Imported
from pager.adapters.imports.oncall.reading import read_oncall
from pager.adapters.imports.opsgenie.reading import read_opsgenie
from pager.adapters.imports.origins import origins
from pager.adapters.imports.pagerduty.reading import read_pagerduty
from pager.adapters.imports.report import report
from pager.adapters.text import printable

READERS: Mapping[str, Callable[[Sequence[File], datetime], Imported]] = {
    "opsgenie": read_opsgenie,
    "oncall": read_oncall,
    "pagerduty": read_pagerduty,
}


@click.command
@click.argument("pager", type=click.Choice([*READERS]))
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE...",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the YAML files. [default: write none, tell only]",
)
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file for the report, too.",
)
def import_(
    pager: str, files: tuple[Path, ...], folder: Path | None, report_file: Path | None
) -> None:
    """Make YAML files of what another pager exports.

    PAGER is opsgenie, oncall (Grafana's) or pagerduty. Each FILE is an answer of its API, or a
    folder of them; docs/migrate.md has the lines that fetch them. What cannot be carried over is
    told line by line, and first what may cost a page. Nothing is changed but the files in the
    folder: `pager plan` shows what they would do on a server.
    """
    read = read_files(files)
    for sentence in read.unread:
        click.echo(printable(sentence), err=True)
    if (found := origins(read.files)) and pager not in found:
        [other, *_] = sorted(found)
        sys.exit(f"These files look like answers of {other}, not {pager}: pager import {other} …")
    imported = READERS[pager](read.files, datetime.now(UTC))
    text = printable(report(imported))
    click.echo(text)
    if not imported.managed.kinds:
        sys.exit(
            f"Nothing of {pager} was found in these files. docs/migrate.md says how to fetch what"
            " its API has."
        )
    try:
        if report_file is not None:
            report_file.write_text(f"{text}\n", encoding="utf-8")
            click.echo(printable(f"\nThe report is in {report_file}."))
        if folder is not None:
            written = write_folder(folder, imported.configuration, imported.managed)
            click.echo(printable(_what_next(folder, written)))
    except WrongFolder as error:
        sys.exit(printable(str(error)))
    except OSError as error:
        sys.exit(f"{error.filename} cannot be written: {error.strerror}.")


def _what_next(folder: Path, written: Sequence[str]) -> str:
    """What was written where, and which command comes then."""
    what = f"Written to {folder}: {', '.join(written)}" if written else f"{folder} says it already"
    return f"\n{what}. Next: pager verify {shlex.quote(str(folder))}"
