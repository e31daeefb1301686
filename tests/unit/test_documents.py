"""What the README and the other documents show is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
README = TOP / "README.md"
DOCUMENTS = [README, *sorted((TOP / "docs").glob("*.md"))]


def test_the_snippet_prints_what_the_readme_says() -> None:
    """Its last line is a comment that has the output."""
    [snippet] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-c", snippet], capture_output=True, check=True, encoding="utf-8"
    )
    assert snippet.splitlines()[-1] == f"# {run.stdout.strip()}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_links_to_is_there(document: Path) -> None:
    """Relative links only: the others are somebody else's."""
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_rules_that_are_presented_are_the_rules() -> None:
    """The slide leaves out what each arm does, and no arm."""
    slides = (TOP / "docs" / "presentation.md").read_text(encoding="utf-8")
    rules = (TOP / "pager" / "decide.py").read_text(encoding="utf-8")
    [shown] = re.findall(r"```python\n(.*?)```", slides, re.DOTALL)
    assert arms(shown) == arms(rules)
    assert len(arms(shown)) == 5


def arms(code: str) -> list[str]:
    """Each case, up to its colon, on one line."""
    return [
        " ".join(arm.split())
        for arm in re.findall(r"^ *(case .*?):(?: *#[^\n]*)?$", code, re.DOTALL | re.MULTILINE)
    ]
