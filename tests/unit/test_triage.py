"""Triage: which Unhealthy service stands first."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import get_args

import pytest

from pager.model import Escalation
from pager.triage import STAGES, Stage, place

NIGHT = datetime(2027, 1, 15, 3, tzinfo=UTC)

ORDER: list[tuple[Stage, datetime | None]] = [
    ("escalating", None),
    ("exhausted", NIGHT - timedelta(hours=3)),
    ("escalating", NIGHT - timedelta(hours=1)),
    ("acknowledged", None),
    ("acknowledged", NIGHT - timedelta(hours=4)),
    ("acknowledged", NIGHT),
]
"""The stage of each, and when it began: None where that was before the journal."""


def test_what_nobody_has_acknowledged_stands_first_and_the_oldest_above_it() -> None:
    """In whatever order they were read."""
    for incidents in permutations(ORDER):
        assert sorted(incidents, key=lambda incident: place(*incident)) == ORDER


@pytest.mark.parametrize("stage", ["escalating", "exhausted"])
def test_an_incident_keeps_its_place_until_somebody_acknowledges(stage: Stage) -> None:
    """And not only until the last Level was notified in vain."""
    assert place(stage, NIGHT) == place("escalating", NIGHT)
    assert place("acknowledged", NIGHT) > place("escalating", NIGHT + timedelta(days=1))


def test_each_stage_is_known() -> None:
    """Those of the model, and no others."""
    stages = [kind.model_fields["stage"].default for kind in get_args(get_args(Escalation)[0])]
    assert sorted(stages) == sorted(STAGES)
