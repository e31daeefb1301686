"""What a field says that is not as the API's documentation has it is told, and never guessed."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from pager.adapters.imports.fields import Fields
from pager.adapters.imports.notes import Note, Notes

READERS: dict[str, tuple[Callable[[Fields], object], JsonValue]] = {
    "a text": (lambda fields: fields.text("x"), ["Ada"]),
    "a whole number": (lambda fields: fields.number("x"), "seven"),
    "true or false": (lambda fields: fields.flag("x", default=True), 0),
    "a date and a time": (lambda fields: fields.moment("x"), "2026-13-45"),
    "a list": (lambda fields: fields.texts("x"), "Ada"),
    "a list of lists": (lambda fields: fields.lists("x"), [["Ada"], 7]),
    "an object": (lambda fields: fields.one("x"), "Ada"),
}


def notes_of(value: dict[str, JsonValue], read: Callable[[Fields], object]) -> tuple[Note, ...]:
    """What is told of an object once that was read of it."""
    notes = Notes()
    fields = Fields(value, "user Ada", notes)
    read(fields)
    fields.note_unread()
    return notes.all


@pytest.mark.parametrize("expected", READERS)
def test_a_field_that_is_something_else_is_told(expected: str) -> None:
    """Somebody may not be paged because of it; an empty one says nothing."""
    read, odd = READERS[expected]
    [note] = notes_of({"x": odd}, read)
    assert (note.place, note.serious) == ("user Ada", True)
    assert note.text.startswith(f"its x is not {expected}: ")
    nothing: tuple[JsonValue, ...] = (None, "", [], {})
    for empty in nothing:
        assert notes_of({"x": empty}, read) == ()
    assert notes_of({}, read) == ()


def test_an_item_of_a_list_that_is_something_else_is_told() -> None:
    """The others are read."""
    [note] = notes_of({"x": ["Ada", 7]}, lambda fields: fields.texts("x"))
    assert note.text == "its x is not a text: 7"
    [note] = notes_of({"x": [{}, "Ada"]}, lambda fields: fields.many("x"))
    assert note.text == "its x is not an object: Ada"


@pytest.mark.parametrize(("value", "told"), [(False, "no"), (0, "0"), ([0], "0")])
def test_what_nobody_has_read_is_told_also_where_it_is_false(value: JsonValue, told: str) -> None:
    """It says something: only nothing at all says nothing."""
    [note] = notes_of({"x": value}, lambda _: None)
    assert note.text == f"its x has no place in Pager: {told}"


def test_no_note_has_a_secret_that_is_no_text() -> None:
    """Whatever it is in."""
    for read in (lambda fields: fields.text("api_key"), lambda fields: fields.many("api_key")):
        [*told] = notes_of({"api_key": ["s3cret"]}, read)
        assert told
        assert "s3cret" not in str(told)
