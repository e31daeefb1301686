"""A pytest plugin that records a run of the features and makes the living page of it.

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

from npm import NoNode
from pager.testing.gherkin.reader import Unreadable
from pager.testing.scenario_log import LOG, ScenarioLog, explanation

Place = tuple[Path, int]
"""Which scenario: its file, and the line of its title."""


class Run(NamedTuple):
    """The result of a scenario, or of one row of its Examples."""

    log: ScenarioLog
    example: Mapping[str, str]
    """The row; empty where there are no Examples."""
    failure: str
    """The error, for the writer of the scenario; empty if it holds."""


@dataclass
class Results:
    """The results of a run."""

    runs: dict[Place, list[Run]] = field(default_factory=lambda: defaultdict(list))
    """By scenario: one run, or one for each row of its Examples that was run."""
    faults: dict[str, str] = field(default_factory=dict)
    """What is wrong with the specification itself: the failed test as a sentence, and its error."""


class Recorder:
    """Records the results as pytest reports them."""

    def __init__(self, page: Path) -> None:
        """`page` is the file to write at the end."""
        self._page = page
        self._page.unlink(missing_ok=True)  # an earlier run has nothing to say about this one
        self._results = Results()
        self._no_page_because = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Record a test that has ended: a scenario, or a test of the specification."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        if call.when == "call" and LOG in item.stash:
            log = item.stash[LOG]
            failure = "\n".join(explanation(error)) if error is not None else ""
            place = (Path(log.feature.filename), log.scenario.line_number)
            self._results.runs[place].append(Run(log, _example(item), failure))
        elif error is not None:
            sentence = item.name.removeprefix("test_").replace("_", " ").capitalize()
            self._results.faults[sentence] = str(error)
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Record why nothing was run, if the chapters can be read and not be run."""
        if report.failed:
            self._results.faults["What cannot be run"] = str(report.longrepr)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page. If something on it does not hold, the command fails as well."""
        from living_page.page import write  # noqa: PLC0415 - it imports the types from here

        try:
            all_holds = write(self._page, self._results)
        except Unreadable:  # collecting it has failed as well, with the line
            all_holds, self._no_page_because = False, "a chapter cannot be read."
        except (NoNode, subprocess.SubprocessError) as error:
            all_holds, self._no_page_because = False, f"its diagram cannot be laid out. {error}"
        if not all_holds and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print where the page is, or why there is none."""
        if self._no_page_because:
            terminalreporter.write_line(f"No living page: {self._no_page_because}", red=True)
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
    """Add the option that says where the page is written."""
    parser.addoption("--living-page", type=Path, default=Path("build/spec.html"))


def pytest_configure(config: pytest.Config) -> None:
    """Start to record."""
    config.pluginmanager.register(Recorder(config.getoption("--living-page")))
