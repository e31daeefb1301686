"""`pager verify` stands apart from a team's other tests, and a team may have it among them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contract.verification.own_on_call import CONFIGURATION, FROM, HOLDS, verify


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
@pytest.mark.parametrize(
    ("options", "status", "answer"),
    [
        (["oc"], 2, "There is nothing to verify in oc: no file *.feature"),
        (["."], 2, "There is nothing to verify in .: no file *.feature"),
        (["oc", "-k", "mine"], 2, "There is nothing to verify in oc: no file *.feature"),
        (["with-properties"], 0, "1 of 1 hold"),
        (["with-properties", "-k", "mine"], 2, "No title has “mine”. There are: no Level is empty"),
    ],
)
def test_no_other_test_is_run(tmp_path: Path, options: list[str], status: int, answer: str) -> None:
    """Not where there is nothing to verify either: pytest alone looks for tests, then."""
    for folder, properties in ("oc", ""), ("with-properties", "properties: [no Level is empty]\n"):
        tmp_path.joinpath(folder).mkdir()
        tmp_path.joinpath(folder, "on-call.yaml").write_text(CONFIGURATION + properties)
    settings = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    tmp_path.joinpath("pyproject.toml").write_text(settings)
    tmp_path.joinpath("tests").mkdir()
    left = "from pathlib import Path\nPath('was-read').touch()\n"
    for file in "conftest.py", "tests/conftest.py", "tests/test_mine.py":
        tmp_path.joinpath(file).write_text(f"{left}def test_mine(): pass\n")
    if options == ["."]:
        tmp_path.joinpath("with-properties/on-call.yaml").unlink()
    verified = verify(tmp_path, *options, "--from", FROM)
    assert (verified.status, answer in verified.output) == (status, True), verified.output
    assert not tmp_path.joinpath("was-read").exists()


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


@pytest.mark.proof
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
