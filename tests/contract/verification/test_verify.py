"""`pager verify`: a team's scenarios and properties against its files, as a command."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser

from browser import violations
from verify_page import PAGE, page

CONFIGURATION = """\
people:
  Ada Lovelace:
    contact_methods:
      - email: ada@example.com
      - sms: "+33612345678"
        after: 5 min
  Grace Hopper:
    contact_methods:
      - email: grace@example.com
teams:
  Database: [Ada Lovelace, Grace Hopper]
schedules:
  Database:
    time_zone: Europe/Paris
    layers:
      - rotations:
          - name: Weekly
            participants: [Ada Lovelace, Grace Hopper]
            starts: 2026-11-23 09:00
            shift_length: 7 days
policies:
  Database:
    levels:
      - targets: [{schedule: Database}]
        acknowledgement_delay: 10 min
      - targets: [{team: Database}, {email: ops@example.com}]
services:
  orders-db: {uses: Database}
"""
PROPERTIES = """\
properties:
  - somebody is reached within 10 minutes
  - somebody is reached by SMS within 10 minutes
"""
HOLDS = """\
Feature: Our on-call

  Scenario: Somebody is woken on a Sunday night
    Given it is 2026-11-29 03:00 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    And 9 minutes pass
    Then somebody of the team Database was reached by SMS
    And somebody on call in Database was reached
    And these Targets are notified:
      | Target                 |
      | Ada Lovelace by e-mail |
      | Ada Lovelace by SMS    |

  Scenario: Whenever it breaks
    When any service raises an Alert at any minute of the next 13 months
    Then somebody is reached within 10 minutes
    And no Level is empty
"""
DOES_NOT_HOLD = """\
Feature: Our wishes

  Scenario: Each Sunday by SMS
    Given it is any Sunday at 03:00 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    And 9 minutes pass
    Then somebody of the team Database was reached by SMS

  Scenario: A name that nobody has
    When orders-db raises the Alert "replication stopped"
    Then Ada Lovelac was reached

  Scenario: A service that is misspelt
    When orders raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: Nothing is asked
    When orders-db raises the Alert "replication stopped"

  Scenario: It is so already
    When 10 minutes pass
    Then orders-db is Healthy

  Scenario: A property that is none
    When the next 13 months pass
    Then somebody gets reached within 10 minutes

  Scenario: A property of no time
    When orders-db raises the Alert "replication stopped"
    Then somebody is reached within 10 minutes

  Scenario: Any of many moments
    Given it is any Sunday at 03:00 in Europe/Paris
    When the next 13 months pass
    Then no Level is empty

  Scenario: Too far ahead
    When the next 61 months pass
    Then no Level is empty

  Scenario: No such day
    Given it is 2027-02-30 03:00 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: No such zone
    Given it is Sunday 03:00 in Europe/Pari
    When orders-db raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: A time that the clocks skip
    Given it is 2027-03-28 02:30 in Europe/Paris
    When orders-db raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: No policy and no fallback
    When a service without a policy raises the Alert "replication stopped"
    Then nobody was reached

  Scenario: One service, by SMS
    When orders-db raises an Alert at any minute of the next 2 months
    Then somebody is reached by SMS within 10 minutes
"""
FROM = "2026-11-24"
"""Ada Lovelace is on call."""


class Verified(NamedTuple):
    """What a run left."""

    status: int
    output: str

    def of(self, title: str) -> str:
        """What it says below that title."""
        [_, *found] = self.output.split(f" {title}\n\n", 1)
        text: str = found[0] if found else ""
        return text.split("\n  ✗ ", maxsplit=1)[0].split("\n  ✓ ", maxsplit=1)[0]


def verify(folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> Verified:
    """Run the command in that folder."""
    result = subprocess.run(
        [sys.executable, "-c", "from pager.cli import main; main()", "verify", *options],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8", **(environment or {})},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    return Verified(result.returncode, result.stdout + result.stderr)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration and scenarios that hold."""
    tmp_path.joinpath("on-call.yaml").write_text(CONFIGURATION, encoding="utf-8")
    tmp_path.joinpath("on-call.feature").write_text(HOLDS, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def violated(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """A run of scenarios and properties of which most do not hold."""
    top = tmp_path_factory.mktemp("violated")
    top.joinpath("on-call.yaml").write_text(CONFIGURATION + PROPERTIES, encoding="utf-8")
    top.joinpath("features").mkdir()
    top.joinpath("features/wishes.feature").write_text(DOES_NOT_HOLD, encoding="utf-8")
    return verify(top, "--from", FROM)


def test_what_holds_is_listed(folder: Path) -> None:
    """Chapter by chapter, with the sum of it; and the status is 0."""
    status, output = verify(folder, "--from", FROM)
    lines = output.splitlines()
    assert lines[:3] == [
        "on-call.feature",
        "  ✓ Somebody is woken on a Sunday night",
        "  ✓ Whenever it breaks",
    ]
    assert lines[-1].startswith("2 of 2 hold (")
    assert status == 0


def test_what_does_not_hold_is_the_status(violated: Verified) -> None:
    """And the names of all that does not are the last that is said."""
    assert violated.status == 1
    assert "1 of 16 hold (" in violated.output
    assert violated.output.endswith("  ✗ somebody is reached by SMS within 10 minutes\n")


def test_of_several_moments_the_first_that_fails_is_told(violated: Verified) -> None:
    """Ada is called on the first Sunday, when it is her week; Grace has no phone."""
    log = violated.of("Each Sunday by SMS")
    assert "begun      on Sunday 2026-12-06 03:00 in Europe/Paris" in log
    assert "sent       Grace Hopper by e-mail: incident 1, Level 1" in log
    assert log.rstrip().endswith("Reached: Grace Hopper by e-mail.")


@pytest.mark.parametrize(
    ("title", "answer"),
    [
        (
            "A name that nobody has",
            "There is no person “Ada Lovelac”. There are: Ada Lovelace, Grace Hopper.",
        ),
        (
            "A service that is misspelt",
            "There is no service “orders”. There are: a service without a policy, orders-db.",
        ),
        ("Nothing is asked", "The scenario has no Then, so it checks nothing."),
        ("It is so already", "Each Then is so before the first When already"),
        ("A property that is none", "{property}: somebody is reached within 10 minutes, "),
        ("Any of many moments", "Remove “it is any …”, or say one."),
        ("Too far ahead", "Look ahead from 1 to 60 months."),
        ("No such day", "“2027-02-30 03:00 in Europe/Paris” is no moment: "),
        ("No such zone", "“Europe/Pari” is no time zone."),
        ("A time that the clocks skip", "There is no 02:30 on 2027-03-28 in Europe/Paris."),
        ("No policy and no fallback", "The Pager refused an Alert, and no Then says so."),
        ("A property of no time", "is about a time ahead. Write “When any service raises"),
    ],
)
def test_a_scenario_that_checks_nothing_says_what_to_write(
    violated: Verified, title: str, answer: str
) -> None:
    """Names that nobody has, steps that mean nothing, and what Pager's own may not be either."""
    assert answer in violated.of(title)


@pytest.mark.parametrize(
    "title", ["One service, by SMS", "somebody is reached by SMS within 10 minutes"]
)
def test_a_property_that_does_not_hold_has_a_counterexample(violated: Verified, title: str) -> None:
    """The moment, who, and what happens then; with the names of people."""
    log = violated.of(title)
    assert "orders-db: On Monday 2026-11-30 08:55 in Europe/Paris an Alert reaches nobody" in log
    assert "     0 min  received   the Alert" in log
    assert "sent       Ada Lovelace by e-mail: incident 1, Level 1" in log


@pytest.mark.parametrize(
    ("file", "text", "answer"),
    [
        ("wrong.yaml", "services:\n  orders-db: {uses: [}\n", "wrong.yaml:2: "),
        ("wrong.yaml", "properties: [it rains never]\n", "wrong.yaml:1: 'it rains never' is no"),
        ("wrong.feature", "Featur: Nothing\n", "wrong.feature:1: “Featur: Nothing” begins with"),
        ("wrong.feature", f"{HOLDS}\n  Scenario: Whenever it breaks\n", "wrong.feature:"),
        ("wrong.feature", f"{HOLDS}\n    # When 5 minutes pass\n", "hides something that would"),
        ("wrong.feature", "Feature: Nothing\n", "wrong.feature:1: The chapter has no scenario"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(
    folder: Path, file: str, text: str, answer: str
) -> None:
    """Nothing is run, and the status is 2."""
    folder.joinpath(file).write_text(text, encoding="utf-8")
    status, output = verify(folder)
    assert (status, "✓" in output) == (2, False)
    assert answer in output
    assert "Traceback" not in output


def test_nothing_to_verify_is_no_success(folder: Path) -> None:
    """A wrong folder, or a title that there is not, would else pass for ever."""
    assert verify(folder, "-k", "Saturday").status == 2
    folder.joinpath("on-call.feature").unlink()
    status, output = verify(folder)
    assert (status, output.startswith("There is nothing to verify")) == (2, True)


def test_a_property_of_nobody_does_not_hold(folder: Path) -> None:
    """The service that it is about may have been renamed."""
    with folder.joinpath("on-call.yaml").open("a", encoding="utf-8") as file:
        file.write("properties:\n  - 'orders: somebody is reached within 10 minutes'\n")
    status, output = verify(folder, "--from", FROM)
    assert status == 1
    assert "'orders'" in output
    assert "not a matter of the scenario" not in output


def test_only_some_titles_are_verified(folder: Path) -> None:
    """Those that have the text in them."""
    status, output = verify(folder, "--from", FROM, "-k", "SUNDAY")
    assert (status, "1 of 1 hold" in output) == (0, True)


def test_results_are_written_as_junit_xml(folder: Path) -> None:
    """Named by the features and their scenarios."""
    folder.joinpath("wishes.feature").write_text(DOES_NOT_HOLD, encoding="utf-8")
    verify(folder, "--from", FROM, "-k", "Sunday", "--junit", "results.xml")
    cases = ET.parse(folder / "results.xml").findall(".//testcase")  # noqa: S314 - our own
    assert [(case.get("classname"), case.get("name"), len(case)) for case in cases] == [
        ("on-call.feature", "Somebody is woken on a Sunday night", 0),
        ("wishes.feature", "Each Sunday by SMS", 1),
    ]


def test_the_page_shows_who_is_on_call_and_what_came_of_each_scenario(folder: Path) -> None:
    """Whatever stands in the files is text on it, and no markup."""
    title = "<script>alert('1')</script>"
    text = DOES_NOT_HOLD.replace("Each Sunday by SMS", title)
    folder.joinpath("wishes.feature").write_text(text, encoding="utf-8")
    on_call = folder / "on-call.yaml"
    on_call.write_text(CONFIGURATION + PROPERTIES, encoding="utf-8")
    assert verify(folder, "--from", FROM, "--page", "page.html").status == 1
    shown = folder.joinpath("page.html").read_text(encoding="utf-8")
    assert "<script" not in shown
    assert "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;" in shown
    assert "Database: Ada Lovelace</h3>" in shown
    assert "<td>Grace Hopper</td><td>Monday 2026-11-30 09:00</td>" in shown
    assert "It is Sunday 2026-12-06 03:00 in Europe/Paris. Reached: Grace Hopper" in shown
    assert "<h3>somebody is reached by SMS within 10 minutes</h3>" in shown
    assert "3 of 18 hold" in shown


@pytest.mark.proof
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_the_page_is_for_everybody(
    browser: Browser, folder: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    """Axe finds nothing, and nothing is wider than the window, with everything unfolded."""
    folder.joinpath("wishes.feature").write_text(DOES_NOT_HOLD, encoding="utf-8")
    verify(folder, "--from", FROM, "--page", "page.html")
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page.goto(folder.joinpath("page.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert violations(page) == []
    inside = page.evaluate("document.documentElement.clientWidth")  # without the scroll bar
    assert page.evaluate("document.documentElement.scrollWidth") == inside
    page.close()


def test_github_is_told_file_and_line(folder: Path) -> None:
    """By itself in its Actions; no line of ours can be taken for another of its commands."""
    title = "50 %, or: ::error::"
    text = DOES_NOT_HOLD.replace("Each Sunday by SMS", title)
    folder.joinpath("wishes.feature").write_text(text, encoding="utf-8")
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(folder.parent)}
    output = verify(folder, "--from", FROM, "-k", "50 %", environment=environment).output
    [line] = [line for line in output.splitlines() if line.startswith("::")]
    assert line == (
        f"::error file={folder.name}/wishes.feature,line=7,title=50 %25%2C or%3A %3A%3Aerror%3A%3A"
        "::It is Sunday 2026-12-06 03:00 in Europe/Paris. Reached: Grace Hopper by e-mail."
    )
    assert "::error" not in verify(folder, "--from", FROM, "-k", "50 %").output.splitlines()[-2]


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


def test_the_steps_are_listed_with_the_names_of_the_team(folder: Path) -> None:
    """Whoever writes a scenario sees what may stand in it."""
    status, output = verify(folder, "--steps")
    lines = [line.rstrip() for line in output.splitlines()]
    assert status == 0
    assert "Given it is {moment}" in lines
    assert "Then {person} was reached[ by {channel}]" in lines
    assert any(re.fullmatch(r"\{person\} +Ada Lovelace, Grace Hopper", line) for line in lines)
    assert any("somebody is reached within 10 minutes" in line for line in lines)


def test_the_document_lists_the_steps() -> None:
    """If this fails: `python -m verify_page`."""
    assert page() == PAGE.read_text(encoding="utf-8")


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
