"""How many actors take part, and a table of what was explored at the end of the run."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from interleavings.explore import Counts, forget
from interleavings.scenes import casts


def pytest_addoption(parser: pytest.Parser) -> None:
    """More actors take more time."""
    parser.addoption("--actors", type=int, default=3, help="how many actors at most (default: 3)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each combination of actors."""
    if "cast" in metafunc.fixturenames:
        at_most: int = metafunc.config.getoption("actors", default=3)
        every = [cast for size in range(1, at_most + 1) for cast in casts(size)]
        metafunc.parametrize("cast", every, ids=" | ".join)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Four actors in every combination need more memory than there is."""
    yield
    forget()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up what the tests report, whichever process they ran in."""
    explored: dict[str, Counts] = defaultdict(Counts)
    faults = []
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "explored":
                size, *counts = value
                for key in (str(size), "all"):
                    explored[key] = explored[key].plus(Counts(*counts))
            if name == "fault":
                faults.append(value)
    if explored:
        terminalreporter.section("every interleaving")
        headings = ["actors", *(field.replace("_", " ") for field in Counts._fields)]
        _table(terminalreporter, headings, [[size, *explored[size]] for size in sorted(explored)])
        if not terminalreporter.getreports("failed"):
            terminalreporter.line("In each of these states every check of checks.py holds.")
    if faults:
        terminalreporter.section("faults that were planted, and found (-v tells how)")
        headings = ["fault", "caught by", "in", "schedule"]
        _table(terminalreporter, headings, [columns for *columns, _ in sorted(faults)])
        terminalreporter.line("A letter is a call of that actor, a small one its death before it;")
        terminalreporter.line("+ is a message that is sent again.")
    if terminalreporter.verbosity > 0:
        for name, *_, story in sorted(faults):
            terminalreporter.section(name, "-")
            terminalreporter.write_line(story)


def _table(
    terminalreporter: pytest.TerminalReporter, headings: list[str], rows: list[list[object]]
) -> None:
    lines = [
        headings,
        *([f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        terminalreporter.line("  ".join(map(str.ljust, line, widths)))
