"""The catalogue on the terminal."""

import re
from io import StringIO

from rich.console import Console

from living_page.steps import print_steps
from pager.testing.catalogue import catalogue, nouns


def test_the_catalogue_is_printed_whole() -> None:
    """Each sentence with its example and where that stands, and each noun."""
    printed = StringIO()
    print_steps(Console(file=printed, width=100))
    text = printed.getvalue()
    assert re.search(
        r"^When \{person\} acknowledges \{service\}\n      When Barbara acknowledges search-api"
        r"  features/01_an_alert_pages_the_first_level\.feature:\d+$",
        text,
        re.MULTILINE,
    )
    assert all(f"{entry.kind.title()} {entry.sentence}\n" in text for entry in catalogue())
    assert all(f"\n{{{noun}}} " in text for noun in nouns())
