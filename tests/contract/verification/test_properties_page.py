"""docs/properties.md: each example has the fault that it tells of, and each sentence is there."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pager.adapters.configuration.files import read_folder
from pager.verify import PROPERTIES, THIRTEEN_MONTHS, verify

PAGE = Path(__file__).parents[3] / "docs" / "properties.md"
START = datetime(2027, 1, 4, tzinfo=UTC)
EXAMPLES = re.findall(r"```yaml\n(people:.*?)```\n\n```\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_there_is_an_example_for_each_report() -> None:
    """There are four."""
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize(("files", "told"), EXAMPLES)
def test_an_example_has_the_fault_that_it_tells_of(files: str, told: str, tmp_path: Path) -> None:
    """The property finds it, and says what stands below it on the page."""
    (tmp_path / "on-call.yaml").write_text(files)
    configuration = read_folder(tmp_path).configuration
    sentences = configuration.properties
    (verdict,) = verify(configuration, sentences, START, START + THIRTEEN_MONTHS)
    found = "\n".join(f"{one.subject}: {one.what}" for one in verdict.violations)
    assert found.split() == told.split(), found


@pytest.mark.parametrize("sentence", [form.sentence for form in PROPERTIES])
def test_each_sentence_is_on_the_page(sentence: str) -> None:
    """As the catalogue has it."""
    assert f"| `{sentence}` |" in PAGE.read_text()
