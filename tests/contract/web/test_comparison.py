"""The differences between two policies, in words and side by side."""

from datetime import timedelta

from pager import EmailTarget, EscalationPolicy, Level, Target
from pager.adapters.web.console.comparison import changes, differences, side_by_side
from pager.adapters.web.console.draft import Draft, LevelDraft, draft_of

ADA, GRACE, EDSGER = (
    EmailTarget(address=f"{name}@example.com") for name in ("ada", "grace", "edsger")
)


def level(*targets: Target, minutes: int = 15) -> Level:
    """A Level with these Targets."""
    return Level(targets=targets, acknowledgement_delay=timedelta(minutes=minutes))


def policy(*levels: Level) -> EscalationPolicy:
    """The policy of checkout-api with these Levels."""
    return EscalationPolicy(service_id="checkout-api", levels=levels)


def test_equal_policies_have_no_differences() -> None:
    """Nor have two that do not exist."""
    assert differences(policy(level(ADA)), policy(level(ADA))) == []
    assert differences(None, None) == []


def test_a_first_policy_is_described_whole() -> None:
    """Also one that comes back after it was removed."""
    assert differences(None, policy(level(ADA), level(GRACE, minutes=5))) == [
        "A new policy.",
        "Level 1 is new: ada@example.com, 15 min to acknowledge.",
        "Level 2 is new: grace@example.com, 5 min to acknowledge.",
    ]


def test_a_removed_policy_is_described() -> None:
    """In one sentence."""
    assert differences(policy(level(ADA)), None) == ["The policy was removed."]


def test_each_difference_of_a_level_is_described() -> None:
    """Targets that were added or removed, and another delay."""
    assert differences(policy(level(ADA, GRACE)), policy(level(GRACE, EDSGER, minutes=5))) == [
        "Level 1: edsger@example.com instead of ada@example.com.",
        "Level 1: 5 min to acknowledge instead of 15 min.",
    ]
    assert differences(policy(level(ADA, GRACE)), policy(level(EDSGER))) == [
        "Level 1: added edsger@example.com.",
        "Level 1: removed ada@example.com, grace@example.com.",
    ]
    assert differences(policy(level(ADA, GRACE)), policy(level(GRACE, ADA))) == [
        "Level 1: the same targets, in another order or spelling."
    ]


def test_a_new_first_level_does_not_change_the_others() -> None:
    """Although each of them has another number now."""
    assert differences(policy(level(ADA), level(GRACE)), policy(level(EDSGER), level(ADA))) == [
        "Level 1 is new: edsger@example.com, 15 min to acknowledge.",
        "The former level 2 was removed: grace@example.com.",
    ]


def test_many_targets_are_counted() -> None:
    """The sentence stays short."""
    many = [EmailTarget(address=f"{n}@example.com") for n in range(12)]
    [_, sentence] = differences(None, policy(level(*many)))
    assert sentence.endswith("9@example.com and 2 more, 15 min to acknowledge.")


def test_a_draft_is_compared_with_what_is_stored_valid_or_not() -> None:
    """As typed; what only looks different is no change."""
    stored = draft_of(policy(level(ADA), level(GRACE)))
    first, second = stored.levels
    assert changes(stored, stored) == []
    assert changes(stored, Draft((first._replace(delay="15"), second))) == []
    typed = (
        first._replace(targets="Ada Lovelace <ada@example.com>\nedsger", delay="soon"),
        second,
        LevelDraft(),
    )
    assert changes(stored, Draft(typed)) == [
        "Level 1: added edsger.",
        "Level 1: “soon” to acknowledge instead of 15 min.",
        "Level 3 is new: nobody yet, 15 min to acknowledge.",
    ]
    assert changes(None, Draft()) == ["Level 1 is new: nobody yet, 15 min to acknowledge."]


def test_what_a_policy_says_besides_its_levels_is_compared() -> None:
    """Also where there was no policy before, and in a draft that is not valid."""
    plain = policy(level(ADA))
    both = plain.model_copy(update={"repeat": 1, "acknowledgement_expiry": timedelta(hours=4)})
    said = [
        "It begins again once instead of never.",
        "An acknowledgement expires after 4 h instead of never.",
    ]
    assert differences(plain, both) == said
    assert differences(None, both)[2:] == said
    assert differences(both, both.model_copy(update={"repeat": 2})) == [
        "It begins again 2 times instead of once."
    ]
    draft = draft_of(both)
    assert changes(draft, draft._replace(expiry="240 min")) == []
    assert changes(draft, draft._replace(repeat="x", expiry="soon")) == [
        "It begins again “x” times instead of once.",
        "An acknowledgement expires after “soon” instead of after 4 h.",
    ]


def test_levels_are_compared_side_by_side() -> None:
    """In each, the Targets that the other side lacks come first."""
    first, second = side_by_side(policy(level(GRACE, ADA)), policy(level(GRACE), level(EDSGER)))
    assert first.theirs is not None
    assert first.mine is not None
    assert first.targets(first.theirs) == [(ADA, True), (GRACE, False)]
    assert first.targets(first.mine) == [(GRACE, False)]
    assert (second.number, second.theirs, second.mine) == (2, None, level(EDSGER))
