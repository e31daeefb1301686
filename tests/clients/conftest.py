"""What the tests with real clients share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A Pager of this test alone."""
    folder = tmp_path / "pager"
    folder.mkdir()
    with Site(folder) as site:
        yield site
