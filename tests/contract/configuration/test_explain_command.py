"""`pager explain` on a folder of files."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pager.cli import main

WRITTEN = """\
people:
  Ada: {contact_methods: [{email: ada@example.com}]}
  Grace: {contact_methods: [{email: grace@example.com}]}
schedules:
  Database:
    time_zone: Europe/Paris
    layers:
      - rotations:
          - {name: Weekly, participants: [Ada, Grace], starts: 2027-01-18 09:00}
policies:
  Database:
    levels: [{targets: [{schedule: Database}]}]
services:
  orders-db: {uses: Database}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file."""
    (tmp_path / "pager.yaml").write_text(WRITTEN, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, list[str]]:
    """The exit status, and the lines that are printed."""
    result = CliRunner().invoke(main, ["explain", *map(str, arguments)])
    return result.exit_code, [line.rstrip() for line in result.output.splitlines()]


def test_the_answer_about_the_person_comes_first(folder: Path) -> None:
    """Then everybody who is told, with the reasons: times are those of the schedule's zone."""
    at = ("--at", "2027-01-24 03:00")
    status, shown = run("orders-db", folder, *at, "--person", "Grace")
    assert status == 0
    turn = "Ada has the turn in Weekly of Database, since Mon 2027-01-18 09:00 until"
    turn = f"{turn} Mon 2027-01-25 09:00 (Europe/Paris)."
    assert shown == [
        "Grace is not told.",
        "    Grace is not on call in Database then.",
        f"    {turn}",
        "    Grace is on call in Database next from Mon 2027-01-25 09:00 on.",
        "",
        "An Alert of orders-db at Sun 2027-01-24 03:00, rehearsed. Times are those of"
        " Europe/Paris.",
        "orders-db uses the shared policy Database (pager.yaml:14).",
        "The policy Database is the one of pager.yaml:11.",
        "",
        "Sun 2027-01-24 03:00  Level 1  An Alert",
        "    Ada, ada@example.com",
        "        Level 1 of Database names the schedule Database.",
        f"        {turn}",
        "",
        "Sun 2027-01-24 03:15  Nobody has answered, and nobody is left to tell",
    ]


def test_what_is_not_reached_is_said(folder: Path) -> None:
    """Before the first turn nobody is on call, and the Alert is refused."""
    status, shown = run("orders-db", folder, "--at", "2027-01-10 03:00", "--zone", "UTC")
    assert status == 0
    assert "the Alert is refused, as nobody would be told. Times are those of UTC." in shown[0]
    assert "Database, Level 1 reaches nobody: nobody is on call in Database." in shown


def test_programs_read_json(folder: Path) -> None:
    """One object, with the moments in UTC."""
    arguments = ("--at", "2027-01-24 03:00", "--acknowledged-after", "5 min", "--json")
    status, shown = run("orders-db", folder, *arguments)
    explanation = json.loads("".join(shown))
    assert status == 0
    assert [step["at"] for step in explanation["steps"]] == [
        "2027-01-24T02:00:00Z",
        "2027-01-24T02:05:00Z",
    ]
    assert explanation["steps"][0]["told"][0]["person"] == "Ada"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "some day"], "'some day' is no moment. Good ones are"),
        (["--at", "tomorow 03:00"], "'tomorow 03:00' is no moment. Good ones are"),
        (["--person", "Grce"], "There is no person called Grce. Did you mean Grace?"),
        (["--person", "Edsger"], "There is no person called Edsger. There are: Ada, Grace."),
        (
            ["--zone", "Europe/Pari"],
            "There is no time zone Europe/Pari. Did you mean Europe/Paris?",
        ),
        (["--acknowledged-after", "soon"], "'soon' is no duration"),
    ],
)
def test_what_cannot_be_read_is_refused(folder: Path, arguments: list[str], said: str) -> None:
    """In a sentence that says what is right."""
    status, shown = run("orders-db", folder, *arguments)
    assert status == 2
    assert said in " ".join(shown)


def test_a_service_that_is_misspelt_is_refused(folder: Path) -> None:
    """Instead of an answer about a service that nobody has: with the nearest one."""
    status, shown = run("ordrs-db", folder)
    assert status == 2
    assert "There is no service called ordrs-db. Did you mean orders-db?" in shown[-1]


def test_with_a_fallback_policy_no_service_is_unknown(folder: Path) -> None:
    """Its Alerts would page somebody."""
    (folder / "fallback.yaml").write_text("fallback: {uses: Database}\n", encoding="utf-8")
    status, shown = run("ordrs-db", folder, "--at", "2027-01-24 03:00")
    assert (status, shown[1]) == (0, "ordrs-db has no policy of its own.")


def test_a_name_is_found_however_its_letters_are_written(folder: Path) -> None:
    """Zoë has three characters, or four."""
    written = WRITTEN.replace("Grace", "Zoe\u0308").replace("grace", "zoe")
    (folder / "pager.yaml").write_text(written, encoding="utf-8")
    status, shown = run("orders-db", folder, "--at", "2027-01-24 03:00", "--person", "Zo\u00eb")
    assert (status, shown[0]) == (0, "Zoe\u0308 is not told.")


def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    """With what is wrong."""
    status, [sentence] = run("orders-db", tmp_path)
    assert status == 1
    assert sentence.startswith(f"{tmp_path}: There is no YAML file in it. Name the folder")
    assert "--server URL, with its API key in PAGER_API_KEY" in sentence
