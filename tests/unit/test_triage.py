"""Triage: which Unhealthy service stands first."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

from pager.model import Escalation
from pager.triage import STAGES, Stage, place, stage_of
from unit.builders import unhealthy

NIGHT = datetime(2027, 1, 15, 3, tzinfo=UTC)
SOON, LATER = NIGHT + timedelta(minutes=1), NIGHT + timedelta(minutes=10)

ORDER: list[tuple[Stage, datetime | None, datetime | None]] = [
    ("exhausted", None, None),
    ("exhausted", NIGHT - timedelta(hours=3), LATER),
    ("exhausted", NIGHT - timedelta(hours=1), SOON),
    ("escalating", NIGHT, None),
    ("escalating", NIGHT, SOON),
    ("escalating", NIGHT - timedelta(hours=9), LATER),
    ("acknowledged", NIGHT - timedelta(hours=4), LATER),
    ("acknowledged", NIGHT, SOON),
    ("maintenance", NIGHT - timedelta(hours=5), SOON),
    ("maintenance", NIGHT, SOON),
]
"""The stage of each, when it began (None: before the journal), and when its timer goes off."""


def test_exhausted_then_what_escalates_next_then_acknowledged_then_in_maintenance() -> None:
    """In whatever order they were read: each has its place before the next one."""
    for before, after in pairwise(ORDER):
        assert place(*before) < place(*after)


def test_a_timer_that_is_late_stands_before_one_that_is_not() -> None:
    """The longest due first, as the timer gives them."""
    late = place("escalating", NIGHT, NIGHT - timedelta(minutes=1))
    assert place("escalating", NIGHT, None) < late < place("escalating", NIGHT, NIGHT)


def test_each_stage_is_known() -> None:
    """Those of the model, and the one of incidents that wait for the end of a maintenance."""
    stages = [kind.model_fields["stage"].default for kind in get_args(get_args(Escalation)[0])]
    assert sorted([*stages, "maintenance"]) == sorted(STAGES)


def test_an_incident_that_waits_for_the_end_of_a_maintenance_has_a_stage_of_its_own() -> None:
    """All others have that of their escalation."""
    waiting = unhealthy().model_copy(update={"repeats": 1, "notified": ()})
    assert (stage_of(waiting), stage_of(unhealthy())) == ("maintenance", "escalating")
