"""How somebody is reached, of what another pager knew of it."""

from datetime import timedelta

import pytest
from pydantic import JsonValue

from pager.adapters.imports.contacts import Contact, methods_of
from pager.adapters.imports.export import File
from pager.adapters.imports.notes import Notes
from unit.adapters.imports.exported import NOW, READERS, lines

MINUTE = timedelta(minutes=1)


def _reached(*contacts: Contact) -> tuple[list[tuple[str, timedelta]], list[str]]:
    """The addresses and numbers with their waits, and what the notes say."""
    notes = Notes()
    methods = methods_of([*contacts], "person Ada", notes)
    told = [f"{'! ' if note.serious else ''}{note.text}" for note in notes.all]
    return [(method.target.key, method.after) for method in methods], told


def test_a_call_before_the_sms_makes_the_sms_come_then() -> None:
    """Whoever was called at once is told at once."""
    assert _reached(
        Contact("voice", "+33612345678"), Contact("sms", "+33612345678", 5 * MINUTE)
    ) == (
        [("+33612345678", timedelta(0))],
        ["+33612345678 is not called any more: it has SMS"],
    )


def test_what_was_told_twice_is_told_once() -> None:
    """At the earlier time."""
    assert _reached(
        Contact("email", "ada@example.com", 10 * MINUTE), Contact("email", "Ada@Example.com")
    ) == (
        [("ada@example.com", timedelta(0))],
        ["ada@example.com was told again after 10 min: it is told once here"],
    )


@pytest.mark.parametrize("number", ["33-612345678", "+33 6 12 34 56 78", "0033612345678"])
def test_a_number_may_be_written_in_many_ways(number: str) -> None:
    """With its country's code, which Opsgenie writes before a hyphen."""
    assert _reached(Contact("sms", number)) == ([("+33612345678", timedelta(0))], [])


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        (Contact("sms", "12"), "12 is left out: This is not a phone number that can be dialled."),
        (Contact("email", "ada"), "ada is left out: An email address must have an @-sign."),
        (Contact("email", ""), "an empty one is left out: "),
        (
            Contact("email", "ada@example.com", 61 * MINUTE),
            "ada@example.com is left out: it waited 1 h 1 min, and 1 h is the longest",
        ),
    ],
)
def test_what_cannot_be_used_costs_pages(contact: Contact, told: str) -> None:
    """A wrong address, and a wait that is too long."""
    methods, [note] = _reached(contact)
    assert methods == []
    assert note.startswith(f"! {told}")


def test_ten_contact_methods_are_the_most() -> None:
    """The later ones are left out."""
    contacts = [Contact("email", f"ada{n}@example.com", n * MINUTE) for n in range(12)]
    methods, told = _reached(*contacts)
    assert len(methods) == 10
    assert told == [
        "! ada10@example.com is left out: 10 contact methods are the most",
        "! ada11@example.com is left out: 10 contact methods are the most",
    ]


@pytest.mark.parametrize(
    ("pager", "user", "why"),
    [
        ("opsgenie", {"username": "", "fullName": "Ada"}, "no contacts are in the files"),
        (
            "pagerduty",
            {"name": "Ada", "email": "", "role": "user"},
            "no contact methods are in the files",
        ),
        (
            "oncall",
            {"username": "Ada", "email": ""},
            "no rule of theirs tells an address that is in the files",
        ),
    ],
)
def test_whoever_has_no_address_is_told_of_nothing(
    pager: str, user: dict[str, JsonValue], why: str
) -> None:
    """They are imported all the same: a schedule may name them."""
    result = READERS[pager]([File("users.json", [{"id": "1", **user}])], NOW)
    assert result.configuration.directory.people["Ada"].contact_methods == ()
    assert lines(result, "person Ada") == [f"! {why}, and no address is: nothing reaches them"]
