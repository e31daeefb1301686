"""The number of a Level: the one that its policy has for it, wherever people read it."""

import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from pager import AcknowledgementDelay, EscalationPolicy, Unhealthy, decide
from pager.decide import Decision, next_level_number
from pager.messages import Message
from pager.model import ACCEPTED
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    acknowledgement,
    alert,
    delay,
    healthy,
    healthy_event,
    level,
    page,
    page_again,
    policy,
    timeout,
    unhealthy,
)

LEFT_OUT = policy(level(ADA), level(GRACE, number=3))
"""Its Level 2 reaches nobody just now."""
FIRST_LEFT_OUT = policy(level(ADA, number=2), level(GRACE, number=3))


def course(rules: EscalationPolicy, *messages: Message) -> list[Decision]:
    """What each message leads to, the first of them an Alert."""
    decisions = [decide(healthy(), alert(), rules)]
    for message in messages:
        decisions.append(decide(decisions[-1].after, message, rules))
    return decisions


def numbers(decisions: list[Decision]) -> list[int]:
    """The Level that each decision has led to: its effects say the same."""
    found = []
    for decision in decisions:
        assert isinstance(decision.after, Unhealthy)
        found.append(decision.after.policy_level)
        assert {effect.policy_level for effect in decision.effects} <= {found[-1]}
    return found


def test_a_level_after_one_that_is_left_out_keeps_its_number() -> None:
    """Its page and its timer say so; its step is named as ever."""
    second = course(LEFT_OUT, timeout())[-1]
    assert second.after == unhealthy(level=2, notified=[ADA, GRACE]).on_level(3)
    assert second.effects[0] == page(GRACE, level=2, level_number=3)
    assert second.effects[1] == delay(level=2).model_copy(update={"level_number": 3})
    assert numbers(course(FIRST_LEFT_OUT, timeout())) == [2, 3]


def test_a_level_that_is_told_again_has_the_number_that_it_had() -> None:
    """Whichever steps there were before."""
    assert numbers(course(LEFT_OUT, timeout(), page_again(level=2))) == [1, 3, 3]
    again = FIRST_LEFT_OUT.model_copy(update={"repeat": 1})
    messages = [timeout(level=number) for number in (1, 2, 3)]
    assert numbers(course(again, *messages)) == [2, 3, 2, 3]


def test_the_timer_of_an_acknowledgement_knows_the_level() -> None:
    """As the one for its delay does."""
    expiring = LEFT_OUT.model_copy(update={"acknowledgement_expiry": timedelta(hours=4)})
    assert numbers(course(expiring, timeout(), acknowledgement())) == [1, 3, 3]


def test_after_a_maintenance_the_first_level_may_be_another_one() -> None:
    """Nobody was told while it was left out."""
    waits = unhealthy(repeats=1, notified=())
    after = decide(waits, timeout(), FIRST_LEFT_OUT).after
    assert isinstance(after, Unhealthy)
    assert (waits.policy_level, after.policy_level) == (0, 2)


def test_the_next_level_has_the_number_of_the_policy() -> None:
    """Also where nobody has been told of the Levels between."""
    assert next_level_number(unhealthy(notified=[ADA]), LEFT_OUT) == 3
    assert next_level_number(unhealthy(notified=[ADA]), FIRST_LEFT_OUT) == 3
    assert LEFT_OUT.level_count == 3


def test_an_edit_moves_the_levels_and_so_their_numbers() -> None:
    """Whoever was moved to a Level before is told on that Level."""
    edited = policy(level(EDSGER), level(ADA), level(GRACE))
    first = decide(unhealthy(notified=[ADA]), timeout(), edited)
    second = decide(first.after, timeout(level=2), edited)
    assert numbers([first, second]) == [1, 3]
    assert isinstance(second.after, Unhealthy)
    assert second.after.level_number is None


@pytest.mark.parametrize("rules", [1, 2, 3, 4, 5])
def test_older_rules_counted_the_steps(rules: int) -> None:
    """They passed on what a newer one had said of the step before."""
    first = decide(healthy(), alert(), FIRST_LEFT_OUT, rules)
    second = decide(unhealthy(notified=[ADA]).on_level(2), timeout(), FIRST_LEFT_OUT, rules)
    assert isinstance(first.after, Unhealthy)
    assert isinstance(second.after, Unhealthy)
    assert (first.after.level_number, second.after.level_number) == (None, 2)
    assert first.effects[0] == page(ADA)
    assert second.effects[0] == page(GRACE, level=2)
    assert decide(second.after, healthy_event(), None, rules).after == healthy(incident=1)


def test_a_number_is_stored_only_where_nobody_could_count_it() -> None:
    """What older versions wrote means what it meant."""
    plain, other = (
        course(rules, timeout())[-1] for rules in (policy(level(ADA), level(GRACE)), LEFT_OUT)
    )
    assert "level_number" not in plain.model_dump_json()
    assert json.loads(other.after.model_dump_json())["level_number"] == 3
    assert isinstance(other.effects[-1], AcknowledgementDelay)
    assert Decision.model_validate_json(other.model_dump_json(), context=ACCEPTED) == other


def test_nobody_says_a_number_from_outside() -> None:
    """As Pager finds it out by itself."""
    text = LEFT_OUT.model_dump_json()
    assert EscalationPolicy.model_validate_json(text, context=ACCEPTED) == LEFT_OUT
    with pytest.raises(ValidationError, match="Pager finds this out by itself"):
        EscalationPolicy.model_validate_json(text)
    assert "number" not in EscalationPolicy.model_json_schema()["$defs"]["Level"]["properties"]


def test_a_page_knows_whether_the_policy_has_just_begun() -> None:
    """Its number does not say so: Level 1 may be left out, or be told to others."""
    assert page(ADA, level_number=2).is_first
    assert page(ADA, level=3, repeats=2, begun_again=1).is_first
    assert not page(ADA, level=2, level_number=1).is_first
    second_way = page(ADA, level=2, repeats=1).model_copy(update={"continues": True})
    assert not second_way.is_first
