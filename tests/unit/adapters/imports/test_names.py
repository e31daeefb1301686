"""Names of Pager for what was called otherwise."""

import pytest

from pager.adapters.imports.names import (
    Names,
    heartbeat_name_from,
    name_from,
    service_id_from,
)
from pager.adapters.imports.notes import Notes
from pager.model import FALLBACK
from pager.oncall.names import is_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        (" Web / Shop ", "Web - Shop"),
        ("Zoe\N{COMBINING DIAERESIS}", "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"),
        ("two\nlines", "two lines"),
        ("..", ""),
        ("", ""),
        ("x" * 101, "x" * 99 + "…"),
    ],
)
def test_a_name_is_mended(text: str, name: str) -> None:
    """As little as can be; "" where nothing is left."""
    assert name_from(text) == name
    assert not name or is_name(name)


@pytest.mark.parametrize(
    ("text", "service_id"),
    [
        ("orders-db", "orders-db"),
        ("a--b", "a--b"),
        ("Orders & Refunds (EU)", "Orders-Refunds-EU"),
        ("Web - Shop", "Web-Shop"),
        ("数据库", ""),
        (FALLBACK, ""),
    ],
)
def test_an_identifier_of_a_service_is_mended(text: str, service_id: str) -> None:
    """No service becomes the fallback by its name."""
    assert service_id_from(text) == service_id


def test_a_name_of_a_heartbeat_is_mended() -> None:
    """Spaces may stay."""
    assert heartbeat_name_from("nightly backup (eu)") == "nightly backup -eu"


def test_names_are_told_apart() -> None:
    """By an address, or else by a number; notes say who is called otherwise."""
    notes = Notes()
    names = Names("person", notes)
    given = [
        names.give("1", "Ada"),
        names.give("2", "Ada", "ada@example.net"),
        names.give("3", "Ada"),
        names.give("4", "..", "grace@example.com"),
        names.give("5", "", ""),
    ]
    assert given == ["Ada", "Ada (ada@example.net)", "Ada 2", "grace@example.com", "person"]
    assert [note.text for note in notes.all] == [
        "was called 'Ada' before",
        "was called 'Ada' before",
        "was called '..' before",
        "had no name before",
    ]
    assert names.of("unknown", "2") == "Ada (ada@example.net)"
