"""Retention: what is kept of the journal, however old it is, and what is not."""

from datetime import UTC, datetime, timedelta

import pytest

from pager.retention import (
    IncidentAge,
    keeps_attempt,
    keeps_audit_log_entry,
    keeps_edit,
    keeps_entry_edit,
    keeps_maintenance_window,
    keeps_resolved_policy,
    last_to_delete,
)

CUTOFF = datetime(2027, 1, 15, tzinfo=UTC)
OLD = CUTOFF - timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("changed_at", "latest", "expected"),
    [
        ([], 0, 0),
        ([OLD], 1, 0),
        ([OLD, OLD], 2, 1),
        ([OLD, CUTOFF], 2, 1),
        ([CUTOFF, CUTOFF], 2, 0),
        ([OLD, OLD, CUTOFF, CUTOFF], 4, 2),
        ([OLD, CUTOFF, OLD, CUTOFF], 4, 3),
    ],
    ids=[
        "no incident",
        "only the latest",
        "an old one before the latest, which is old too",
        "an old one before the latest",
        "none is old",
        "two old ones",
        "a clock that jumped: what is kept is the end of the journal",
    ],
)
def test_old_incidents_are_deleted_up_to_the_last_old_one(
    changed_at: list[datetime], latest: int, expected: int
) -> None:
    """The latest is kept, however old it is."""
    incidents = [IncidentAge(number, at) for number, at in enumerate(changed_at, 1)]
    assert last_to_delete(incidents, latest, CUTOFF) == expected


@pytest.mark.parametrize("is_current", [True, False])
@pytest.mark.parametrize("has_decisions", [True, False])
def test_an_old_edit_is_kept_while_it_counts_or_a_decision_needs_it(
    *, is_current: bool, has_decisions: bool
) -> None:
    """And a newer one in any case."""
    facts = {"is_current": is_current, "has_decisions": has_decisions}
    assert keeps_edit(OLD, CUTOFF, **facts) is (is_current or has_decisions)
    assert keeps_edit(CUTOFF, CUTOFF, **facts)


def test_an_old_edit_of_a_person_is_kept_while_it_counts() -> None:
    """And a newer one in any case."""
    assert keeps_entry_edit(OLD, CUTOFF, is_current=True)
    assert not keeps_entry_edit(OLD, CUTOFF, is_current=False)
    assert keeps_entry_edit(CUTOFF, CUTOFF, is_current=False)


def test_what_a_shared_policy_was_is_kept_for_its_decisions() -> None:
    """And a while after its last one, which may be just being written."""
    assert keeps_resolved_policy(OLD, CUTOFF, has_decisions=True)
    assert not keeps_resolved_policy(OLD, CUTOFF, has_decisions=False)
    assert keeps_resolved_policy(CUTOFF, CUTOFF, has_decisions=False)


def test_of_the_old_attempts_at_an_effect_the_last_is_kept() -> None:
    """And a newer one in any case."""
    assert keeps_attempt(OLD, CUTOFF, is_last=True)
    assert not keeps_attempt(OLD, CUTOFF, is_last=False)
    assert keeps_attempt(CUTOFF, CUTOFF, is_last=False)


def test_an_old_maintenance_window_is_deleted() -> None:
    """One that is not over, or was over lately, stays."""
    assert not keeps_maintenance_window(OLD, CUTOFF)
    assert keeps_maintenance_window(CUTOFF, CUTOFF)


def test_an_old_entry_of_the_audit_log_is_deleted() -> None:
    """There is nothing that still needs it."""
    assert not keeps_audit_log_entry(OLD, CUTOFF)
    assert keeps_audit_log_entry(CUTOFF, CUTOFF)
