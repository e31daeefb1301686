"""Whom a policy names and does not reach: it is stored with the decision, and told."""

import json

import pytest
from pydantic import ValidationError

from pager import EscalationPolicy, Notification, decide
from pager.model import ACCEPTED, MOST_GAPS_TOLD
from pager.words import decision_in_words, gaps_of
from unit.builders import POLICY, acknowledgement, alert, healthy, timeout, unhealthy

GAP = "Nights, Level 1 reaches nobody: nobody is on call in Nights"
JUST_NOW = POLICY.model_copy(update={"gaps": (GAP,)})


def test_gaps_are_stored_where_there_are_any() -> None:
    """What is stored of other policies is what it was before."""
    assert "gaps" not in POLICY.model_dump_json()
    text = JUST_NOW.model_dump_json()
    assert EscalationPolicy.model_validate_json(text, context=ACCEPTED) == JUST_NOW


def test_gaps_are_no_part_of_a_policy_that_somebody_sends() -> None:
    """Nobody says for Pager whom it did not reach; and nobody is told that they could."""
    with pytest.raises(ValidationError, match="Pager finds this out by itself"):
        EscalationPolicy.model_validate_json(JUST_NOW.model_dump_json())
    assert "gaps" not in json.dumps(EscalationPolicy.model_json_schema())


def test_a_page_tells_the_first_gaps_and_how_many_more_there_are() -> None:
    """It is no report."""
    gaps = tuple(f"Nights, Level {number}: x" for number in range(1, MOST_GAPS_TOLD + 2))
    few = POLICY.model_copy(update={"gaps": gaps[:-1]})
    many = POLICY.model_copy(update={"gaps": gaps})
    assert few.gaps_told == few.gaps
    assert many.gaps_told == (*gaps[:4], "and 2 more Levels")


def test_each_page_of_the_step_tells_them() -> None:
    """Whoever reads it may know what to do."""
    effects = decide(healthy(), alert(), JUST_NOW).effects
    pages = [effect for effect in effects if isinstance(effect, Notification)]
    assert [page.gaps for page in pages] == [(GAP,), (GAP,)]
    assert "gaps" not in decide(healthy(), alert(), POLICY).model_dump_json()


def test_a_decision_says_whom_it_did_not_reach() -> None:
    """Where it told somebody, or found nobody left to tell; and not of an answer."""
    told = decide(healthy(), alert(), JUST_NOW)
    exhausted = decide(unhealthy(level=2), timeout(level=2), JUST_NOW)
    answered = decide(unhealthy(), acknowledgement(), JUST_NOW)
    without_policy = decide(unhealthy(), timeout(), None)
    assert decision_in_words(told).endswith(f"Level 1); {GAP}")
    assert decision_in_words(exhausted).endswith(f"exhausted); {GAP}")
    assert decision_in_words(answered).endswith("acknowledged)")
    assert [*map(gaps_of, (told, exhausted, answered, without_policy))] == [(GAP,), (GAP,), (), ()]
