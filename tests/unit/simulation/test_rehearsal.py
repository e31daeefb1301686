"""A rehearsal: who would be paged when, as the Pager itself does it."""

from datetime import timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pager import Acknowledged, EmailTarget, EscalationPolicy, Exhausted, Level, Target
from pager.simulation.rehearsal import Rehearsal, Step, rehearse, rehearse_rest
from unit.builders import ADA, EDSGER, GRACE, POLICY, SERVICE, level, policy, unhealthy

MINUTE = timedelta(minutes=1)

FIRST = Step(after=0 * MINUTE, level=1, stage="escalating", notified=(ADA, GRACE))
SECOND = Step(after=15 * MINUTE, level=2, stage="escalating", notified=(EDSGER,))
EXHAUSTED = Step(after=20 * MINUTE, level=2, stage="exhausted", notified=())


def acknowledged(minutes: int, level: int) -> Step:
    return Step(after=minutes * MINUTE, level=level, stage="acknowledged", notified=())


def test_if_nobody_answers_every_level_is_paged_and_then_nobody_is_left() -> None:
    """Each at the end of the delay of the one before."""
    assert rehearse(POLICY) == Rehearsal(service_id=SERVICE, steps=(FIRST, SECOND, EXHAUSTED))


@pytest.mark.parametrize(
    ("minutes", "steps"),
    [
        (0, (FIRST, acknowledged(0, level=1))),
        (14, (FIRST, acknowledged(14, level=1))),
        (15, (FIRST, SECOND, acknowledged(15, level=2))),
        (17, (FIRST, SECOND, acknowledged(17, level=2))),
        (20, (FIRST, SECOND, EXHAUSTED, acknowledged(20, level=2))),
        (600, (FIRST, SECOND, EXHAUSTED, acknowledged(600, level=2))),
    ],
)
def test_after_an_acknowledgement_nobody_else_is_paged(
    minutes: int, steps: tuple[Step, ...]
) -> None:
    """At the very moment of a timeout it comes second; and it is never too late for one."""
    assert rehearse(POLICY, acknowledged_after=minutes * MINUTE).steps == steps


def test_an_acknowledgement_before_the_alert_is_refused() -> None:
    """There would be nothing to acknowledge."""
    with pytest.raises(ValueError, match="forwards"):
        rehearse(POLICY, acknowledged_after=-MINUTE)


def test_a_target_on_two_levels_is_paged_twice() -> None:
    """By e-mail first, then by SMS."""
    steps = rehearse(policy(level(GRACE, EDSGER, ADA), level(ADA, GRACE))).steps
    assert [step.notified for step in steps] == [(EDSGER, ADA, GRACE), (ADA, GRACE), ()]


def test_the_largest_level_is_paged_at_once() -> None:
    """A thousand Targets, and again a thousand after the delay."""
    crowd = tuple(EmailTarget(address=f"{number}@example.com") for number in range(1_000))
    steps = rehearse(policy(level(*crowd), level(*crowd))).steps
    assert [(step.after, step.notified) for step in steps] == [
        (0 * MINUTE, crowd),
        (15 * MINUTE, crowd),
        (30 * MINUTE, ()),
    ]


whatever_the_policy = settings(derandomize=True, deadline=None, database=None)
people: st.SearchStrategy[Target] = st.sampled_from([ADA, GRACE, EDSGER])
levels = st.builds(
    lambda some, delay: Level(targets=tuple(some), acknowledgement_delay=delay),
    st.lists(people, min_size=1, unique=True),
    st.timedeltas(timedelta(microseconds=1), timedelta(days=7)),
)
policies = st.lists(levels, min_size=1, max_size=8).map(lambda some: policy(*some))


@whatever_the_policy
@given(policies)
def test_a_level_is_paged_once_the_delays_before_it_are_over(rehearsed: EscalationPolicy) -> None:
    """All of its Targets at once, and no Level is left out."""
    delays = [level.acknowledgement_delay for level in rehearsed.levels]
    *moments, end = accumulate(delays, initial=timedelta(0))
    *paged, last = rehearse(rehearsed).steps
    assert [(step.after, step.level, set(step.notified)) for step in paged] == [
        (moment, number, set(level.targets))
        for number, (moment, level) in enumerate(zip(moments, rehearsed.levels, strict=True), 1)
    ]
    assert (last.after, last.stage, last.notified) == (end, "exhausted", ())


@whatever_the_policy
@given(policies, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_until_it_is_acknowledged_an_incident_is_as_if_nobody_answered(
    rehearsed: EscalationPolicy, after: timedelta
) -> None:
    """And then it is over."""
    *before, last = rehearse(rehearsed, acknowledged_after=after).steps
    assert before == [step for step in rehearse(rehearsed).steps if step.after <= after]
    assert (last.after, last.stage, last.notified) == (after, "acknowledged", ())


def test_a_policy_that_begins_again_is_rehearsed_to_its_end() -> None:
    """Each Level as often as it is told."""
    steps = rehearse(POLICY.model_copy(update={"repeat": 1})).steps
    assert [(step.after // MINUTE, step.level, step.stage) for step in steps] == [
        *((0, 1, "escalating"), (15, 2, "escalating")),
        *((20, 1, "escalating"), (35, 2, "escalating"), (40, 2, "exhausted")),
    ]
    assert [step.notified for step in steps] == [(ADA, GRACE), (EDSGER,)] * 2 + [()]


def test_an_acknowledgement_that_expires_is_rehearsed_as_if_nobody_closed_it() -> None:
    """And nobody acknowledged again."""
    expiring = POLICY.model_copy(update={"acknowledgement_expiry": timedelta(hours=1)})
    steps = rehearse(expiring, acknowledged_after=5 * MINUTE).steps
    assert [(step.after // MINUTE, step.level, step.stage) for step in steps] == [
        *((0, 1, "escalating"), (5, 1, "acknowledged")),
        *((65, 1, "escalating"), (80, 2, "escalating"), (85, 2, "exhausted")),
    ]


def test_the_rest_of_an_incident_has_the_repeats_that_are_left() -> None:
    """Of two, where one is over."""
    twice = POLICY.model_copy(update={"repeat": 2})
    service = unhealthy(level=3, repeats=2, begun_again=1)
    assert [step.level for step in rehearse_rest(service, twice)] == [2, 1, 2, 2]


def test_the_rest_of_an_incident_counts_from_its_next_timeout() -> None:
    """By the policy as it is edited: whoever was notified is not notified again."""
    edited = policy(level(EDSGER, minutes=5), level(ADA, GRACE))
    assert rehearse_rest(unhealthy(notified=(ADA,)), edited) == (
        Step(after=0 * MINUTE, level=1, stage="escalating", notified=(EDSGER,)),
        Step(after=5 * MINUTE, level=2, stage="escalating", notified=(GRACE,)),
        Step(after=20 * MINUTE, level=2, stage="exhausted", notified=()),
    )


def test_the_rest_of_an_incident_that_was_told_again_has_the_levels_of_the_policy() -> None:
    """The steps are counted from another number."""
    without = rehearse_rest(unhealthy(level=1), POLICY)
    assert rehearse_rest(unhealthy(level=3, repeats=2), POLICY) == without


def test_nothing_is_left_of_an_incident_that_is_answered_or_exhausted() -> None:
    """Unless the policy has somebody to go on with."""
    assert rehearse_rest(unhealthy(escalation=Acknowledged()), POLICY) == ()
    exhausted = unhealthy(level=2, escalation=Exhausted())
    assert rehearse_rest(exhausted, POLICY) == ()
    assert rehearse_rest(exhausted, policy(level(ADA), level(ADA), level(EDSGER))) == (
        Step(after=0 * MINUTE, level=2, stage="escalating", notified=(ADA,)),
        Step(after=15 * MINUTE, level=2, stage="exhausted", notified=()),
    )
