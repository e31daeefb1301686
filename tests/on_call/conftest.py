"""A table of what was tried, at the end of the run."""

from collections import Counter

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """More zones take more time."""
    parser.addoption(
        "--zones", type=int, default=8, help="how many zones for ten years (default: 8)"
    )


@pytest.fixture
def zones(request: pytest.FixtureRequest) -> int:
    """How many zones to look at for ten years."""
    number: int = request.config.getoption("zones")
    return number


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add up what the tests report, whichever process they ran in."""
    tried = Counter[str]()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "tried":
                what, number = value
                tried[what] += number
    if tried:
        terminalreporter.section("who is on call")
        for what, number in tried.items():
            terminalreporter.write_line(f"{number:>15,}  {what}")
