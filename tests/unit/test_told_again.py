"""A policy that begins again, and an Acknowledgement that expires: what `decide` says of both."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pager import (
    Acknowledged,
    Escalating,
    EscalationPolicy,
    Exhausted,
    Level,
    Message,
    MonitoredService,
    Notification,
    Unhealthy,
    decide,
    still_wanted,
)
from pager.decide import RULES, next_level, next_level_number
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    POLICY,
    acknowledgement,
    alert,
    delay,
    escalate,
    expired,
    expiry,
    healthy,
    level,
    page,
    page_again,
    policy,
    timeout,
    unhealthy,
    unreachable,
)

HOURS = timedelta(hours=4)
TWICE = POLICY.model_copy(update={"repeat": 2})
EXPIRING = POLICY.model_copy(update={"acknowledgement_expiry": HOURS})
HOUR = timedelta(hours=1)


def begun_again(incident_level: int = 3, times: int = 1, **changes: object) -> Unhealthy:
    """On the first Level, which is told once more: POLICY has two, so it is the third step."""
    service = unhealthy(level=incident_level, repeats=incident_level - 1, begun_again=times)
    return service.model_copy(update=changes)


# --- A policy that begins again ------------------------------------------------------------


def test_after_the_last_level_the_first_is_told_again() -> None:
    """As a step of its own: it has keys of its own, and people read of Level 1."""
    decision = decide(unhealthy(level=2), timeout(level=2), TWICE)
    assert decision.after == begun_again()
    assert decision.effects == (
        page(ADA, level=3, repeats=2, begun_again=1),
        page(GRACE, level=3, repeats=2, begun_again=1),
        delay(level=3, repeats=2),
    )


@pytest.mark.parametrize(
    ("message", "by"), [(unreachable(level=2), None), (escalate(level=2, by="Ada"), "Ada")]
)
def test_whatever_ends_the_last_step_lets_it_begin_again(message: Message, by: str | None) -> None:
    """As with its timeout."""
    decision = decide(unhealthy(level=2), message, TWICE)
    assert decision.after == begun_again()
    told = page(ADA, level=3, repeats=2, begun_again=1, escalated_by=by)
    assert decision.effects[0] == told


def test_whoever_has_it_hands_it_on_to_the_first_level() -> None:
    """Where they were on the last one, and the policy begins again."""
    has_it = unhealthy(level=2, escalation=Acknowledged(by="Edsger"))
    assert decide(has_it, escalate(level=2, acknowledged=True), TWICE).after == begun_again()


def test_it_is_exhausted_once_no_repeat_is_left() -> None:
    """A policy that repeats twice tells each Level three times."""
    service: MonitoredService = decide(healthy(), alert(), TWICE).after
    told: list[list[int]] = []
    for _ in range(6):
        assert isinstance(service, Unhealthy)
        assert isinstance(service.escalation, Escalating)
        told.append([service.policy_level, service.begun_again])
        service = decide(service, timeout(level=service.level), TWICE).after
    assert told == [[1, 0], [2, 0], [1, 1], [2, 1], [1, 2], [2, 2]]
    assert isinstance(service, Unhealthy)
    assert service.escalation == Exhausted()


def test_fewer_repeats_than_there_were_already_exhaust_it() -> None:
    """The policy is read again at each step."""
    late = begun_again(4, times=2, repeats=2, notified=(ADA.key, GRACE.key, EDSGER.key))
    after = decide(late, timeout(level=4), POLICY.model_copy(update={"repeat": 1})).after
    assert isinstance(after, Unhealthy)
    assert after.escalation == Exhausted()


@pytest.mark.parametrize(
    ("service", "rules", "number"),
    [
        (unhealthy(level=1), POLICY, 2),
        (unhealthy(level=2), POLICY, None),
        (unhealthy(level=2), TWICE, 1),
        (unhealthy(level=1), TWICE, 2),
        (begun_again(), TWICE, 2),
        (begun_again(times=2, notified=(ADA.key, GRACE.key, EDSGER.key)), TWICE, None),
        (unhealthy(level=1), None, None),
    ],
)
def test_the_next_level_has_the_number_that_people_count(
    service: Unhealthy, rules: EscalationPolicy | None, number: int | None
) -> None:
    """The first one, where the policy begins again."""
    assert next_level_number(service, rules) == number
    told = next_level(service, rules)
    assert (told is None) == (number is None)
    if told is not None and number is not None and rules is not None:
        assert told.targets == rules.levels[number - 1].targets


whatever_comes = settings(derandomize=True, deadline=None, database=None)
levels: st.SearchStrategy[Level] = st.builds(
    lambda some: level(*some),
    st.lists(st.sampled_from([ADA, GRACE, EDSGER]), min_size=1, unique=True),
)
policies = st.builds(
    lambda some, repeat: policy(*some).model_copy(update={"repeat": repeat}),
    st.lists(levels, min_size=1, max_size=3),
    st.integers(0, 3),
)


@whatever_comes
@given(policies, st.lists(st.sampled_from(["timeout", "nobody", "escalate", "again"]), max_size=40))
def test_no_policy_begins_again_more_often_than_it_says(
    repeated: EscalationPolicy, kinds: list[str]
) -> None:
    """Whatever ends its steps; and each time all of its Targets are told, none more often."""
    decision = decide(healthy(), alert(), repeated)
    told: dict[int, list[str]] = {}
    for kind in [*kinds, *["timeout"] * 20]:
        for effect in decision.effects:
            if isinstance(effect, Notification) and not effect.told_again_by:
                told.setdefault(effect.begun_again, []).append(effect.target.key)
        service = decision.after
        assert isinstance(service, Unhealthy)
        ends: dict[str, Message] = {
            "timeout": timeout(level=service.level),
            "nobody": unreachable(level=service.level),
            "escalate": escalate(level=service.level),
            "again": page_again(level=service.level),
        }
        decision = decide(service, ends[kind], repeated)
    assert isinstance(decision.after, Unhealthy)
    assert decision.after.begun_again == repeated.repeat
    everybody = [target.key for each in repeated.levels for target in each.targets]
    assert told == dict.fromkeys(range(repeated.repeat + 1), everybody)


# --- An Acknowledgement that expires -------------------------------------------------------


def test_an_acknowledgement_sets_the_timer_for_its_end() -> None:
    """Where the policy says how long it is good for; of an exhausted incident, too."""
    assert decide(unhealthy(), acknowledgement(), EXPIRING).effects == (expiry(),)
    exhausted = unhealthy(level=3, repeats=1, escalation=Exhausted())
    assert decide(exhausted, acknowledgement(), EXPIRING).effects == (expiry(level=3, repeats=1),)
    for rules in (POLICY, None):
        assert decide(unhealthy(), acknowledgement(), rules).effects == ()


@pytest.mark.parametrize(("by", "name"), [("Grace", "Grace"), (None, "somebody")])
def test_once_it_has_expired_the_level_is_told_again(by: str | None, name: str) -> None:
    """As somebody would who gives it back; the page says whose it was."""
    decision = decide(unhealthy(escalation=Acknowledged(by=by)), expired(), EXPIRING)
    assert decision.after == unhealthy(level=2, repeats=1)
    assert decision.effects == (
        page(ADA, level=2, repeats=1, expired_of=name),
        page(GRACE, level=2, repeats=1, expired_of=name),
        delay(level=2, repeats=1),
    )


@pytest.mark.parametrize(
    "service",
    [
        healthy(incident=1),
        unhealthy(),
        unhealthy(escalation=Exhausted()),
        unhealthy(2, escalation=Acknowledged()),
        unhealthy(level=2, escalation=Acknowledged()),
    ],
    ids=["healthy", "escalating", "exhausted", "another incident", "another step"],
)
def test_an_expiry_that_is_out_of_date_changes_nothing(service: MonitoredService) -> None:
    """Late, doubled, of an older step or incident."""
    assert not decide(service, expired(), EXPIRING).changed
    assert not still_wanted(expiry(), service)


def test_an_expiry_is_wanted_for_as_long_as_somebody_has_it() -> None:
    """So no relay sets the timer for what is over, and none withdraws it before."""
    assert still_wanted(expiry(), unhealthy(escalation=Acknowledged()))


@pytest.mark.parametrize("rules", [POLICY, None], ids=["no longer expires", "no policy"])
def test_what_the_policy_no_longer_lets_expire_stays(rules: EscalationPolicy | None) -> None:
    """The policy is read again at each step."""
    assert not decide(unhealthy(escalation=Acknowledged()), expired(), rules).changed


def test_where_nobody_of_the_policy_was_told_the_next_level_is() -> None:
    """It says why."""
    edited = policy(level(EDSGER)).model_copy(update={"acknowledgement_expiry": HOURS})
    has_it = unhealthy(escalation=Acknowledged(by="Grace"))
    told = page(EDSGER, level=2, level_number=1, expired_of="Grace")
    assert decide(has_it, expired(), edited).effects[0] == told


def test_in_maintenance_it_waits_for_the_end_if_nobody_was_told_yet() -> None:
    """An incident that somebody was notified of is never held back."""
    waits = unhealthy(repeats=1, notified=(), escalation=Acknowledged())
    decision = decide(waits, expired(), EXPIRING, maintenance=HOUR)
    assert decision.after == unhealthy(level=2, repeats=2, notified=())
    assert decision.effects == (delay(level=2, minutes=60, repeats=2),)
    told = unhealthy(escalation=Acknowledged())
    assert decide(told, expired(), EXPIRING, maintenance=HOUR).effects[0].type == "notification"


# --- Older rules ---------------------------------------------------------------------------


@pytest.mark.parametrize("rules", [1, 2, 3, 4])
def test_older_rules_know_neither(rules: int) -> None:
    """A node of an older version ignores both fields of a policy during an upgrade."""
    both = TWICE.model_copy(update={"acknowledgement_expiry": HOURS})
    after = decide(unhealthy(level=2), timeout(level=2), both, rules).after
    assert isinstance(after, Unhealthy)
    assert after.escalation == Exhausted()
    decision = decide(unhealthy(), acknowledgement(), both, rules)
    assert (decision.effects, decision.policy) == ((), both)


@pytest.mark.parametrize("rules", [2, 3, 4])
def test_older_rules_did_not_write_how_often_it_has_begun_again(rules: int) -> None:
    """A newer node had let it begin again; the state keeps what an older one does not know."""
    newer, older = (decide(begun_again(), timeout(level=3), TWICE, n) for n in (RULES, rules))
    assert newer.after == older.after
    assert [page.begun_again for page in newer.effects if isinstance(page, Notification)] == [1]
    assert [page.begun_again for page in older.effects if isinstance(page, Notification)] == [0]
