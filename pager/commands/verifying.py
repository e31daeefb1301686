"""The command that tests a team's own on-call."""

import os
import sys
import time
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

import click

from pager.adapters.configuration.files import Folder, read_folder
from pager.adapters.configuration.texts import FileProblem, WrongFolder
from pager.adapters.text import printable
from pager.errors import PagerError
from pager.testing.checks.files import faults_of_files
from pager.testing.gherkin.files import feature_files
from pager.testing.plugin import Subject
from pager.testing.verification.annotations import annotations
from pager.testing.verification.page import page
from pager.testing.verification.results import Place
from pager.testing.verification.run import CannotRun, Request, run
from pager.testing.verification.terminal import Progress, summary
from pager.verify import UnknownProperty, read_property

VIOLATED, UNREADABLE = 1, 2


def read_moment(
    context: click.Context,  # noqa: ARG001 - the library's signature
    parameter: click.Parameter,  # noqa: ARG001
    value: str | None,
) -> datetime:
    """A date, or a date and a time, in UTC unless it says otherwise; now where there is none."""
    if value is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter("write it as 2027-01-31 or 2027-01-31T09:00+01:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option(
    "--from",
    "starts_at",
    metavar="DATE",
    callback=read_moment,
    help="The moment from which on it is verified. [default: now]",
)
@click.option("-k", "titles", metavar="TEXT", default="", help="Only what has TEXT in its title.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML to this file.")
@click.option(
    "--page",
    "page_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write your living page to this file: who is on call, each scenario with its result.",
)
@click.option(
    "--github",
    is_flag=True,
    envvar="GITHUB_ACTIONS",
    help="Print annotations for GitHub. [by itself in its Actions]",
)
def verify(  # noqa: PLR0913 - an argument for each option
    folder: Path,
    starts_at: datetime,
    titles: str,
    junit: Path | None,
    page_file: Path | None,
    *,
    github: bool,
) -> None:
    """Test your own on-call: run the scenarios of FOLDER against its YAML files.

    The scenarios are in files *.feature, anywhere in it. The sentences under `properties` in the
    YAML files are verified, too. Nobody is paged.

    Exits with 1 where something does not hold, and with 2 where something cannot be read.
    """
    began = time.monotonic()
    folder = folder.resolve()
    try:
        files = _read(folder)
        places = _properties(folder, files)
        screen = sys.stdout  # pytest's own output goes elsewhere meanwhile
        progress = Progress(partial(_write, screen), is_terminal=screen.isatty())
        subject = Subject(files.configuration, starts_at)
        run(
            Request(
                subject,
                folder,
                places,
                titles,
                junit.resolve() if junit else None,
            ),
            progress,
        )
    except (CannotRun, PagerError) as error:
        click.echo("\n".join(map(printable, str(error).splitlines())), err=True)
        sys.exit(UNREADABLE)
    if page_file is not None:
        text = page(subject, progress.results, version("pager"))
        page_file.write_text(text, encoding="utf-8", newline="\n")
    if github:
        top = Path(os.environ.get("GITHUB_WORKSPACE", "."))
        click.echo("\n".join(annotations(progress.results, top)))
    if not progress.results:
        click.echo(f"There is nothing to verify in {folder}: see docs/verify.md.", err=True)
        sys.exit(UNREADABLE)
    click.echo(f"\n{summary(progress.results, time.monotonic() - began)}")
    if not all(result.holds for result in progress.results):
        sys.exit(VIOLATED)


def _write(screen: TextIO, text: str) -> None:
    click.echo(text, file=screen, nl=False)


def _read(folder: Path) -> Folder:
    """The YAML files of the folder. Raises PagerError, also for feature files that are wrong."""
    files = read_folder(folder)
    if faults := [*faults_of_files(feature_files(folder))]:
        raise CannotRun("\n".join(map(str, faults)))
    return files


def _properties(folder: Path, files: Folder) -> list[Place]:
    """Where each property stands. Raises WrongFolder where one cannot be read."""
    places: list[Place] = []
    problems: list[FileProblem] = []
    for number, sentence in enumerate(files.configuration.properties):
        position = files.position(("properties", number))
        places.append(Place(folder / position.file, position.line or 1))
        try:
            read_property(sentence)
        except UnknownProperty as error:
            problems.append(FileProblem(position, str(error)))
    if problems:
        raise WrongFolder(problems)
    return places
