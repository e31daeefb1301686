"""The pages about clients are generated where they show what the code says, and up to date."""

from pathlib import Path

import pytest

from clients_pages import GENERATED, PART, pages, replaced
from pager.access.integrations import PROTOCOLS


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_pages_of_clients_are_up_to_date(page: Path) -> None:
    """Otherwise write them again: `PYTHONPATH=tests python -m clients_pages`."""
    text = page.read_text(encoding="utf-8")
    assert text == replaced(text, GENERATED)


def test_each_protocol_has_its_lines_and_its_table() -> None:
    """And no run is left out that a page has a place for."""
    parts = [part for page in pages() for part in PART.finditer(page.read_text(encoding="utf-8"))]
    for kind in GENERATED:
        assert set(PROTOCOLS) <= {part["name"] for part in parts if part["kind"] == kind}
    assert all(part["text"].strip() for part in parts)
