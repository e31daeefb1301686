"""What an edit did, in words."""

from datetime import timedelta

from pager import EmailTarget, EscalationPolicy, Level, Target
from pager.adapters.web.console.comparison import differences, side_by_side

ADA, GRACE, EDSGER = (
    EmailTarget(address=f"{name}@example.com") for name in ("ada", "grace", "edsger")
)


def level(*targets: Target, minutes: int = 15) -> Level:
    """A Level of those."""
    return Level(targets=targets, acknowledgement_delay=timedelta(minutes=minutes))


def policy(*levels: Level) -> EscalationPolicy:
    """The policy of checkout-api."""
    return EscalationPolicy(service_id="checkout-api", levels=levels)


def test_equal_policies_have_no_differences() -> None:
    """Only differences are."""
    assert differences(policy(level(ADA)), policy(level(ADA))) == []
    assert differences(None, None) == []


def test_a_first_policy_is_described_whole() -> None:
    """And one that comes back after it was removed."""
    assert differences(None, policy(level(ADA), level(GRACE, minutes=5))) == [
        "A new policy.",
        "Level 1 is new: ada@example.com, 15 min to acknowledge.",
        "Level 2 is new: grace@example.com, 5 min to acknowledge.",
    ]


def test_a_removed_policy_is_described() -> None:
    """As what it is."""
    assert differences(policy(level(ADA)), None) == ["The policy was removed."]


def test_each_difference_of_a_level_is_described() -> None:
    """Who came, who went, and another delay."""
    assert differences(policy(level(ADA, GRACE)), policy(level(GRACE, EDSGER, minutes=5))) == [
        "Level 1: added edsger@example.com.",
        "Level 1: removed ada@example.com.",
        "Level 1: 5 min to acknowledge instead of 15 min.",
    ]
    assert differences(policy(level(ADA, GRACE)), policy(level(GRACE, ADA))) == [
        "Level 1: the same Targets, in another order or spelling."
    ]


def test_a_level_in_front_leaves_the_others_as_they_were() -> None:
    """Although each of them has another number now."""
    assert differences(policy(level(ADA), level(GRACE)), policy(level(EDSGER), level(ADA))) == [
        "Level 1 is new: edsger@example.com, 15 min to acknowledge.",
        "The former Level 2 was removed: grace@example.com.",
    ]


def test_many_targets_are_counted() -> None:
    """A sentence stays one."""
    crowd = [EmailTarget(address=f"{n}@example.com") for n in range(12)]
    [_, told] = differences(None, policy(level(*crowd)))
    assert told.endswith("9@example.com and 2 more, 15 min to acknowledge.")


def test_levels_stand_side_by_side() -> None:
    """And what a side alone has comes first in it."""
    first, second = side_by_side(policy(level(GRACE, ADA)), policy(level(GRACE), level(EDSGER)))
    assert first.theirs is not None
    assert first.mine is not None
    assert first.targets(first.theirs) == [(ADA, True), (GRACE, False)]
    assert first.targets(first.mine) == [(GRACE, False)]
    assert (second.number, second.theirs, second.mine) == (2, None, level(EDSGER))
