"""The catalogue on the terminal."""

import re
import subprocess
import sys
from io import StringIO

from rich.console import Console

from acceptance.specification import chapters
from pager.testing.catalogue import catalogue
from pager.testing.catalogue_text import print_steps


def test_the_catalogue_is_printed_whole() -> None:
    """Each sentence with its example and where that stands, and each noun."""
    printed = StringIO()
    entries = catalogue(chapters())
    print_steps(Console(file=printed, width=100), entries)
    text = printed.getvalue()
    assert re.search(
        r"^When \{person\} acknowledges \{service\}\n      When Barbara acknowledges search-api"
        r"  features/01_an_alert_pages_the_first_level\.feature:\d+$",
        text,
        re.MULTILINE,
    )
    assert all(f"{entry.kind.title()} {entry.sentence}\n" in text for entry in entries)
    assert all(f"\n{{{noun}}} " in text for entry in entries for noun in entry.nouns)


def test_the_command_prints_it() -> None:
    """`tox -e steps`, outside of a run of the tests."""
    result = subprocess.run(
        [sys.executable, "-m", "living_page.steps"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert "When {person} acknowledges {service}" in result.stdout
    assert "Given the Escalation Policy of {service}:" in result.stdout
