"""What the README shows first is so: its two files, and what `pager verify` finds in them."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[3] / "README.md"


def test_the_first_sunday_that_is_graces_is_found(tmp_path: Path) -> None:
    """She can be reached by e-mail alone. Nothing else is wrong with the example."""
    text = README.read_text(encoding="utf-8")
    for language, name in (("yaml", "oncall.yaml"), ("gherkin", "oncall.feature")):
        [block] = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
        (tmp_path / name).write_text(block, encoding="utf-8")
    run = subprocess.run(
        [Path(sys.executable).parent / "pager", "verify", "--from", "2026-12-01"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        encoding="utf-8",
    )
    assert run.returncode == 1, run.stderr
    assert "begun      on Sunday 2026-12-06 03:00 in Europe/Paris" in run.stdout
    assert "Reached: Grace by e-mail." in run.stdout
