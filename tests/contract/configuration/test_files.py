"""A folder of YAML files: all of them are one configuration, and a mistake has its line."""

from pathlib import Path

import pytest

from pager.adapters.configuration.files import read_folder
from pager.adapters.configuration.texts import Position, WrongFolder
from pager.configuration.managed import Managed
from pager.oncall.directory import directory_of
from pager.oncall.people import Person
from pager.oncall.teams import Team

MOST_ALIASES = 9


def write(folder: Path, **files: str) -> Path:
    """The folder with these files."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def wrong(folder: Path) -> list[str]:
    """What is wrong with the files."""
    with pytest.raises(WrongFolder) as caught:
        read_folder(folder)
    return [str(problem) for problem in caught.value.problems]


def test_all_files_are_one_configuration(tmp_path: Path) -> None:
    """Those below the folder, too; a kind may be in several files. .git is passed over."""
    write(tmp_path, people="people:\n  Ada: {}\n", empty="# nothing yet\n")
    for name in ("database", ".git"):
        (tmp_path / name).mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("what: ever\n")
    (tmp_path / "database" / "team.yml").write_text(
        "people:\n  Grace: {}\nteams:\n  Database: [Ada, Grace]\nproperties: [no Level is empty]\n"
    )
    (tmp_path / "properties.yaml").write_text("properties: [b, 'c']\n")
    folder = read_folder(tmp_path)
    entries = (
        Person(name="Ada"),
        Person(name="Grace"),
        Team(name="Database", members=("Ada", "Grace")),
    )
    assert folder.configuration.directory == directory_of(entries)
    assert folder.configuration.properties == ("no Level is empty", "b", "c")
    assert folder.managed == Managed(frozenset({"people", "teams", "properties"}))
    assert folder.position(("people", "Grace")) == Position("database/team.yml", 2, 3)
    assert folder.position(("people", "Grace", "account")) == Position("database/team.yml", 2, 3)
    assert folder.position(("properties", 2)) == Position("properties.yaml", 1, 17)


def test_what_yaml_1_1_would_change_stays_as_it_is_written(tmp_path: Path) -> None:
    """Times of day are no seconds, on and no are names, dates are texts."""
    write(
        tmp_path,
        schedules="""schedules:
  on:
    time_zone: Europe/Paris
    layers:
      - rotations:
          - name: no
            participants: [yes]
            starts: 2026-11-23T09:00:00
            ends: 2027-11-23
            restrictions:
              - {weekdays: [monday], from: 09:00, until: 17:30}
""",
    )
    [(name, schedule)] = read_folder(tmp_path).configuration.directory.schedules.items()
    [rotation] = schedule.rotations
    assert (name, rotation.name, rotation.participants) == ("on", "no", ("yes",))
    assert f"{rotation.starts} {rotation.ends}" == "2026-11-23 09:00:00 2027-11-23 00:00:00"
    [hours] = rotation.restrictions
    assert f"{hours.starts} {hours.ends}" == "09:00:00 17:30:00"


def test_a_mistake_has_its_file_its_line_and_its_column(tmp_path: Path) -> None:
    """Whatever it is in, the nearest line; and all of them at once."""
    write(
        tmp_path,
        people="""people:
  Ada:
    contact_methods:
      - email: ada@example.com
      - sms: +33612345678
  Grace:
    contact_method: []
""",
        teams="teams:\n  Database: [Ada,\n    3]\n",
    )
    assert wrong(tmp_path) == [
        "people.yaml:5:9: person Ada, contact method 2, sms: This is a number, true or false to "
        "YAML: put quotation marks round it.",
        "people.yaml:7:5: person Grace, contact method: There is no such field. Did you mean "
        "contact_methods?",
        "teams.yaml:3:5: team Database, member 2: This is a number, true or false to YAML: put "
        "quotation marks round it.",
    ]


def test_whoever_is_named_has_to_be_there(tmp_path: Path) -> None:
    """Unless the files say nothing of people: then they may be on the server."""
    write(tmp_path, teams="teams:\n  Database:\n    - Ada\n    - Gracy\n")
    assert [*read_folder(tmp_path).configuration.directory.teams] == ["Database"]
    write(tmp_path, people="people: {Ada: {}, Grace: {}}\n")
    assert wrong(tmp_path) == [
        "teams.yaml:4:7: team Database, member 2: There is no person called Gracy. Did you mean "
        "Grace?"
    ]


def test_what_is_there_twice_has_both_places(tmp_path: Path) -> None:
    """In one file, and in two."""
    write(
        tmp_path, a="people:\n  Ada: {}\nfallback: none\n", b="people: {Ada: {}}\nfallback: none\n"
    )
    assert wrong(tmp_path) == [
        "b.yaml:1:10: The person Ada is there twice: a.yaml:2 has it, too.",
        "b.yaml:2:1: The fallback is there twice: a.yaml:3 has it, too.",
    ]
    write(tmp_path, b="teams:\n  Database: []\n  Database: []\n")
    assert wrong(tmp_path) == ["b.yaml:3:3: Database is there twice: it is in line 2, too."]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "people:\n\tAda: {}\n",
            "2:1: This is not YAML: a line begins with a tab. Indent it with spaces.",
        ),
        (
            "people: [\n",
            "2:1: This is not YAML: the file ends where a value or a bracket is expected.",
        ),
        (
            "a: 1\n---\nb: 2\n",
            "2:1: This is not YAML: --- begins another document. Write it in a file of its own.",
        ),
        (
            "- people\n",
            "1: Here is no kind of entries: people, teams, schedules, policies, services, "
            "fallback, heartbeats, integrations, properties.",
        ),
        ("people:\n  12: {}\n", "2:3: 12 is no text to YAML: put quotation marks round it."),
        ("people:\n  [Ada]: {}\n", "2:3: A name is expected, and here is a list or a mapping."),
        (
            "people: !!python/object:os.system x\n",
            "1:9: The tag tag:yaml.org,2002:python/object:os.system is not understood: leave it"
            " out.",
        ),
        ("people: !set {}\n", "1:9: The tag !set is not understood: leave it out."),
        ("a: &a {}\nb: {<<: *a}\n", "2:5: << is no part of YAML 1.2: write out what is meant."),
        (
            "people: &a\n  Ada: *a\n",
            "1:9: Lists and mappings are more than 30 deep within each other.",
        ),
        ("[" * 999, "1:1: Lists and mappings are more than 30 deep within each other."),
        ('people: {"\\ud800": {}}\n', "1:10: Half of a surrogate pair is no character."),
        ("people:\n  A\0da: {}\n", "2:4: YAML allows no U+0000."),
    ],
    ids=str.split(
        "tab flow documents list number-key list-key object tag merge endless deep surrogate nul"
    ),
)
def test_what_is_no_plain_yaml_is_said(tmp_path: Path, text: str, sentence: str) -> None:
    """Each with its place."""
    assert wrong(write(tmp_path, x=text)) == [f"x.yaml:{sentence}"]


@pytest.mark.proof
def test_a_short_text_that_means_very_much_is_refused(tmp_path: Path) -> None:
    """Ten aliases of ten aliases of …: a billion values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, MOST_ALIASES)]
    assert wrong(write(tmp_path, x="\n".join(lines))) == [
        "x.yaml:1:34: There are more than 500,000 values: aliases count, too."
    ]


def test_an_alias_says_the_same_once_more(tmp_path: Path) -> None:
    """It is YAML, and counts as if it were written out."""
    write(tmp_path, x="teams:\n  A: &all [Ada]\n  B: *all\n")
    teams = read_folder(tmp_path).configuration.directory.teams
    assert teams["A"].members == teams["B"].members == ("Ada",)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """Editors of Windows write one."""
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfpeople:\r\n  Ada: {}\r\n")
    assert [*read_folder(tmp_path).configuration.directory.people] == ["Ada"]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A link out of the folder, a folder with the name of a file, other encodings."""
    folder = tmp_path / "folder"
    folder.mkdir()
    assert wrong(folder) == [f"{folder}: There is no YAML file in it."]
    assert wrong(tmp_path / "nowhere") == [f"{tmp_path / 'nowhere'}: This is no folder."]
    (tmp_path / "outside.yaml").write_text("people: {}\n")
    (folder / "a.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "b.yaml").symlink_to(folder / "nothing")
    (folder / "c.yaml").write_bytes(b"# \nx: \xff\n")
    (folder / "d").symlink_to(tmp_path)
    (folder / "e.yaml").symlink_to(folder / "e.yaml")
    assert wrong(folder) == [
        "a.yaml: This link leads out of the folder.",
        "b.yaml: This is no file.",
        "c.yaml:2: This is not UTF-8.",
        "d: This link to a folder is not followed.",
        "e.yaml: This is no file.",
    ]


def test_very_deep_folders_are_refused(tmp_path: Path) -> None:
    """Before there is a limit of Python's."""
    deepest = tmp_path.joinpath(*["d"] * 50)
    deepest.mkdir(parents=True)
    (deepest / "a.yaml").write_text("people: {}\n")
    assert read_folder(tmp_path).managed == Managed(frozenset({"people"}))
    (deepest / "d").mkdir()
    message = "Folders are more than 50 deep within each other."
    assert wrong(tmp_path) == [f"{'d/' * 50}d: {message}"]


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    """Kubernetes mounts files so."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "people.yaml").write_text("people: {Ada: {}}\n")
    (tmp_path / "people.yaml").symlink_to(Path("..data", "people.yaml"))
    assert [*read_folder(tmp_path).configuration.directory.people] == ["Ada"]


def test_very_large_folders_are_refused(tmp_path: Path) -> None:
    """Before they fill the memory."""
    with (tmp_path / "a.yaml").open("wb") as large:
        large.truncate(11 * 1024 * 1024)
    assert wrong(tmp_path) == ["a.yaml: With this file there are more than 10,485,760 bytes."]
    (tmp_path / "a.yaml").unlink()
    for number in range(1001):
        (tmp_path / f"{number}.yaml").touch()
    message = "There are more than 1,000 YAML files: name the folder of Pager's."
    assert wrong(tmp_path) == [f"{tmp_path}: {message}"]


def test_an_account_is_one_persons(tmp_path: Path) -> None:
    """Who has it twice is said with the line."""
    write(tmp_path, people="people:\n  Ada: {account: ada}\n  Grace:\n    account: ADA\n")
    assert wrong(tmp_path) == [
        "people.yaml:4:5: person Grace, account: ADA is the account of Ada, too: it is one "
        "person's."
    ]
