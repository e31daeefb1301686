"""`pager verify` stands apart from a team's other tests, and a team may have it among them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contract.verification.own_on_call import FROM, HOLDS, verify


@pytest.mark.proof
def test_what_the_team_has_for_other_tests_changes_nothing(folder: Path) -> None:
    """Settings of pytest, a conftest, plugins, warnings as errors."""
    folder.joinpath("pytest.ini").write_text("[pytest]\naddopts = --cov --nothing\n")
    folder.joinpath("conftest.py").write_text("raise RuntimeError('not for Pager')\n")
    environment = {
        "PYTEST_ADDOPTS": "--nothing",
        "PYTEST_PLUGINS": "nothing",
        "PYTHONWARNINGS": "error",
    }
    status, output = verify(folder, "--from", FROM, environment=environment)
    assert (status, "2 of 2 hold" in output) == (0, True), output
    assert not folder.joinpath(".pytest_cache").exists()


@pytest.mark.proof
def test_no_server_is_imported(folder: Path) -> None:
    """It starts in a moment, also where `pager[server]` is not installed."""
    script = (
        "import atexit, json, sys; from pager.cli import main;"
        "atexit.register(lambda: print(json.dumps([*sys.modules]))); main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, "verify", str(folder)],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    modules = {*json.loads(result.stdout.splitlines()[-1])}
    assert "pager.testing.steps.reached" in modules
    assert modules & {"sqlalchemy", "fastapi", "uvicorn", "psycopg", "pager.wiring"} == set()


def test_a_team_may_run_its_scenarios_with_its_own_pytest(folder: Path) -> None:
    """With the plugin, beside steps of its own."""
    folder.joinpath("pytest.ini").write_text("[pytest]\npager_configuration = on-call\n")
    folder.joinpath("on-call").mkdir()
    folder.joinpath("on-call.yaml").rename(folder / "on-call" / "on-call.yaml")
    folder.joinpath("conftest.py").write_text('pytest_plugins = ["pager.testing.plugin"]\n')
    steps = (
        "from pytest_bdd import given, scenarios\n"
        'scenarios("on-call.feature", "ours.feature")\n'
        '@given("the moon is full")\n'
        "def full_moon():\n    pass\n"
    )
    folder.joinpath("test_on_call.py").write_text(steps)
    ours = HOLDS.replace("    Given it", "    Given the moon is full\n    And it")
    folder.joinpath("ours.feature").write_text(ours, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert "4 passed" in result.stdout, result.stdout
