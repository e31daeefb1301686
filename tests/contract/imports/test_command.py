"""`pager import` writes what another pager exports as YAML files, and tells what is not in them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import JsonValue

from pager.adapters.configuration.files import read_folder
from pager.adapters.imports.export import File
from pager.adapters.imports.origins import origins
from pager.cli import main
from unit.adapters.imports.exported import EXPORTS, READERS, files_of


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, arguments)])


@pytest.mark.parametrize("export", READERS)
def test_the_files_say_what_was_imported(export: str, tmp_path: Path) -> None:
    """They can be read, and are the same configuration: nothing that they name is missing."""
    pager, _, _ = export.partition("-")
    result = _run(pager, EXPORTS / export, "--to", tmp_path / "mine")
    assert result.exit_code == 0, result.output
    imported = READERS[export](files_of(export), datetime.now(UTC))
    folder = read_folder(tmp_path / "mine")
    assert folder.configuration == imported.configuration
    assert folder.managed == imported.managed


def test_what_the_other_pager_does_not_have_is_not_managed(tmp_path: Path) -> None:
    """PagerDuty has no heartbeats: those of a server stay."""
    _run("pagerduty", EXPORTS / "pagerduty", "--to", tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.yaml")) == [
        "integrations.yaml",
        "people.yaml",
        "policies.yaml",
        "schedules.yaml",
        "services.yaml",
        "teams.yaml",
    ]


def test_the_report_tells_first_what_costs_pages(tmp_path: Path) -> None:
    """It is printed, and written to a file that one names."""
    result = _run("opsgenie", EXPORTS / "opsgenie", "--report", tmp_path / "report.txt")
    first, _, title, *notes = result.output.splitlines()
    assert first == (
        "5 people, 2 teams, 2 schedules, 2 policies, 4 services, 2 heartbeats, 1 integration."
    )
    assert title == "Somebody may not be paged who was:"
    assert notes[0] == "- person Ada Lovelace: Ada's phone is left out: Pager has no app on a phone"
    assert (
        "- person Grace Hopper; person Linus Pauling: no rule for new alerts is in the files: all "
        "contacts are told at once"
    ) in notes
    report = (tmp_path / "report.txt").read_text()
    assert result.output == f"{report}\nThe report is in {tmp_path / 'report.txt'}.\n"


def test_it_says_what_was_written_and_what_comes_next(tmp_path: Path) -> None:
    """The next command can be copied, whatever the folder is called."""
    mine = tmp_path / "my files"
    users = EXPORTS / "opsgenie" / "users.json"
    first, again = (_run("opsgenie", users, "--to", mine).output for _ in range(2))
    assert f"\n\nWritten to {mine}: people.yaml. Next: pager verify '{mine}'\n" in first
    assert f"\n\n{mine} says it already. Next: pager verify '{mine}'\n" in again


def test_single_files_are_read(tmp_path: Path) -> None:
    """As many as one names; what is no JSON is told, and the others are read."""
    (tmp_path / "broken.json").write_text("{")
    users = EXPORTS / "opsgenie" / "users.json"
    result = _run("opsgenie", users, tmp_path / "broken.json")
    assert result.exit_code == 0
    assert result.stderr == "broken.json is no JSON.\n"
    assert result.stdout.startswith("5 people, 0 teams")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 100_000, "odd.json is no JSON.\n"),
        ('{"users":' * 900 + "1" + "}" * 900, "more than 50 objects within each other.\n"),
        ('{"users": [], "x": 1e999999, "y": NaN}', ""),
        ('{"users": [], "users": []}', "odd.json has the key 'users' twice in one object.\n"),
    ],
    ids=["no end", "deep", "odd numbers", "a key twice"],
)
def test_odd_files_are_told(text: str, told: str, tmp_path: Path) -> None:
    """None makes it fail."""
    (tmp_path / "odd.json").write_text(text)
    result = _run("opsgenie", EXPORTS / "opsgenie" / "users.json", tmp_path / "odd.json")
    assert result.exit_code == 0, result.output
    assert result.stderr.endswith(told)


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    """An export may have come from anywhere: a link in it to what is no file fills no memory."""
    (tmp_path / "endless.json").symlink_to("/dev/zero")
    result = _run("opsgenie", EXPORTS / "opsgenie" / "users.json", tmp_path)
    assert (result.exit_code, result.stderr) == (0, "endless.json is too much to read.\n")


def test_nothing_is_written_where_nothing_was_found(tmp_path: Path) -> None:
    """It says where to read what is expected."""
    (tmp_path / "other.json").write_text('{"shop": 1}')
    result = _run("oncall", tmp_path / "other.json", "--to", tmp_path / "mine")
    assert result.exit_code == 1
    assert "Nothing of oncall was found in these files. docs/migrate.md says" in result.output
    assert not (tmp_path / "mine").exists()


def _single_objects(content: JsonValue) -> list[JsonValue]:
    """What is in the lists of an answer, without what the API puts round it."""
    assert isinstance(content, dict)
    lists = [value for value in content.values() if isinstance(value, list)]
    return [item for found in lists for item in found] or [content]


@pytest.mark.parametrize("named", ["oncall", "opsgenie", "pagerduty"])
@pytest.mark.parametrize("export", READERS)
@pytest.mark.parametrize("shape", ["answers", "lists", "single objects"])
def test_the_export_of_another_pager_is_not_taken_for_one_of_this(
    shape: str, export: str, named: str, tmp_path: Path
) -> None:
    """It would become people without names. Whose it is shows by what is round its objects, and
    by their own fields where nothing is round them."""
    whose, _, _ = export.partition("-")
    for number, file in enumerate(files_of(export)):
        objects = _single_objects(file.content)
        written: dict[str, list[JsonValue]] = {
            "answers": [file.content],
            "lists": [objects],
            "single objects": objects,
        }
        for place, content in enumerate(written[shape]):
            path = tmp_path / "export" / f"{number}-{place}" / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))
    result = _run(named, tmp_path / "export", "--to", tmp_path / "mine")
    refused = f"look like answers of {whose}, not {named}: pager import {whose}" in result.output
    assert refused == (named != whose), result.output
    assert result.exit_code == int(refused)
    assert (tmp_path / "mine").exists() != refused


@pytest.mark.parametrize("export", READERS)
def test_no_file_of_an_export_looks_like_another_pagers(export: str) -> None:
    """Each can be read alone, whatever is missing."""
    whose, _, _ = export.partition("-")
    for file in files_of(export):
        for content in (file.content, *_single_objects(file.content)):
            assert origins([File(file.name, content)]) <= {whose}, file.name


def test_an_object_that_has_what_another_pager_says_too_is_read(tmp_path: Path) -> None:
    """One field that is the right pager's is enough."""
    links = {"self": "https://example.com/1", "html_url": "https://example.com/2"}
    user = {"id": "1", "username": "ada@example.com", "fullName": "Ada", "details": links}
    (tmp_path / "odd.json").write_text(json.dumps([user]))
    result = _run("opsgenie", tmp_path / "odd.json")
    assert (result.exit_code, result.output[:9]) == (0, "1 person,")


def test_an_import_again_keeps_what_people_wrote(tmp_path: Path) -> None:
    """What has not changed stays as it is in the files, with its comments."""
    _run("opsgenie", EXPORTS / "opsgenie", "--to", tmp_path)
    teams = tmp_path / "teams.yaml"
    teams.write_text(f"# Who is told together\n{teams.read_text()}")
    assert _run("opsgenie", EXPORTS / "opsgenie", "--to", tmp_path).exit_code == 0
    assert teams.read_text().startswith("# Who is told together\n")
