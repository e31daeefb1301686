"""A Level that tells people in a second way belongs to the one before it."""

import json

import pytest
from pydantic import ValidationError

from pager import EscalationPolicy, Level, Notification, Target, Unhealthy, decide
from pager.decide import next_level_number
from pager.model import ACCEPTED
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    POLICY,
    alert,
    delay,
    healthy,
    level,
    page_again,
    policy,
    timeout,
    unhealthy,
)


def continued(*targets: Target, minutes: int = 15) -> Level:
    return level(*targets, minutes=minutes).model_copy(update={"continues": True})


TWO_WAYS = policy(level(ADA, minutes=5), continued(GRACE, minutes=10), level(EDSGER))


def test_both_ways_are_one_level_for_people() -> None:
    """Each is a step of its own all the same, with a timeout of its own."""
    service = decide(healthy(), alert(), TWO_WAYS).after
    levels = []
    for step in (1, 2):
        decision = decide(service, timeout(level=step), TWO_WAYS)
        service = decision.after
        assert isinstance(service, Unhealthy)
        levels.append((service.level, service.policy_level))
        assert {effect.policy_level for effect in decision.effects} == {service.policy_level}
        pages = [effect for effect in decision.effects if isinstance(effect, Notification)]
        assert [page.continues for page in pages] == [step == 1]
    assert levels == [(2, 1), (3, 2)]
    assert decision.effects[-1] == delay(level=3, repeats=1)
    assert TWO_WAYS.level_count == POLICY.level_count == 2


@pytest.mark.parametrize(
    ("notified", "told"),
    [
        ([ADA], [ADA]),
        ([ADA, GRACE], [ADA, GRACE]),
        ([GRACE], [GRACE]),
        ([ADA, GRACE, EDSGER], [EDSGER]),
    ],
)
def test_a_level_is_told_again_in_every_way_that_it_was_told(
    notified: list[Target], told: list[Target]
) -> None:
    """Whoever wants to be reached at once is not reached in the slow way only."""
    decision = decide(unhealthy(notified=notified), page_again(), TWO_WAYS)
    assert [page.target for page in decision.effects if isinstance(page, Notification)] == told


def test_whom_another_level_told_is_not_told_again_with_it() -> None:
    """Also where an edit has put somebody else in between."""
    edited = policy(level(ADA), level(EDSGER), continued(GRACE))
    last = edited.last_level([ADA.key, GRACE.key])
    assert last is not None
    assert last.targets == (GRACE,)


def test_the_level_that_is_next_is_the_same_while_it_has_a_second_way() -> None:
    """As people count it."""
    first, second = unhealthy(notified=[ADA]), unhealthy(notified=[ADA, GRACE])
    assert next_level_number(first, TWO_WAYS) == 1
    assert next_level_number(second, TWO_WAYS) == 2


def test_nobody_says_so_from_outside() -> None:
    """It is stored where it is so, and only there."""
    text = TWO_WAYS.model_dump_json()
    assert text.count("continues") == 1
    assert EscalationPolicy.model_validate_json(text, context=ACCEPTED) == TWO_WAYS
    with pytest.raises(ValidationError, match="Pager finds this out by itself"):
        EscalationPolicy.model_validate_json(text)
    assert "continues" not in json.dumps(EscalationPolicy.model_json_schema())
