"""Notes of people about an incident: bounded, dated, and in the audit log, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from databases import sql_clock
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import incidents
from pager.adapters.store.incident_notes import (
    LONGEST_NOTE,
    MOST_NOTES,
    EmptyNote,
    IncidentNotes,
    IncidentNotKept,
    NoteTooLong,
    TooManyNotes,
)
from pager.testing import Clock


@pytest.fixture
def clock() -> Clock:
    """It stands still."""
    return Clock()


@pytest.fixture
def database(either_database: Database) -> Database:
    """It has one incident."""
    row = {"service_id": "checkout-api", "incident": 1, "version": 1, "begun_at": 0, "level": 1}
    either_database.write(
        lambda connection: connection.execute(
            insert(incidents).values(state="escalating", title="down", **row)
        )
    )
    return either_database


@pytest.fixture
def notes(database: Database, clock: Clock) -> IncidentNotes:
    """None was added yet."""
    return IncidentNotes(database, sql_clock(clock))


def test_notes_are_in_the_order_in_which_they_were_added(
    notes: IncidentNotes, clock: Clock
) -> None:
    """Each with its author and its time."""
    notes.add("checkout-api", 1, "ada", "  The disk is full.\r\nI look.\n")
    clock.advance(timedelta(minutes=2))
    notes.add("checkout-api", 1, "grace", "Deleted the logs.")
    first, second = notes.of("checkout-api", 1)
    assert (first.author, first.text) == ("ada", "The disk is full.\nI look.")
    assert (second.author, second.text) == ("grace", "Deleted the logs.")
    assert second.at - first.at == timedelta(minutes=2)
    assert first.at == datetime.fromtimestamp(0, first.at.tzinfo)


def test_a_note_is_in_the_audit_log_without_its_text(
    notes: IncidentNotes, database: Database
) -> None:
    """The text goes with the incident; the log may be kept elsewhere."""
    notes.add("checkout-api", 1, "ada", "secret")
    [entry] = SqlAuditLog(database).last(10)
    assert entry[1:5] == ("ada", "note added", "checkout-api, incident 1", "")


def test_a_note_is_bounded_in_length(notes: IncidentNotes) -> None:
    """The longest is kept whole."""
    notes.add("checkout-api", 1, "ada", "x" * LONGEST_NOTE)
    with pytest.raises(NoteTooLong):
        notes.add("checkout-api", 1, "ada", "x" * (LONGEST_NOTE + 1))
    assert [len(note.text) for note in notes.of("checkout-api", 1)] == [LONGEST_NOTE]
    assert f"{LONGEST_NOTE:,}" in str(NoteTooLong())


def test_an_incident_takes_so_many_notes(notes: IncidentNotes) -> None:
    """The next one is refused, and says why."""
    for number in range(MOST_NOTES):
        notes.add("checkout-api", 1, "ada", str(number))
    with pytest.raises(TooManyNotes) as refused:
        notes.add("checkout-api", 1, "ada", "one more")
    assert str(MOST_NOTES) in str(refused.value)
    assert len(notes.of("checkout-api", 1)) == MOST_NOTES


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_an_empty_note_is_refused(notes: IncidentNotes, text: str) -> None:
    """White space alone is empty."""
    with pytest.raises(EmptyNote):
        notes.add("checkout-api", 1, "ada", text)


def test_what_cannot_be_stored_or_shown_is_replaced(notes: IncidentNotes) -> None:
    """A NUL, a control character, a text that turns the direction of writing."""
    notes.add("checkout-api", 1, "ada", "a\x00b\u202ec")
    assert [note.text for note in notes.of("checkout-api", 1)] == ["a\ufffdb\ufffdc"]


def test_an_incident_that_is_not_kept_takes_no_note(
    notes: IncidentNotes, database: Database
) -> None:
    """Nothing would ever delete it."""
    with pytest.raises(IncidentNotKept):
        notes.add("checkout-api", 2, "ada", "Where is it?")
    assert SqlAuditLog(database).last(10) == []
