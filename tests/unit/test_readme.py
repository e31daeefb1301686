"""What the README shows was run."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_snippet_prints_what_the_readme_says() -> None:
    """Its last line is a comment that has the output."""
    [snippet] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-c", snippet], capture_output=True, check=True, encoding="utf-8"
    )
    assert snippet.splitlines()[-1] == f"# {run.stdout.strip()}"


def test_every_file_that_the_readme_links_to_is_there() -> None:
    """Relative links only: the others are somebody else's."""
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []
