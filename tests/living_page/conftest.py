"""What the tests of the living page share: a copy of the specification, to run and to change."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from acceptance.specification import TESTS

Change = Callable[[Path], None]
"""Changes a copy of the repository."""


class Spec(NamedTuple):
    """What a run of the specification left."""

    status: int
    output: str
    page: Path


def run(top: Path, *changes: Change, options: Sequence[str] = ()) -> Spec:
    """Run the specification in a copy of it below `top`, as `tox -e features` does."""
    for folder in ("docs", "features", "pager", "tests"):
        # With what is compiled already: that saves seconds. What another process is just compiling
        # (*.pyc.*) is gone before it is copied.
        ignored = shutil.ignore_patterns("*.png", "*.svg", "*.pyc.*", "templates", "assets")
        shutil.copytree(TESTS.parent / folder, top / folder, ignore=ignored)
    shutil.copy(TESTS.parent / "pyproject.toml", top)
    # What came from npm need not come again.
    (TESTS.parent / "build").mkdir(exist_ok=True)
    (top / "build").symlink_to(TESTS.parent / "build")
    for change in changes:
        change(top)
    page = top / "spec.html"
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "living_page.run", "--living-page", str(page)),
            *("tests/acceptance", *options),
        ],
        cwd=top,
        env={"PATH": "", "PYTHONPATH": str(top / "tests"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    return Spec(result.returncode, result.stdout + result.stderr, page)


@pytest.fixture(scope="session")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    """The specification as it is."""
    return run(tmp_path_factory.mktemp("spec"))
