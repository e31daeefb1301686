"""`pager verify` stands apart from a team's other tests, and a team may have it among them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import pytest

from contract.verification.own_on_call import CONFIGURATION, FROM, HOLDS, verify


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
def test_a_hundred_services_take_less_than_two_seconds(tmp_path: Path) -> None:
    """Of a processor, with twenty scenarios: a team runs them before each commit."""
    names = [f"service-{number}" for number in range(100)]
    services = "".join(f"  {name}: {{uses: Database}}\n" for name in names[1:])
    tmp_path.joinpath("on-call.yaml").write_text(CONFIGURATION + services, encoding="utf-8")
    scenarios = "".join(
        f"  Scenario: {name}\n"
        "    Given it is Sunday 03:00 in Europe/Paris\n"
        f'    When {name} raises the Alert "replication stopped"\n'
        "    And 10 minutes pass\n"
        "    Then somebody of the team Database was reached\n"
        for name in names[1:21]
    )
    tmp_path.joinpath("on-call.feature").write_text(f"Feature: Many\n{scenarios}")
    before = getrusage(RUSAGE_CHILDREN)
    assert verify(tmp_path, "--from", FROM).output.splitlines()[-1].startswith("20 of 20 hold")
    after = getrusage(RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 2


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
