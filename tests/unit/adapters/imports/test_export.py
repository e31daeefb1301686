"""Objects are found in whatever form they were saved, and none is lost."""

import json

import pytest
from pydantic import JsonValue

from pager.adapters.imports.export import File
from pager.adapters.imports.opsgenie.reading import read_opsgenie
from unit.adapters.imports.exported import NOW

ADA: JsonValue = {"id": "u1", "username": "ada@example.com", "fullName": "Ada Lovelace"}
GRACE: JsonValue = {"id": "u2", "username": "grace@example.com", "fullName": "Grace Hopper"}


@pytest.mark.parametrize(
    "files",
    [
        [{"data": [ADA, GRACE], "took": 0.1}],
        [[ADA, GRACE]],
        [{"data": ADA}, GRACE],
        [{"users": [ADA, GRACE], "teams": []}],
        [{"opsgenie": {"users": [ADA, GRACE]}}],
        [{"data": [ADA, GRACE]}, {"data": GRACE}],
    ],
    ids=["an answer", "a list", "single ones", "one object", "deeper", "twice"],
)
def test_users_are_found_in_any_form(files: list[JsonValue]) -> None:
    """An answer as it is, a list, single objects, or one object with everything."""
    result = read_opsgenie([File(str(number), one) for number, one in enumerate(files)], NOW)
    assert [*result.configuration.directory.people] == ["Ada Lovelace", "Grace Hopper"]
    assert not [note for note in result.notes if note.serious]


@pytest.mark.parametrize(
    ("last", "told"), [({"first": "…"}, []), ({"next": "…"}, ["list of users"])]
)
def test_a_list_whose_last_page_is_missing_is_told(last: JsonValue, told: list[str]) -> None:
    """Each page but the last says that there is another."""
    pages: list[JsonValue] = [
        {"data": [ADA], "paging": {"next": "…"}},
        {"data": [GRACE], "paging": last},
    ]
    result = read_opsgenie([File(str(number), one) for number, one in enumerate(pages)], NOW)
    assert [note.place for note in result.notes if note.serious] == told


def test_a_file_of_something_else_is_told() -> None:
    """An answer whose list is empty is none."""
    files = [File("prices.json", {"gold": {"price": 1}}), File("rules.json", {"data": []})]
    assert [(note.place, note.serious) for note in read_opsgenie(files, NOW).notes] == [
        ("file prices.json", True)
    ]


def test_what_belongs_to_nobody_is_told() -> None:
    """Contacts do not say whose they are: the name of their file does, or of its folder."""
    contact: JsonValue = {"id": "c1", "method": "sms", "to": "33-612345678"}
    files = [File("users.json", [ADA]), File("users/u1/contacts.json", [contact])]
    people = read_opsgenie(files, NOW).configuration.directory.people
    assert [one.target.key for one in people["Ada Lovelace"].contact_methods] == ["+33612345678"]
    lost = read_opsgenie([files[0], File("contacts.json", [contact])], NOW)
    assert [note.text for note in lost.notes if note.serious] == [
        "left out: nobody knows whose contact this is"
    ]


def test_secrets_are_in_no_note() -> None:
    """What has the name of a key is … in a note."""
    users: JsonValue = [{**json.loads(json.dumps(ADA)), "new": {"apiKey": "s3cret", "why": "so"}}]
    result = read_opsgenie([File("users.json", users)], NOW)
    assert [note.text for note in result.notes][-1] == (
        "its new has no place in Pager: apiKey: …, why: so"
    )
