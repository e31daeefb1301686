"""Runs pytest on a team's scenarios and properties, and on nothing else that is in its folder."""

import os
from collections.abc import Generator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from pager.configuration.spelling import composed
from pager.testing import verification
from pager.testing.gherkin.files import feature_files
from pager.testing.plugin import SUBJECT, Subject
from pager.testing.verification.results import Place, Result, chapter_of, result_of, title_of

HERE = Path(verification.__file__).parent
APART = (
    # What a team has for other tests must not change these: settings, conftests, plugins.
    *("-c", os.devnull, "--noconftest", "--disable-plugin-autoload", "--import-mode=importlib"),
    *("-p", "pytest_bdd.plugin", "-p", "pager.testing.plugin"),
    *("-p", "no:cacheprovider", "-p", "no:warnings", "-p", "no:logging", "-p", "no:doctest"),
    *("-p", "no:unittest", "-p", "no:faulthandler", "--quiet", "--capture=no"),
    # These look through all objects for errors that nobody saw: as long as all the rest takes.
    *("-p", "no:unraisableexception", "-p", "no:threadexception"),
)
MOST_TITLES = 5
"""That are told where none has the text that was asked for."""


class Listener(Protocol):
    """Is told how a run goes on."""

    def begins(self, chapter: str, title: str) -> None:
        """A scenario or a property is looked at."""

    def ends(self, result: Result) -> None:
        """That is what came of it."""


class Request(NamedTuple):
    """What is to be verified."""

    subject: Subject
    folder: Path
    """Where the feature files are."""
    properties: Sequence[Place]
    """Where each property stands."""
    titles: str = ""
    """Only what has this text in its title."""


class CannotRun(Exception):
    """pytest could not run the scenarios. The text says why."""


def run(request: Request, listener: Listener) -> None:
    """Look at each scenario and each property. Raises CannotRun."""
    modules = [HERE / "features.py"] if feature_files(request.folder) else []
    if request.subject.configuration.properties:
        modules.append(HERE / "properties.py")
    if not modules:
        return  # pytest would look for tests of its own accord, in the working directory
    arguments = [*APART, f"--rootdir={request.folder}", *map(str, modules)]
    arguments.append(f"--override-ini=bdd_features_base_dir={request.folder}")
    for variable in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(variable, None)
    recorder = _Recorder(request, listener)
    with redirect_stdout(StringIO()) as output, redirect_stderr(output):
        status = pytest.main(arguments, plugins=[recorder])
    if recorder.broken or status not in {
        pytest.ExitCode.OK,
        pytest.ExitCode.TESTS_FAILED,
        pytest.ExitCode.NO_TESTS_COLLECTED,
    }:
        raise CannotRun(recorder.broken or output.getvalue())


class _Recorder:
    """Tells the listener what pytest reports."""

    def __init__(self, request: Request, listener: Listener) -> None:
        self._request = request
        self._listener = listener
        self.broken = ""

    def pytest_configure(self, config: pytest.Config) -> None:
        """The plugin of the steps finds what is under test."""
        config.stash[SUBJECT] = self._request.subject

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave those that were asked for."""
        wanted = composed(self._request.titles).casefold()
        titles = dict.fromkeys(map(title_of, items))
        items[:] = [item for item in items if wanted in composed(title_of(item)).casefold()]
        if titles and not items:
            first = "; ".join([*titles][:MOST_TITLES])
            more = " …" if len(titles) > MOST_TITLES else ""
            self.broken += (
                f"No title has “{self._request.titles}”. There are: {first}{more or '.'}\n"
            )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note why nothing can be run."""
        if report.failed:
            self.broken += f"{report.longrepr}\n"

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._listener.begins(chapter_of(item, self._request.folder), title_of(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell what came of it."""
        report = yield
        if call.when == "call" or call.excinfo is not None:
            self._listener.ends(result_of(item, self._request.folder, call, self._place(item)))
        return report

    def _place(self, item: pytest.Item) -> Place:
        sentences = self._request.subject.configuration.properties
        title = title_of(item)
        return (
            self._request.properties[sentences.index(title)]
            if title in sentences
            else Place(None, 0)
        )
