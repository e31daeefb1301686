"""The command that tests a team's own on-call."""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, TextIO

import click

from pager.adapters.configuration.files import Folder, read_folder
from pager.adapters.configuration.texts import FileProblem, WrongFolder
from pager.adapters.text import printable
from pager.commands import OR_A_SERVER
from pager.configuration.configuration import Configuration
from pager.errors import PagerError
from pager.testing.catalogue import catalogue
from pager.testing.checks.files import faults_of_files
from pager.testing.gherkin.files import feature_files
from pager.testing.moments import YEARS
from pager.testing.plugin import Subject
from pager.testing.sentences import VOCABULARY
from pager.testing.steps import properties
from pager.testing.steps import pytest_plugins as shared_steps
from pager.testing.team.world import names_of
from pager.testing.verification.annotations import annotations, without_commands
from pager.testing.verification.junit import junit_of
from pager.testing.verification.results import Place, Result
from pager.testing.verification.run import CannotRun, Request, run
from pager.testing.verification.terminal import Progress, summary
from pager.verify import unknown_properties

VIOLATED, UNREADABLE = 1, 2


class NothingToVerify(PagerError):
    """There is nothing to verify in {folder}: no file *.feature in it or below it, and no \
`properties` in its YAML files. docs/verify.md has examples."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the one that was named."""
        super().__init__(folder=str(folder))


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
    if moment.year not in YEARS:
        raise click.BadParameter(f"the year is from {YEARS[0]} to {YEARS[-1]}")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option(
    "--server",
    metavar="URL",
    help="Verify what is set up on this server, instead of the YAML files. The API key is \
PAGER_API_KEY of the environment; it has to be good for `read` on all services.",
)
@click.option(
    "--from",
    "starts_at",
    metavar="DATE",
    callback=read_moment,
    help="The moment from which on it is verified. [default: now]",
)
@click.option("-k", "titles", metavar="TEXT", default="", help="Only what has TEXT in its title.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write JUnit XML to this file.",
)
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write your living page to this file: who is on call, each scenario with its result.",
)
@click.option("--steps", is_flag=True, help="Print what a scenario may say, and verify nothing.")
@click.option(
    "--github",
    is_flag=True,
    envvar="GITHUB_ACTIONS",
    help="Print annotations for GitHub. [by itself in its Actions]",
)
def verify(  # noqa: PLR0913 - an argument for each option
    folder: Path,
    *,
    server: str | None,
    starts_at: datetime,
    titles: str,
    junit: Path | None,
    page: Path | None,
    github: bool,
    steps: bool,
) -> None:
    """Test your own on-call: scenarios, and what must always hold.

    Run the scenarios of FOLDER against its YAML files, by the rules that `pager serve` goes by.

    The scenarios are in files *.feature, anywhere in it. The sentences under `properties` in the
    YAML files are verified, too. Nobody is paged.

    Exits with 1 where something does not hold, and with 2 where something cannot be read, or there
    is nothing to verify: no file is written then.
    """
    with without_commands(click.echo) if github else nullcontext():
        try:
            setup = _read(folder.resolve(), server)
            if steps:
                _print_steps()
                return
            results = _run(setup, starts_at, titles)
            if not results:
                raise NothingToVerify(folder)
            if junit is not None:
                _write_file(junit, junit_of(results))
            if page is not None:
                _write_page(page, Subject(setup.configuration, starts_at), results)
        except (CannotRun, OSError, PagerError) as error:
            click.echo(printable(str(error)), err=True)
            sys.exit(UNREADABLE)
    if github:
        top = Path(os.environ.get("GITHUB_WORKSPACE", "."))
        click.echo("\n".join(annotations(results, top)))
    if not all(result.holds for result in results):
        sys.exit(VIOLATED)


class Setup(NamedTuple):
    """What is verified, as it was read."""

    folder: Path
    """Where the feature files are."""
    configuration: Configuration
    places: Sequence[Place]
    """Where each of its properties stands."""


def _read(folder: Path, server: str | None) -> Setup:
    """What is set up, and where. Raises PagerError, and CannotRun for feature files."""
    if server is None:
        files = read_folder(folder, OR_A_SERVER)
        setup = Setup(folder, files.configuration, _properties(folder, files))
    else:
        configuration = _configuration_of(server)
        setup = Setup(folder, configuration, [Place(None, 0)] * len(configuration.properties))
    _know_steps(setup.configuration)
    if faults := [*faults_of_files(feature_files(folder))]:
        raise CannotRun("\n".join(map(str, faults)))
    return setup


def _configuration_of(server: str) -> Configuration:
    # Imported where it is asked for: the files of a folder need no HTTP.
    from pager.commands.options import server_of  # noqa: PLC0415

    with server_of(server) as client:
        return client.configuration()


def _know_steps(configuration: Configuration) -> None:
    """Whether a line of a feature is a step is asked before pytest loads them."""
    for module in (*shared_steps, properties.__name__):
        import_module(module)
    VOCABULARY.use(names_of(configuration))


def _run(setup: Setup, starts_at: datetime, titles: str) -> list[Result]:
    """Verify it, and say how it goes on. Raises CannotRun."""
    began = time.monotonic()
    screen = sys.stdout  # pytest's own output goes elsewhere meanwhile
    progress = Progress(partial(_write, screen), is_terminal=screen.isatty())
    run(
        Request(
            subject=Subject(setup.configuration, starts_at),
            folder=setup.folder,
            properties=setup.places,
            titles=titles,
        ),
        progress,
    )
    if progress.results:
        click.echo(f"\n{summary(progress.results, time.monotonic() - began)}")
    return progress.results


def _write(screen: TextIO, text: str) -> None:
    click.echo(text, file=screen, nl=False)


def _write_page(file: Path, subject: Subject, results: Sequence[Result]) -> None:
    # Likewise: most runs need no templates.
    from pager.testing.verification.page import page_of  # noqa: PLC0415

    _write_file(file, page_of(subject, results, version("pager")))


def _write_file(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


def _print_steps() -> None:
    from rich.console import Console  # noqa: PLC0415 - likewise

    from pager.commands.options import without_blanks_at_ends  # noqa: PLC0415
    from pager.testing.catalogue_text import print_steps  # noqa: PLC0415

    console = Console(highlight=False)
    with without_blanks_at_ends(console):
        print_steps(console, catalogue())


def _properties(folder: Path, files: Folder) -> list[Place]:
    """Where each property stands. Raises WrongFolder where one cannot be read."""
    sentences = files.configuration.properties
    if unknown := unknown_properties(sentences):
        raise WrongFolder([FileProblem(files.position(place), why) for place, why in unknown])
    positions = (files.position(("properties", number)) for number in range(len(sentences)))
    return [Place(folder / position.file, position.line or 1) for position in positions]
