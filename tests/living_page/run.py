"""A run of the features, kept: a pytest plugin that makes the living page of it.

`pytest -p living_page.run` writes `build/spec.html` whether or not everything holds. What does
not is shown as such, and pytest's own exit status says so as well.
"""

import subprocess
from collections import defaultdict
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from pytest_bdd.exceptions import GherkinParseError

from acceptance.scenario_log import LOG, ScenarioLog, explanation
from npm import NoNode

Place = tuple[str, int]
"""Which scenario: its file, and the line of its title."""


class Run(NamedTuple):
    """A scenario, or a row of its Examples, as it went."""

    log: ScenarioLog
    example: Mapping[str, str]
    """The row; empty where there are no Examples."""
    failure: str
    """What the writer of the scenario is told; empty where it holds."""


@dataclass
class Results:
    """All that a run has shown."""

    runs: dict[Place, list[Run]] = field(default_factory=lambda: defaultdict(list))
    """What of it was run: a run, or one for each of its Examples."""
    faults: dict[str, str] = field(default_factory=dict)
    """What is wrong with the specification itself: which test fails, in words, and what it says."""


class Recorder:
    """Listens to pytest."""

    def __init__(self, page: Path) -> None:
        """`page` is the file to write at the end."""
        self._page = page
        self._page.unlink(missing_ok=True)  # an earlier run has nothing to say about this one
        self._results = Results()
        self._obstacle = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test is over: a scenario, or one about the specification."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        if call.when == "call" and LOG in item.stash:
            log = item.stash[LOG]
            failure = "\n".join(explanation(error)) if error is not None else ""
            place = (log.feature.rel_filename, log.scenario.line_number)
            self._results.runs[place].append(Run(log, _example(item), failure))
        elif error is not None:
            sentence = item.name.removeprefix("test_").replace("_", " ").capitalize()
            self._results.faults[sentence] = str(error)
        return report

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """The run is over. What the page says and what the command says is the same."""
        from living_page.page import write  # noqa: PLC0415 - it imports the types from here

        try:
            all_holds = write(self._page, self._results)
        except GherkinParseError:  # collecting it has failed as well, with the line
            all_holds, self._obstacle = False, "a chapter cannot be read."
        except (NoNode, subprocess.SubprocessError) as error:
            all_holds, self._obstacle = False, f"its diagram cannot be laid out. {error}"
        if not all_holds and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the page is."""
        if self._obstacle:
            terminalreporter.write_line(f"No living page: {self._obstacle}", red=True)
        else:
            terminalreporter.write_line(f"The living page: {self._page}")


def _example(item: pytest.Item) -> Mapping[str, str]:
    """The row of the Examples that pytest-bdd runs as `item`."""
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return {}
    row = item.callspec.params.get("_pytest_bdd_example", {})
    assert isinstance(row, Mapping)
    return row


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the page goes."""
    parser.addoption("--living-page", type=Path, default=Path("build/spec.html"))


def pytest_configure(config: pytest.Config) -> None:
    """Listen from now on."""
    config.pluginmanager.register(Recorder(config.getoption("--living-page")))
