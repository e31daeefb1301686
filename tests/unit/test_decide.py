"""The rules: what each message means in each state, and what is true whatever comes."""

from collections import Counter
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pager import (
    Acknowledged,
    Alert,
    Decision,
    Effect,
    EmailTarget,
    Escalate,
    Escalating,
    EscalationPolicy,
    Exhausted,
    Healthy,
    Message,
    MonitoredService,
    NoEscalationPolicy,
    Notification,
    PageAgain,
    Resolve,
    Target,
    Unhealthy,
    decide,
    still_wanted,
)
from pager.decide import RULES as VERSION
from pager.decide import timeout_after_edit
from pager.messages import ByHand, TimerMessage, Unreachable
from pager.model import (
    FALLBACK,
    LONGEST_LATER_MESSAGE,
    MOST_LATER_ALERTS,
    MOST_LATER_MESSAGES,
    MOST_NOTIFIED,
    MOST_OPEN_KEYS,
    WITHOUT_KEY,
    LaterAlerts,
)
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    POLICY,
    SERVICE,
    acknowledgement,
    alert,
    delay,
    escalate,
    expired,
    healthy,
    healthy_event,
    level,
    page,
    page_again,
    policy,
    resolve,
    timeout,
    unhealthy,
    unreachable,
)

BARBARA = EmailTarget(address="barbara@example.com")
MonitoredServiceAdapter: TypeAdapter[MonitoredService] = TypeAdapter(MonitoredService)

# --- The rules, all of them: one cell for each state and message ---------------------------

# The running incident is the second, or it was the last one; the policy has two Levels.
STATES: dict[str, MonitoredService] = {
    "never": healthy(),
    "recovered": healthy(incident=2),
    "first": unhealthy(2, level=1, message="disk full"),
    "last": unhealthy(2, level=2, message="disk full"),
    "acknowledged": unhealthy(2, level=1, message="disk full", escalation=Acknowledged(by="Grace")),
    "exhausted": unhealthy(2, level=2, message="disk full", escalation=Exhausted()),
}

MESSAGES: dict[str, Message] = {
    "Alert": alert("error rate above 5 %"),
    "the same Alert": alert("disk full"),
    "another trouble": alert("error rate above 5 %", "errors"),
    "its last resolve": resolve(),
    "an unknown resolve": resolve("errors"),
    "Acknowledgement of incident 1": acknowledgement(1, by="Ada"),
    "Acknowledgement of incident 2": acknowledgement(2, by="Ada"),
    "Acknowledgement of incident 3": acknowledgement(3, by="Ada"),
    "Timeout of incident 1, Level 1": timeout(1, level=1),
    "Timeout of incident 1, Level 2": timeout(1, level=2),
    "Timeout of incident 2, Level 1": timeout(2, level=1),
    "Timeout of incident 2, Level 2": timeout(2, level=2),
    "Timeout of incident 2, Level 3": timeout(2, level=3),
    "Timeout of incident 3, Level 1": timeout(3, level=1),
    "Timeout of incident 3, Level 2": timeout(3, level=2),
    "Nobody of incident 1, Level 1": unreachable(1, level=1),
    "Nobody of incident 1, Level 2": unreachable(1, level=2),
    "Nobody of incident 2, Level 1": unreachable(2, level=1),
    "Nobody of incident 2, Level 2": unreachable(2, level=2),
    "Nobody of incident 2, Level 3": unreachable(2, level=3),
    "Nobody of incident 3, Level 1": unreachable(3, level=1),
    "Escalate incident 1, Level 1": escalate(1, level=1),
    "Escalate incident 2, Level 1": escalate(2, level=1),
    "Escalate incident 2, Level 2": escalate(2, level=2),
    "Escalate incident 2, Level 3": escalate(2, level=3),
    "Escalate incident 3, Level 1": escalate(3, level=1),
    "Hand on incident 1, Level 1": escalate(1, level=1, acknowledged=True),
    "Hand on incident 2, Level 1": escalate(2, level=1, acknowledged=True),
    "Hand on incident 2, Level 2": escalate(2, level=2, acknowledged=True),
    "Hand on incident 3, Level 1": escalate(3, level=1, acknowledged=True),
    "Page again 1, Level 1": page_again(1, level=1),
    "Page again 2, Level 1": page_again(2, level=1),
    "Page again 2, Level 2": page_again(2, level=2),
    "Page again 2, Level 3": page_again(2, level=3),
    "Page again 3, Level 1": page_again(3, level=1),
    "Give back 1, Level 1": page_again(1, level=1, acknowledged=True),
    "Give back 2, Level 1": page_again(2, level=1, acknowledged=True),
    "Give back 2, Level 2": page_again(2, level=2, acknowledged=True),
    "Give back 3, Level 1": page_again(3, level=1, acknowledged=True),
    "Healthy event": healthy_event(),
    "Healthy event of incident 1": healthy_event(1),
    "Healthy event of incident 2": healthy_event(2),
    "Healthy event of incident 3": healthy_event(3),
}

# What a cell says, as the state that the service comes to and the effects; "-" is nothing.
OUTCOMES: dict[str, tuple[MonitoredService, tuple[Effect, ...]]] = {
    "pages-1/1": (
        unhealthy(1, level=1, message="error rate above 5 %"),
        (
            page(ADA, 1, level=1, message="error rate above 5 %"),
            page(GRACE, 1, level=1, message="error rate above 5 %"),
            delay(1, level=1, minutes=15),
        ),
    ),
    "pages-3/1": (
        unhealthy(3, level=1, message="error rate above 5 %"),
        (
            page(ADA, 3, level=1, message="error rate above 5 %"),
            page(GRACE, 3, level=1, message="error rate above 5 %"),
            delay(3, level=1, minutes=15),
        ),
    ),
    "again-1/1": (
        unhealthy(1, level=1, message="disk full"),
        (
            page(ADA, 1, level=1, message="disk full"),
            page(GRACE, 1, level=1, message="disk full"),
            delay(1, level=1, minutes=15),
        ),
    ),
    "again-3/1": (
        unhealthy(3, level=1, message="disk full"),
        (
            page(ADA, 3, level=1, message="disk full"),
            page(GRACE, 3, level=1, message="disk full"),
            delay(3, level=1, minutes=15),
        ),
    ),
    "opens-1/1": (
        unhealthy(1, level=1, message="error rate above 5 %", open_keys=["errors"]),
        (
            page(ADA, 1, level=1, message="error rate above 5 %"),
            page(GRACE, 1, level=1, message="error rate above 5 %"),
            delay(1, level=1, minutes=15),
        ),
    ),
    "opens-3/1": (
        unhealthy(3, level=1, message="error rate above 5 %", open_keys=["errors"]),
        (
            page(ADA, 3, level=1, message="error rate above 5 %"),
            page(GRACE, 3, level=1, message="error rate above 5 %"),
            delay(3, level=1, minutes=15),
        ),
    ),
    "pages-2/2": (
        unhealthy(2, level=2, message="disk full"),
        (page(EDSGER, 2, level=2, message="disk full"), delay(2, level=2, minutes=5)),
    ),
    "exhausted": (unhealthy(2, level=2, message="disk full", escalation=Exhausted()), ()),
    "answered-1": (
        unhealthy(2, level=1, message="disk full", escalation=Acknowledged(by="Ada")),
        (),
    ),
    "answered-2": (
        unhealthy(2, level=2, message="disk full", escalation=Acknowledged(by="Ada")),
        (),
    ),
    "sent-on": (
        unhealthy(2, level=2, message="disk full"),
        (
            page(EDSGER, 2, level=2, message="disk full", escalated_by="Ada"),
            delay(2, level=2, minutes=5),
        ),
    ),
    "told-1": (
        unhealthy(2, level=2, message="disk full", repeats=1),
        (
            page(ADA, 2, level=2, message="disk full", repeats=1, told_again_by="Ada"),
            page(GRACE, 2, level=2, message="disk full", repeats=1, told_again_by="Ada"),
            delay(2, level=2, minutes=15, repeats=1),
        ),
    ),
    "told-2": (
        unhealthy(2, level=3, message="disk full", repeats=1),
        (
            page(EDSGER, 2, level=3, message="disk full", repeats=1, told_again_by="Ada"),
            delay(2, level=3, minutes=5, repeats=1),
        ),
    ),
    "healthy": (healthy(incident=2), ()),
}

RULES = """
                               | never     | recovered | first      | last       | acknowledged | exhausted
Alert                          | pages-1/1 | pages-3/1 | noted      | noted      | noted        | noted
the same Alert                 | again-1/1 | again-3/1 | -          | -          | -            | -
another trouble                | opens-1/1 | opens-3/1 | joins      | joins      | joins        | joins
its last resolve               | -         | -         | healthy    | healthy    | healthy      | healthy
an unknown resolve             | -         | -         | -          | -          | -            | -
Acknowledgement of incident 1  | -         | -         | -          | -          | -            | -
Acknowledgement of incident 2  | -         | -         | answered-1 | answered-2 | -            | answered-2
Acknowledgement of incident 3  | -         | -         | -          | -          | -            | -
Timeout of incident 1, Level 1 | -         | -         | -          | -          | -            | -
Timeout of incident 1, Level 2 | -         | -         | -          | -          | -            | -
Timeout of incident 2, Level 1 | -         | -         | pages-2/2  | -          | -            | -
Timeout of incident 2, Level 2 | -         | -         | -          | exhausted  | -            | -
Timeout of incident 2, Level 3 | -         | -         | -          | -          | -            | -
Timeout of incident 3, Level 1 | -         | -         | -          | -          | -            | -
Timeout of incident 3, Level 2 | -         | -         | -          | -          | -            | -
Nobody of incident 1, Level 1  | -         | -         | -          | -          | -            | -
Nobody of incident 1, Level 2  | -         | -         | -          | -          | -            | -
Nobody of incident 2, Level 1  | -         | -         | pages-2/2  | -          | -            | -
Nobody of incident 2, Level 2  | -         | -         | -          | exhausted  | -            | -
Nobody of incident 2, Level 3  | -         | -         | -          | -          | -            | -
Nobody of incident 3, Level 1  | -         | -         | -          | -          | -            | -
Escalate incident 1, Level 1   | -         | -         | -          | -          | -            | -
Escalate incident 2, Level 1   | -         | -         | sent-on    | -          | -            | -
Escalate incident 2, Level 2   | -         | -         | -          | exhausted  | -            | -
Escalate incident 2, Level 3   | -         | -         | -          | -          | -            | -
Escalate incident 3, Level 1   | -         | -         | -          | -          | -            | -
Hand on incident 1, Level 1    | -         | -         | -          | -          | -            | -
Hand on incident 2, Level 1    | -         | -         | -          | -          | sent-on      | -
Hand on incident 2, Level 2    | -         | -         | -          | -          | -            | -
Hand on incident 3, Level 1    | -         | -         | -          | -          | -            | -
Page again 1, Level 1          | -         | -         | -          | -          | -            | -
Page again 2, Level 1          | -         | -         | told-1     | -          | -            | -
Page again 2, Level 2          | -         | -         | -          | told-2     | -            | told-2
Page again 2, Level 3          | -         | -         | -          | -          | -            | -
Page again 3, Level 1          | -         | -         | -          | -          | -            | -
Give back 1, Level 1           | -         | -         | -          | -          | -            | -
Give back 2, Level 1           | -         | -         | -          | -          | told-1       | -
Give back 2, Level 2           | -         | -         | -          | -          | -            | -
Give back 3, Level 1           | -         | -         | -          | -          | -            | -
Healthy event                  | -         | -         | healthy    | healthy    | healthy      | healthy
Healthy event of incident 1    | -         | -         | -          | -          | -            | -
Healthy event of incident 2    | -         | -         | healthy    | healthy    | healthy      | healthy
Healthy event of incident 3    | -         | -         | -          | -          | -            | -
"""  # noqa: E501 - a table is read as one


def cells() -> list[tuple[str, str, str]]:
    """The rules as (state, message, outcome)."""
    header, *rows = (
        [cell.strip() for cell in line.split("|")] for line in RULES.strip("\n").splitlines()
    )
    return [
        (state, row[0], outcome)
        for row in rows
        for state, outcome in zip(header[1:], row[1:], strict=True)
    ]


@pytest.mark.parametrize(("state", "message", "outcome"), cells())
def test_each_message_in_each_state_leads_to_what_the_rules_say(
    state: str, message: str, outcome: str
) -> None:
    """State and effects are exactly those of the cell."""
    before = STATES[state]
    after, effects = OUTCOMES.get(outcome, (before, ()))
    if outcome in {"noted", "joins"}:
        noted = LaterAlerts(messages=("error rate above 5 %",), count=1)
        after = before.model_copy(update={"later_alerts": noted})
    if outcome == "joins":
        after = after.model_copy(update={"open_keys": (None, "errors")})
    assert decide(before, MESSAGES[message], POLICY) == Decision(
        message=MESSAGES[message], before=before, policy=POLICY, after=after, effects=effects
    )


def test_the_rules_have_a_cell_for_every_state_and_message() -> None:
    """Nothing that can happen is left out of the table."""
    assert [(state, message) for state, message, _ in cells()] == [
        (state, message) for message, state in product(MESSAGES, STATES)
    ]


@pytest.mark.parametrize(("state", "message", "outcome"), cells())
def test_a_decision_has_changed_something_unless_the_rules_say_nothing(
    state: str, message: str, outcome: str
) -> None:
    """`changed` is what says whether there is anything to store."""
    assert decide(STATES[state], MESSAGES[message], POLICY).changed is (outcome != "-")


def test_what_is_equal_has_not_changed() -> None:
    """Whether or not it is the same object."""
    assert not Decision(
        message=alert(), before=unhealthy(), policy=POLICY, after=unhealthy()
    ).changed


def test_the_thousandth_incident_is_like_the_first() -> None:
    """A number is compared by its value, also where Python no longer shares its objects."""

    def thousand() -> int:
        return int("1000")

    service = unhealthy(thousand(), level=thousand())
    late = timeout(thousand(), level=thousand())
    assert decide(service, late, None).after == unhealthy(1000, level=1000, escalation=Exhausted())
    assert decide(service, acknowledgement(thousand()), None).changed
    assert decide(service, healthy_event(thousand()), None).changed
    assert still_wanted(page(ADA, thousand()), service)


# --- The policy as it is just now ----------------------------------------------------------


@pytest.mark.parametrize("state", ["never", "recovered"])
def test_an_alert_that_would_page_nobody_is_refused(state: str) -> None:
    """A service marked Unhealthy without a page would swallow every later Alert."""
    with pytest.raises(NoEscalationPolicy) as refused:
        decide(STATES[state], alert(), None)
    assert refused.value.service_id == SERVICE


@pytest.mark.parametrize(
    ("state", "message", "outcome"),
    [
        cell
        for cell in cells()
        if not cell[2].startswith(("pages", "opens", "again", "sent", "told"))
    ],
)
def test_what_pages_nobody_needs_no_policy(state: str, message: str, outcome: str) -> None:
    """An incident can be acknowledged, exhausted and closed after its policy was deleted."""
    service = STATES[state]
    without = decide(service, MESSAGES[message], None)
    under_policy = decide(service, MESSAGES[message], POLICY)
    assert (without.after, without.effects) == (under_policy.after, under_policy.effects)


@pytest.mark.parametrize(
    ("now", "edited"),
    [
        (1, None),
        (1, policy(level(ADA))),
        (2, policy(level(ADA))),
        (3, policy(level(ADA), level(EDSGER))),
        (3, None),
    ],
)
def test_a_policy_that_no_longer_reaches_the_next_level_is_exhausted(
    now: int, edited: EscalationPolicy | None
) -> None:
    """It makes no difference whether it became shorter or was deleted."""
    decision = decide(unhealthy(level=now), timeout(level=now), edited)
    assert decision.after == unhealthy(level=now, escalation=Exhausted())
    assert decision.effects == ()


def test_the_next_level_is_the_one_that_the_policy_has_now() -> None:
    """An edit takes effect at the next step, its delay included."""
    edited = policy(level(ADA), level(EDSGER), level(GRACE, ADA, minutes=3))
    decision = decide(unhealthy(level=2), timeout(level=2), edited)
    assert decision.after == unhealthy(level=3, notified=(ADA, GRACE, EDSGER, ADA))
    assert decision.effects == (page(ADA, level=3), delay(level=3, minutes=3))


def test_a_level_added_after_the_last_was_exhausted_is_notified_when_its_timeout_comes_again() -> (
    None
):
    """Which an edit of the policy leads to, and only for an exhausted incident."""
    service = unhealthy(level=2, escalation=Exhausted())
    again = timeout_after_edit(service)
    assert again == timeout(level=2)
    assert not decide(service, again, POLICY).changed
    longer = policy(level(ADA), level(EDSGER), level(BARBARA))
    decision = decide(service, again, longer)
    assert decision.after == unhealthy(level=3, notified=(ADA, GRACE, EDSGER, BARBARA))
    assert decision.effects == (page(BARBARA, level=3), delay(level=3))


@pytest.mark.parametrize("state", [state for state in STATES if state != "exhausted"])
def test_an_edit_gives_no_timeout_again_while_one_comes_or_none_is_needed(state: str) -> None:
    """The delay that runs is not cut short."""
    assert timeout_after_edit(STATES[state]) is None


@pytest.mark.parametrize(
    ("edited", "next_targets"),
    [
        pytest.param([[GRACE]], [GRACE], id="removed"),
        pytest.param([[GRACE], [ADA]], [GRACE], id="swapped"),
        pytest.param([[EDSGER], [ADA], [GRACE]], [EDSGER], id="inserted before"),
        pytest.param([[ADA], [EDSGER], [GRACE]], [EDSGER], id="inserted after"),
        pytest.param([[ADA, EDSGER], [GRACE]], [EDSGER], id="somebody added"),
        pytest.param([[ADA], [ADA, GRACE]], [ADA, GRACE], id="on two Levels"),
        pytest.param([[ADA], [ADA], [GRACE]], [ADA], id="twice in a row"),
        pytest.param([[EDSGER, ADA], [ADA]], [EDSGER], id="one more and on two Levels"),
        pytest.param([[ADA]], None, id="nobody left"),
    ],
)
def test_an_edit_skips_nobody_and_notifies_nobody_twice(
    edited: list[list[Target]], next_targets: list[Target] | None
) -> None:
    """Ada was notified, and nobody else."""
    some_policy = policy(*(level(*targets) for targets in edited))
    decision = decide(unhealthy(notified=(ADA,)), timeout(), some_policy)
    pages = [effect.target for effect in decision.effects if isinstance(effect, Notification)]
    assert pages == (next_targets or [])
    assert isinstance(decision.after, Unhealthy)
    expected = Exhausted() if next_targets is None else Escalating()
    assert decision.after.escalation == expected


def test_an_incident_that_an_older_version_began_goes_on_by_the_number_of_its_level() -> None:
    """It did not store whom it had notified: those of the Levels that there are up to its own."""
    older = MonitoredServiceAdapter.validate_json(
        '{"state":"unhealthy","service_id":"checkout-api","incident":1,"level":1,'
        '"message":"p99 latency above 3 s","escalation":{"stage":"escalating"}}'
    )
    decision = decide(older, timeout(), POLICY)
    assert decision.after == unhealthy(level=2)
    assert decision.effects == (page(EDSGER, level=2), delay(level=2, minutes=5))
    assert decide(older, timeout(), None).after == older.model_copy(
        update={"escalation": Exhausted()}
    )


def test_who_was_notified_is_stored_for_as_many_as_a_policy_can_have() -> None:
    """However often it is edited: of more, the last ones are kept."""
    service = unhealthy().model_copy(update={"notified": ("x",) * MOST_NOTIFIED})
    decision = decide(service, timeout(), POLICY)
    assert isinstance(decision.after, Unhealthy)
    assert decision.after.notified is not None
    assert len(decision.after.notified) == MOST_NOTIFIED
    assert decision.after.notified[-2:] == (ADA.key, GRACE.key)


def test_pages_by_the_fallback_policy_say_so() -> None:
    """It is the policy of another service; those by the service's own policy do not."""
    fallback = EscalationPolicy(service_id=FALLBACK, levels=POLICY.levels)
    for by_fallback, used in ((True, fallback), (False, POLICY)):
        for decision in (
            decide(healthy(), alert(), used),
            decide(unhealthy(), timeout(), used),
        ):
            pages = [effect for effect in decision.effects if isinstance(effect, Notification)]
            assert pages
            assert all(page.service_id == SERVICE for page in pages)
            assert all(page.is_by_fallback is by_fallback for page in pages)


# --- What is withdrawn ---------------------------------------------------------------------


@pytest.mark.parametrize("effect", [page(ADA, 2), delay(2)], ids=["page", "delay"])
@pytest.mark.parametrize(
    "service",
    [unhealthy(2), unhealthy(2, level=2), unhealthy(2, escalation=Exhausted())],
    ids=["escalating", "at a later Level", "exhausted"],
)
def test_an_effect_is_wanted_while_its_incident_waits_for_an_answer(
    service: MonitoredService, effect: Effect
) -> None:
    """Of an earlier Level too: late is better than never."""
    assert still_wanted(effect, service)


@pytest.mark.parametrize("effect", [page(ADA, 2), delay(2)], ids=["page", "delay"])
@pytest.mark.parametrize(
    "service",
    [
        unhealthy(2, escalation=Acknowledged()),
        healthy(incident=2),
        unhealthy(1),
        unhealthy(3),
    ],
    ids=["acknowledged", "healthy", "in an earlier incident", "in a later incident"],
)
def test_an_effect_is_withdrawn_once_its_incident_is_answered_or_closed(
    service: MonitoredService, effect: Effect
) -> None:
    """A new incident pages for itself, not for the one before it."""
    assert not still_wanted(effect, service)


# --- Whatever comes ------------------------------------------------------------------------

# Gauges so small that messages often mean the step that the service is at.
few = st.integers(min_value=1, max_value=3)
keys = st.sampled_from([None, "disk", "tls"])
alerts = st.builds(alert, st.sampled_from(["disk full", "p99 above 3 s"]), keys)
resolves = st.builds(resolve, keys)
acknowledgements = st.builds(acknowledgement, few, st.sampled_from([None, "Ada"]))
timeouts = st.builds(timeout, few, few)
unreachables = st.builds(unreachable, few, few)
expiries = st.builds(expired, few, few)
healthy_events = st.builds(healthy_event, st.none() | few)
names = st.sampled_from(["Ada", "Grace"])
escalates = st.builds(escalate, few, few, names, acknowledged=st.booleans())
pages_again = st.builds(page_again, few, few, names, acknowledged=st.booleans())
by_hand = escalates | pages_again
messages: st.SearchStrategy[Message] = st.one_of(
    *(alerts, acknowledgements, timeouts, unreachables, expiries, healthy_events, resolves),
    by_hand,
)
escalations = st.sampled_from([Escalating(), Acknowledged(), Acknowledged(by="Ada"), Exhausted()])
services: st.SearchStrategy[MonitoredService] = st.one_of(
    st.builds(healthy, st.integers(min_value=0, max_value=3)),
    st.builds(unhealthy, few, few, escalations, open_keys=st.lists(keys, min_size=1, unique=True)),
)
targets = st.lists(st.sampled_from([ADA, GRACE, EDSGER]), min_size=1, unique=True)
levels = st.builds(lambda some, minutes: level(*some, minutes=minutes), targets, few)
policies = st.lists(levels, min_size=1, max_size=3).map(lambda some: policy(*some))
policies_that_tell_again = st.builds(
    lambda some, repeat, expiry: some.model_copy(
        update={"repeat": repeat, "acknowledgement_expiry": expiry}
    ),
    policies,
    st.integers(0, 2),
    st.none() | st.just(timedelta(hours=4)),
)

# The same examples on every run, however slow the machine: a test that fails, fails for a reason.
whatever_comes = settings(derandomize=True, deadline=None, database=None)


@whatever_comes
@given(services, timeouts | unreachables, policies)
def test_a_stale_timer_never_escalates(
    service: MonitoredService, late: TimerMessage, some_policy: EscalationPolicy
) -> None:
    """What does not name the step that the service is at changes nothing."""
    assume(
        not isinstance(service, Unhealthy)
        or (service.incident, service.level) != (late.incident, late.level)
    )
    assert decide(service, late, some_policy).after == service


@whatever_comes
@given(services, timeouts | unreachables, st.none() | policies)
def test_a_timer_never_pages_for_an_incident_that_does_not_wait_for_an_answer(
    service: MonitoredService, late: TimerMessage, some_policy: EscalationPolicy | None
) -> None:
    """Healthy or acknowledged: nobody needs to be told."""
    assume(not isinstance(service, Unhealthy) or isinstance(service.escalation, Acknowledged))
    assert decide(service, late, some_policy).after == service


@whatever_comes
@given(services, by_hand, st.none() | policies)
def test_a_press_on_a_page_that_is_out_of_date_changes_nothing(
    service: MonitoredService, press: ByHand, some_policy: EscalationPolicy | None
) -> None:
    """It names another step, or does not know that somebody has acknowledged."""
    assume(
        not isinstance(service, Unhealthy)
        or (service.incident, service.level) != (press.incident, press.level)
        or press.acknowledged != isinstance(service.escalation, Acknowledged)
    )
    assert decide(service, press, some_policy).after == service


@whatever_comes
@given(services, escalates, st.none() | policies)
def test_to_escalate_by_hand_is_what_the_timeout_does(
    service: MonitoredService, press: Escalate, some_policy: EscalationPolicy | None
) -> None:
    """At once; the pages say who did it."""
    assume(not press.acknowledged)
    by_hand = decide(service, press, some_policy)
    by_timer = decide(service, timeout(press.incident, press.level), some_policy)
    assert by_hand.after == by_timer.after
    assert by_hand.effects == tuple(
        effect.model_copy(update={"escalated_by": press.by})
        if isinstance(effect, Notification)
        else effect
        for effect in by_timer.effects
    )


@whatever_comes
@given(services, escalates, st.none() | policies)
def test_nobody_loses_what_they_have_acknowledged_unless_somebody_else_is_told(
    service: MonitoredService, press: Escalate, some_policy: EscalationPolicy | None
) -> None:
    """An incident that is acknowledged is never exhausted."""
    assume(isinstance(service, Unhealthy) and isinstance(service.escalation, Acknowledged))
    decision = decide(service, press, some_policy)
    assert decision.changed == bool(decision.effects)


@whatever_comes
@given(policies, st.lists(st.tuples(st.booleans(), policies), max_size=6))
def test_whoever_pages_again_skips_nobody_and_tells_only_who_was_told(
    first: EscalationPolicy, edits: list[tuple[bool, EscalationPolicy]]
) -> None:
    """However often it is done, and whatever is edited: each is told anew as often as without."""
    decision = decide(healthy(), alert(), first)
    told: Counter[str] = Counter()
    for number in range(len(edits) + 9):
        again, edited = [(False, first), *edits][min(number, len(edits))]
        if number:
            service = decision.after
            assert isinstance(service, Unhealthy)
            step = (1, service.level)
            message = page_again(*step) if again and number <= len(edits) else timeout(*step)
            decision = decide(service, message, edited)
        pages = [effect for effect in decision.effects if isinstance(effect, Notification)]
        repeated = {page.target.key for page in pages if page.told_again_by}
        assert all(told[key] for key in repeated)
        first_told = [page.target.key for page in pages if not page.told_again_by]
        told.update(first_told)
        assert all(told[key] <= times_named(edited)[key] for key in first_told)
    assert isinstance(decision.after, Unhealthy)
    assert decision.after.escalation == Exhausted()
    assert told >= times_named(edits[-1][1] if edits else first)


def test_to_page_again_makes_a_step_of_its_own_also_in_an_older_incident() -> None:
    """It did not store whom it had notified: from now on it does, so that nobody is skipped."""
    older = unhealthy().model_copy(update={"notified": None})
    again = decide(older, page_again(), POLICY)
    assert again.after == unhealthy(level=2, repeats=1)
    assert decide(again.after, timeout(level=1), POLICY).after == again.after
    assert decide(again.after, timeout(level=2), POLICY).after == unhealthy(level=3, repeats=1)


@whatever_comes
@given(services, messages, policies_that_tell_again)
def test_effects_name_the_step_that_the_service_came_to(
    service: MonitoredService, message: Message, some_policy: EscalationPolicy
) -> None:
    """No decision pages for an incident or a Level other than the one it leads to."""
    decision = decide(service, message, some_policy)
    for effect in decision.effects:
        assert isinstance(decision.after, Unhealthy)
        assert (effect.incident, effect.level) == (decision.after.incident, decision.after.level)


@whatever_comes
@given(services, messages, policies_that_tell_again)
def test_what_changes_nothing_has_no_effects(
    service: MonitoredService, message: Message, some_policy: EscalationPolicy
) -> None:
    """So nothing is lost by not storing it."""
    decision = decide(service, message, some_policy)
    assert decision.changed or decision.effects == ()


@whatever_comes
@given(services, acknowledgements | healthy_events, policies_that_tell_again)
def test_neither_an_acknowledgement_nor_a_healthy_event_pages_anybody(
    service: MonitoredService, message: Message, some_policy: EscalationPolicy
) -> None:
    """They are what everybody waits for."""
    effects = decide(service, message, some_policy).effects
    assert not [effect for effect in effects if isinstance(effect, Notification)]


@whatever_comes
@given(services, messages, policies)
def test_the_number_of_incidents_never_decreases(
    service: MonitoredService, message: Message, some_policy: EscalationPolicy
) -> None:
    """It grows by one with an Alert that is heard, and with nothing else."""
    decision = decide(service, message, some_policy)
    heard = isinstance(service, Healthy) and message.type == "alert"
    assert decision.after.incident == service.incident + heard


@whatever_comes
@given(services, messages, policies)
def test_a_decision_says_all_that_it_was_made_on(
    service: MonitoredService, message: Message, some_policy: EscalationPolicy
) -> None:
    """So a reader of the journal can make it again, and compare."""
    decision = decide(service, message, some_policy)
    assert decide(decision.before, decision.message, decision.policy) == decision
    assert decision.policy == some_policy


@whatever_comes
@given(policies, st.lists(policies, max_size=6))
def test_whatever_is_edited_nobody_is_skipped_and_nobody_is_notified_too_often(
    first: EscalationPolicy, edits: list[EscalationPolicy]
) -> None:
    """Nobody acknowledges, and after some steps the policy is edited no more."""
    decision = decide(healthy(), alert(), first)
    pages: Counter[str] = Counter()
    for number in range(len(edits) + 9):
        edited = [first, *edits][min(number, len(edits))]
        if number:
            assert isinstance(decision.after, Unhealthy)
            decision = decide(decision.after, timeout(1, decision.after.level), edited)
        paged = [
            effect.target.key for effect in decision.effects if isinstance(effect, Notification)
        ]
        pages.update(paged)
        assert all(pages[key] <= times_named(edited)[key] for key in paged)
    assert isinstance(decision.after, Unhealthy)
    assert decision.after.escalation == Exhausted()
    assert pages >= times_named([first, *edits][-1])


def times_named(some_policy: EscalationPolicy) -> Counter[str]:
    return Counter(target.key for level in some_policy.levels for target in level.targets)


@whatever_comes
@given(st.lists(st.tuples(messages, policies_that_tell_again), max_size=20))
def test_no_target_is_paged_twice_for_one_step(
    history: list[tuple[Message, EscalationPolicy]],
) -> None:
    """Whatever comes, in whatever order and however often, under a policy that keeps changing."""
    service: MonitoredService = healthy()
    keys: list[str] = []
    for message, some_policy in history:
        decision = decide(service, message, some_policy)
        service = decision.after
        keys += [effect.idempotency_key for effect in decision.effects]
    assert sorted(keys) == sorted(set(keys))


# --- What later Alerts say -----------------------------------------------------------------


def after_alerts(*texts: str) -> Unhealthy:
    """The service of an incident in which these Alerts came, one after the other."""
    service: MonitoredService = healthy()
    for text in texts:
        service = decide(service, alert(text), POLICY).after
    assert isinstance(service, Unhealthy)
    return service


def test_the_next_level_is_told_what_later_alerts_said() -> None:
    """Beside what the first one said."""
    service = after_alerts("p99 latency above 3 s", "CHECKOUT DOWN, all orders fail")
    pages = decide(service, timeout(), POLICY).effects
    assert pages[0] == page(EDSGER, level=2, later=["CHECKOUT DOWN, all orders fail"])


def test_alerts_that_alternate_change_nothing_any_more() -> None:
    """What was said before is no news, in whichever order."""
    service = after_alerts("A", "B", "C")
    for text in ("A", "B", "C", "B", "A"):
        assert not decide(service, alert(text), POLICY).changed
    assert service.later_alerts == LaterAlerts(messages=("B", "C"), count=2)


def test_the_newest_texts_are_kept_and_the_others_counted() -> None:
    """The first one is that of the incident, and stays."""
    service = after_alerts(*(f"p99 is {number} s" for number in range(MOST_LATER_MESSAGES + 3)))
    assert service.message == "p99 is 0 s"
    assert service.later_alerts.messages == tuple(
        f"p99 is {number} s" for number in range(3, MOST_LATER_MESSAGES + 3)
    )
    assert (service.later_alerts.count, service.later_alerts.left_out) == (
        MOST_LATER_MESSAGES + 2,
        2,
    )


def test_a_text_that_differs_each_time_is_not_noted_for_ever() -> None:
    """After so many the journal does not grow, and the incident goes on."""
    service = after_alerts(*(f"p99 is {number} s" for number in range(MOST_LATER_ALERTS + 1)))
    assert service.later_alerts.count == MOST_LATER_ALERTS
    assert not decide(service, alert("p99 is 9,999 s"), POLICY).changed
    assert decide(service, timeout(), POLICY).changed


def test_a_long_text_of_a_later_alert_is_cut_with_a_sign() -> None:
    """And it is the same text when it comes again."""
    long = "x" * (LONGEST_LATER_MESSAGE + 1)
    service = after_alerts("disk full", long)
    [kept] = service.later_alerts.messages
    assert (len(kept), kept[-1]) == (LONGEST_LATER_MESSAGE, "…")
    assert not decide(service, alert(long), POLICY).changed


# --- Troubles, each with its dedup key -----------------------------------------------------


@whatever_comes
@given(st.lists(alerts | resolves))
def test_a_service_is_unhealthy_while_a_trouble_is_open(received: list[Alert | Resolve]) -> None:
    """And no longer: in whatever order their Alerts and resolves come."""
    service: MonitoredService = healthy()
    open_now: set[str | None] = set()
    for message in received:
        service = decide(service, message, POLICY).after
        if isinstance(message, Alert):
            open_now.add(message.dedup_key)
        else:
            open_now.discard(message.dedup_key)
        assert isinstance(service, Unhealthy) == bool(open_now)
        if isinstance(service, Unhealthy):
            assert {*service.open_keys} == open_now


@whatever_comes
@given(services, resolves, policies)
def test_a_resolve_of_what_is_not_open_changes_nothing(
    service: MonitoredService, late: Resolve, some_policy: EscalationPolicy
) -> None:
    """Monitors send such after a restart."""
    assume(isinstance(service, Healthy) or late.dedup_key not in service.open_keys)
    assert not decide(service, late, some_policy).changed


@whatever_comes
@given(services, resolves, st.none() | policies)
def test_a_resolve_needs_no_policy_and_pages_nobody(
    service: MonitoredService, message: Resolve, some_policy: EscalationPolicy | None
) -> None:
    """Nor does it change the escalation while another trouble is open."""
    decision = decide(service, message, some_policy)
    assert decision.effects == ()
    if isinstance(decision.after, Unhealthy):
        without_keys = {"open_keys": WITHOUT_KEY}
        assert decision.after.model_copy(update=without_keys) == service.model_copy(
            update=without_keys
        )


@pytest.mark.parametrize(
    ("keys", "number"), [([None], 1), (["disk"], 1), (["disk", "tls"], 2), ([], 0)]
)
def test_a_page_says_how_many_troubles_are_open(keys: list[str | None], number: int) -> None:
    """Whatever its first Alert was about may be over by then."""
    pages = decide(unhealthy(open_keys=keys), timeout(), POLICY).effects
    assert pages[0] == page(EDSGER, level=2, open_troubles=number)


def with_troubles(number: int) -> Unhealthy:
    """The service with so many troubles that came one after the other."""
    service: MonitoredService = healthy()
    for n in range(number):
        service = decide(service, alert("host down", f"host-{n}"), POLICY).after
    assert isinstance(service, Unhealthy)
    return service


def test_as_many_troubles_as_are_told_apart_are_resolved_one_by_one() -> None:
    """The last of them closes the incident."""
    service: MonitoredService = with_troubles(MOST_OPEN_KEYS)
    for n in range(MOST_OPEN_KEYS):
        assert isinstance(service, Unhealthy)
        assert not service.has_too_many_keys
        service = decide(service, resolve(f"host-{n}"), POLICY).after
    assert service == healthy(incident=1)


def test_a_trouble_makes_room_for_another_once_it_is_resolved() -> None:
    """Only those that are open at the same time are counted."""
    service = decide(with_troubles(MOST_OPEN_KEYS), resolve("host-7"), POLICY).after
    service = decide(service, alert("host down", "host-x"), POLICY).after
    assert isinstance(service, Unhealthy)
    assert service.open_keys[-1] == "host-x"
    assert not service.has_too_many_keys


def test_of_more_troubles_none_is_told_apart_any_more() -> None:
    """No Alert and no resolve changes the keys: only a Healthy event closes the incident."""
    service = with_troubles(MOST_OPEN_KEYS + 1)
    assert service.has_too_many_keys
    for message in (alert("host down", "host-1"), alert("host down"), resolve("host-1"), resolve()):
        assert not decide(service, message, POLICY).changed
    assert decide(service, healthy_event(), POLICY).after == healthy(incident=1)


# --- Older rules ---------------------------------------------------------------------------


def test_old_decisions_are_made_again_by_the_rules_of_their_time() -> None:
    """In version 1 a later Alert changed nothing, and a Level was the policy's next one."""
    decision = decide(unhealthy(), alert("disk full"), POLICY, rules=1)
    assert (decision.changed, decision.rules) == (False, 1)
    escalated = decide(unhealthy(), timeout(), POLICY, rules=1)
    assert escalated.after == unhealthy().model_copy(update={"level": 2})
    assert escalated.effects == (page(EDSGER, level=2), delay(level=2, minutes=5))
    assert decide(unhealthy(), alert("disk full"), POLICY).rules == VERSION


@pytest.mark.parametrize("before", STATES.values(), ids=STATES)
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_version_1_notified_as_today_while_nobody_was_refused(
    before: MonitoredService, message: Message
) -> None:
    """What an incident keeps of texts, Targets and troubles is new, and so are four messages."""
    both_know = {"state", "incident", "level", "message", "escalation"}
    old, new = (decide(before, message, POLICY, rules=rules) for rules in (1, VERSION))
    if isinstance(message, Unreachable | Escalate | PageAgain | Resolve):
        assert not old.changed
    else:
        assert old.effects == new.effects
        assert old.after.model_dump(include=both_know) == new.after.model_dump(include=both_know)


def test_version_2_did_not_write_repeats_into_effects() -> None:
    """A node of that version decided in an incident in which a newer one had paged again."""
    again = decide(unhealthy(), page_again(), POLICY).after
    newer, older = (decide(again, timeout(level=2), POLICY, rules) for rules in (VERSION, 2))
    assert newer.after == older.after == unhealthy(level=3, repeats=1)
    assert newer.effects == (
        page(EDSGER, level=3, repeats=1),
        delay(level=3, minutes=5, repeats=1),
    )
    assert older.effects == (page(EDSGER, level=3), delay(level=3, minutes=5))


@pytest.mark.parametrize("rules", [2, 3])
def test_versions_2_and_3_knew_no_dedup_keys(rules: int) -> None:
    """A node of that version kept the troubles of a newer one, and added none."""
    before = unhealthy(open_keys=["disk", "tls"])
    older = decide(before, alert("error rate above 5 %"), POLICY, rules)
    assert older.after == before.noting("error rate above 5 %")
    assert decide(healthy(), alert(), POLICY, rules).after == unhealthy()
    older, newer = (decide(before, timeout(), POLICY, number) for number in (rules, VERSION))
    assert older.after == newer.after == unhealthy(level=2, open_keys=["disk", "tls"])
    assert older.effects[0] == page(EDSGER, level=2)
    assert newer.effects[0] == page(EDSGER, level=2, open_troubles=2)


def test_version_1_refused_an_alert_without_a_policy() -> None:
    """As today."""
    with pytest.raises(NoEscalationPolicy):
        decide(healthy(), alert("disk full"), None, rules=1)
