"""What docs/configuration.md shows is read as it stands there."""

import re
from pathlib import Path

import pytest

from pager.adapters.configuration.documents import document_of
from pager.adapters.configuration.files import read_folder
from pager.configuration.managed import KINDS

DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_configuration(example: str, tmp_path: Path) -> None:
    """Nobody copies what does not work."""
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    assert read_folder(tmp_path).managed.kinds


def test_the_first_example_has_every_kind(tmp_path: Path) -> None:
    """And all of it is said again by the document of what was read."""
    (tmp_path / "example.yaml").write_text(EXAMPLES[0], encoding="utf-8")
    folder = read_folder(tmp_path)
    assert folder.managed.kinds == set(KINDS)
    assert document_of(folder.configuration).managed == folder.managed
