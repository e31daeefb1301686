"""A configuration is written into files: as little as can be changes in those that are there."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.adapters.configuration.documents import DOCUMENT, ConfigurationDocument, document_of
from pager.adapters.configuration.files import read_folder, write_folder
from pager.adapters.configuration.json_schema import MODELINE
from pager.adapters.configuration.merging import merged
from pager.adapters.configuration.texts import WrongFolder
from pager.adapters.configuration.writing import texts_of
from pager.configuration.configuration import Configuration
from pager.configuration.managed import KINDS, Kind, Managed, everything
from pager.oncall.directory import Entry, directory_of
from pager.oncall.people import Person
from pager.oncall.schedules import Override, Schedule
from pager.oncall.teams import Team
from unit.configuration.strategies import configurations

BEGIN = datetime(2027, 1, 1, tzinfo=UTC)

SCHEDULES = """\
# Who is on call for the database.
schedules:
  # The team in Paris
  Database:
    time_zone: Europe/Paris   # they all live there
    layers:
      - rotations:
          # Monday to Friday
          - name: 'Weekly'
            participants: [Ada, Grace]   # in this order
            starts: 2026-11-23 09:00
            restrictions:
              - {weekdays: [monday], from: 09:00, until: 17:00}

  # Nobody, just now
  Backend: {time_zone: UTC}
"""


def document(text: str) -> ConfigurationDocument:
    """The document that a text says."""
    return merged({"x.yaml": text}).document


def rewritten(text: str, **kinds: object) -> str:
    """The text, so that it says these kinds, too."""
    said = {**document(text).model_dump(mode="json"), **kinds}
    wanted = DOCUMENT.validate_json(json.dumps(said))
    [new] = texts_of(wanted, {"x.yaml": text}).values()
    assert document(new) == wanted
    return new


def written(configuration: Configuration, texts: dict[str, str]) -> ConfigurationDocument:
    """What the files say once the configuration is written into them."""
    document = document_of(configuration, everything(configuration))
    after = {**texts, **texts_of(document, texts)}
    return in_order(merged({file: text for file, text in after.items() if text}).document)


def in_order(document: ConfigurationDocument) -> ConfigurationDocument:
    """With the properties in one order: each stays in its file, and the order means nothing."""
    properties = tuple(sorted(document.properties or ()))
    return document.model_copy(update={"properties": properties})


@pytest.mark.proof
@given(configurations())
def test_what_is_written_is_read_again(configuration: Configuration) -> None:
    """From new files; written once more, no file changes."""
    wanted = document_of(configuration, everything(configuration))
    texts = texts_of(wanted, {})
    assert merged(texts).document == wanted
    assert not texts_of(wanted, texts)


@pytest.mark.proof
@given(configurations(), configurations())
def test_files_say_another_configuration_once_it_is_written(
    old: Configuration, new: Configuration
) -> None:
    """Whatever they said before."""
    texts = texts_of(document_of(old, everything(old)), {})
    assert written(new, texts) == in_order(document_of(new, everything(new)))


@pytest.mark.proof
@given(configurations(), configurations(), st.sets(st.sampled_from(KINDS)))
def test_files_in_another_style_say_it_as_well(
    old: Configuration, new: Configuration, kinds: set[Kind]
) -> None:
    """JSON is YAML, too; some kinds are in no file yet."""
    before = document_of(old, everything(old)).model_dump(mode="json")
    texts = {f"{kind}.yml": json.dumps({kind: before[kind]}) for kind in kinds}
    assert written(new, texts) == in_order(document_of(new, everything(new)))


def test_what_stays_is_byte_for_byte_as_it_was() -> None:
    """Comments, quotation marks, order, empty lines; of what is changed only the value."""
    new = rewritten(
        SCHEDULES,
        schedules={
            "Backend": {"time_zone": "UTC"},
            "Database": {
                "time_zone": "Europe/London",
                "layers": [
                    {
                        "rotations": [
                            {
                                "name": "Weekly",
                                "participants": ["Ada", "Grace", "Edsger"],
                                "starts": "2026-11-23 09:00",
                                "shift_length": "1 day",
                                "restrictions": [
                                    {"weekdays": ["monday"], "from": "09:00", "until": "17:00"}
                                ],
                            }
                        ]
                    }
                ],
            },
        },
    )
    assert new == SCHEDULES.replace("Europe/Paris ", "Europe/London ").replace(
        "[Ada, Grace]", "[Ada, Grace, Edsger]"
    ).replace("17:00}\n", "17:00}\n            shift_length: 1 day\n")


def test_what_is_gone_is_taken_out_with_the_comment_above_it() -> None:
    """What stands round it stays."""
    assert rewritten(SCHEDULES, schedules={"Backend": {"time_zone": "UTC"}}) == (
        "# Who is on call for the database.\nschedules:\n"
        "  # Nobody, just now\n  Backend: {time_zone: UTC}\n"
    )
    database = document(SCHEDULES).model_dump(mode="json")["schedules"]["Database"]
    assert rewritten(SCHEDULES, schedules={"Database": database}) == SCHEDULES.replace(
        "  # Nobody, just now\n  Backend: {time_zone: UTC}\n", ""
    )
    assert rewritten(SCHEDULES, schedules={}) == (
        "# Who is on call for the database.\nschedules: {}\n"
    )


@pytest.mark.parametrize(
    ("text", "members", "new"),
    [
        (" [A, B] # x", ["A", "C"], " [A, C] # x"),
        (" []", ["A"], "\n    - A"),
        ("\n  - A # a\n  # of B\n  - B\n  - C", ["A", "C"], "\n  - A # a\n  - C"),
        ("\n  - B\n  - C", ["A", "B", "C", "D"], "\n  - A\n  - B\n  - C\n  - D"),
        (
            "\n  - A # a\n    # more of a\n  - B",
            ["A", "X", "B"],
            "\n  - A # a\n    # more of a\n  - X\n  - B",
        ),
        ("\n  - A\n  - B", ["B", "A"], "\n  - B\n  - A"),
        ("\n  - A", [], " []"),
        ("\n  - >-\n    A\n  - B", ["C", "B"], "\n  - C\n  - B"),
    ],
)
def test_a_list_is_changed_item_by_item(text: str, members: list[str], new: str) -> None:
    """In the way in which it is written."""
    assert rewritten(f"teams:\n  D:{text}\n", teams={"D": members}) == f"teams:\n  D:{new}\n"


def test_fields_are_added_and_taken_out_where_they_stand() -> None:
    """A field that is not written has its usual value, and need not be written."""
    text = """policies:
  Database:
    repeat: 2   # twice
    levels:
      - acknowledgement_delay: 5 min   # quick
        targets:
          - {person: Ada}
          - person: Grace
"""
    level = {"targets": [{"person": "Ada"}, {"team": "All"}]}
    assert (
        rewritten(text, policies={"Database": {"levels": [level]}})
        == """policies:
  Database:
    levels:
      - acknowledgement_delay: 15 min   # quick
        targets:
          - {person: Ada}
          - team: All
"""
    )


def test_an_item_whose_first_field_is_taken_out_is_written_anew() -> None:
    """The field stands beside the dash. What is round the item stays."""
    text = """people:
  Ada:
    contact_methods:
      - after: 5 min   # later
        email: ada@example.com
      # at night
      - sms: "+33612345678"   # of the company
"""
    methods = [{"email": "ada@example.com"}, {"sms": "+33612345678"}]
    assert (
        rewritten(text, people={"Ada": {"contact_methods": methods}})
        == """people:
  Ada:
    contact_methods:
      - email: ada@example.com
      # at night
      - sms: "+33612345678"   # of the company
"""
    )


def test_an_alias_that_would_mean_something_else_is_written_out() -> None:
    """The file is written anew then: what is changed in one place must stay in the other."""
    text = "# Ours\n\nteams:\n  A: &all [Ada]\n  B: *all # as A\n"
    assert rewritten(text, teams={"A": ["Ada"], "B": ["Grace"]}) == (
        "# Ours\n\nteams:\n  A: &all [Ada]\n  B:\n    - Grace # as A\n"
    )
    assert rewritten(text, teams={"A": ["Grace"], "B": ["Ada"]}) == (
        "# Ours\n\nteams:\n  A:\n    - Grace\n  B:\n    - Ada\n"
    )


def test_line_ends_and_byte_order_marks_of_windows_stay(tmp_path: Path) -> None:
    """As the editor of that file writes them."""
    file = tmp_path / "people.yaml"
    file.write_bytes(b"\xef\xbb\xbfpeople:\r\n  Ada: {} # x\r\n")
    people = Configuration(directory_of([Person(name="Ada"), Person(name="Grace")]))
    assert write_folder(tmp_path, people, Managed(frozenset({"people"}))) == ["people.yaml"]
    assert file.read_bytes() == b"\xef\xbb\xbfpeople:\r\n  Ada: {} # x\r\n  Grace: {}\r\n"


def test_entries_stay_in_their_files_and_new_ones_go_to_that_of_their_kind(tmp_path: Path) -> None:
    """A file that would say nothing is removed; one that has only comments is not touched."""
    (tmp_path / "db.yaml").write_text("teams: {Database: [Ada]}\npeople: {Ada: {}}\n")
    (tmp_path / "old.yaml").write_text("people: {Edsger: {}}\n")
    (tmp_path / "teams.yaml").write_text("# of the whole company\n")
    entries: list[Entry] = [
        Person(name="Ada"),
        Person(name="Grace"),
        Team(name="All", members=("Ada",)),
        Team(name="Database", members=("Ada",)),
    ]
    wanted = Configuration(directory_of(entries))
    managed = Managed(frozenset({"people", "teams"}))
    assert write_folder(tmp_path, wanted, managed) == ["old.yaml", "people.yaml", "teams.yaml"]
    assert {path.name: path.read_text() for path in tmp_path.glob("*.yaml")} == {
        "db.yaml": "teams: {Database: [Ada]}\npeople: {Ada: {}}\n",
        "people.yaml": f"{MODELINE}people:\n  Grace: {{}}\n",
        "teams.yaml": "# of the whole company\nteams:\n  All:\n    - Ada\n",
    }
    assert not write_folder(tmp_path, wanted, managed)
    assert read_folder(tmp_path).configuration == wanted


def test_a_folder_that_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    """What is in it may be lost."""
    (tmp_path / "x.yaml").write_text("people: [\n")
    with pytest.raises(WrongFolder):
        write_folder(tmp_path, Configuration())
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    """Also where the schema of the files is one: a repository is not always one's own."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.write_text("precious")
    (folder / "pager.schema.json").symlink_to(outside)
    with pytest.raises(WrongFolder, match="This link leads out of the folder"):
        write_folder(folder, Configuration())
    assert outside.read_text() == "precious"
    assert [path.name for path in folder.iterdir()] == ["pager.schema.json"]


def test_overrides_are_written_where_the_files_say_them(tmp_path: Path) -> None:
    """Others are on the server alone."""
    override = Override(person="Ada", starts_at=BEGIN, ends_at=BEGIN + timedelta(hours=1))
    schedules = [
        Schedule(name=name, time_zone="UTC", overrides=(override,)) for name in ("A", "B", "C")
    ]
    configuration = Configuration(directory_of([Person(name="Ada"), *schedules]))
    (tmp_path / "schedules.yaml").write_text("schedules: {A: {time_zone: UTC, overrides: []}}\n")
    write_folder(tmp_path, configuration, Managed(overrides=frozenset({"B"})))
    said = read_folder(tmp_path)
    assert said.managed.overrides == {"A", "B"}
    found = said.configuration.directory.schedules
    assert [len(found[name].overrides) for name in ("A", "B", "C")] == [1, 1, 0]
