"""Messages, states and effects as people read them: the Level is that of the policy."""

from datetime import timedelta

import pytest

from pager import Effect, Exhausted, Message, Notification, Unhealthy
from pager.model import MOST_LATER_ALERTS, LaterAlerts
from pager.words import (
    effect_in_words,
    effects_in_words,
    later_alerts_in_words,
    message_in_words,
    rules_in_words,
    service_in_words,
    troubles_of_page_in_words,
    why_in_words,
)
from unit.builders import (
    ADA,
    POLICY,
    alert,
    delay,
    escalate,
    expired,
    expiry,
    healthy,
    page,
    page_again,
    resolve,
    timeout,
    unhealthy,
    unreachable,
)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (timeout(2, level=3), "the Acknowledgement Timeout of incident 2, Level 2"),
        (unreachable(2, level=3), "the report that nobody was reached in incident 2, Level 2"),
        (expired(2, level=3), "the expiry of the Acknowledgement of incident 2, Level 2"),
        (escalate(2, level=3), "the request to escalate incident 2, Level 2 by Ada"),
        (page_again(2, level=3), "the request to page again incident 2, Level 2 by Ada"),
    ],
)
def test_a_message_is_about_the_level_of_the_policy(message: Message, text: str) -> None:
    """Where the service was at the step that it names; otherwise it is just that step."""
    before = unhealthy(2, level=3, repeats=1)
    assert message_in_words(message, before) == f"{text} for checkout-api"
    by_step = f"{text.replace('Level 2', 'step 3')} for checkout-api"
    for other in (None, healthy(2), unhealthy(2, level=4), unhealthy(3, level=3)):
        assert message_in_words(message, other) == by_step


def test_before_level_1_a_step_waits_for_the_end_of_a_maintenance() -> None:
    """Nobody reads of a Level 0."""
    end = "the end of the maintenance, incident 1, for checkout-api"
    before = unhealthy(repeats=1, notified=())
    assert message_in_words(timeout(1, level=1), before) == end
    by_hand = "the request to escalate incident 1, before Level 1 by Ada for checkout-api"
    assert message_in_words(escalate(1, level=1), before) == by_hand


@pytest.mark.parametrize(
    ("service", "text"),
    [
        (unhealthy(level=2), "Unhealthy (incident 1, Level 2)"),
        (
            unhealthy(level=3, repeats=1),
            "Unhealthy (incident 1, Level 2, step 3)",
        ),
        (
            unhealthy(level=2).on_level(3),
            "Unhealthy (incident 1, Level 3, step 2)",
        ),
        (unhealthy(level=2, repeats=2), "Unhealthy (incident 1, nobody notified yet)"),
        (
            unhealthy(level=3, repeats=2, begun_again=1),
            "Unhealthy (incident 1, Level 1, step 3, begun again once)",
        ),
        (
            unhealthy(level=6, repeats=4, begun_again=2, escalation=Exhausted()),
            "Unhealthy (incident 1, Level 2, step 6, begun again 2 times, exhausted)",
        ),
    ],
)
def test_a_state_names_its_step_where_its_level_does_not(service: Unhealthy, text: str) -> None:
    """So it is another one than before, although the Level is the same."""
    assert service_in_words(service) == text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (alert("disk full"), 'the Alert "disk full" for checkout-api'),
        (
            alert("disk full", "disk"),
            'the Alert "disk full" with the dedup key "disk" for checkout-api',
        ),
        (resolve(), "the resolve for checkout-api"),
        (resolve("disk"), 'the resolve of "disk" for checkout-api'),
    ],
)
def test_a_message_says_which_trouble_it_is_about(message: Message, text: str) -> None:
    """Where it has a dedup key."""
    assert message_in_words(message) == text


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["disk"], "Unhealthy (incident 1, Level 1)"),
        ([None, "disk"], "Unhealthy (incident 1, Level 1, 2 open troubles)"),
        ([], "Unhealthy (incident 1, Level 1, more than 500 troubles)"),
    ],
)
def test_a_state_says_how_many_troubles_are_open(keys: list[str | None], text: str) -> None:
    """So one that is resolved can be seen."""
    assert service_in_words(unhealthy(open_keys=keys)) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""),
        (1, "1 later Alert"),
        (MOST_LATER_ALERTS - 1, "99 later Alerts"),
        (MOST_LATER_ALERTS, "100 or more later Alerts"),
    ],
)
def test_later_alerts_are_counted_up_to_a_hundred(count: int, text: str) -> None:
    """No more are noted."""
    assert later_alerts_in_words(LaterAlerts(count=count)) == text


@pytest.mark.parametrize(
    ("number", "text"), [(1, ""), (2, "2 open troubles"), (0, "more than 500 troubles")]
)
def test_a_page_says_how_many_troubles_were_open(number: int, text: str) -> None:
    """Nothing, most times."""
    assert troubles_of_page_in_words(page(ADA, open_troubles=number)) == text


@pytest.mark.parametrize(
    ("effect", "text"),
    [
        (page(ADA, level=2, message="x"), 'ada@example.com: incident 1, Level 2, "x"'),
        (
            page(ADA, level=2, message="x", escalated_by="Grace"),
            'ada@example.com: incident 1, Level 2, sent on by Grace, "x"',
        ),
        (
            page(ADA, level=3, message="x", repeats=1, told_again_by="Grace"),
            'ada@example.com: incident 1, Level 2, told again by Grace, "x"',
        ),
        (
            page(ADA, level=3, message="x", repeats=1, expired_of="Grace"),
            "ada@example.com: incident 1, Level 2, told again: expired acknowledgement of Grace, "
            '"x"',
        ),
        (
            page(ADA, level=3, message="x", repeats=2, begun_again=1),
            'ada@example.com: incident 1, Level 1, told again: nobody has answered, "x"',
        ),
        (
            expiry(level=3, repeats=1),
            "the expiry of the Acknowledgement of incident 1, Level 2: 4 h",
        ),
        (delay(level=3, repeats=1), "the Acknowledgement Delay of incident 1, Level 2: 15 min"),
        (
            delay(level=1, repeats=1),
            "the wait for the end of the maintenance, incident 1: 15 min",
        ),
    ],
)
def test_an_effect_says_why_it_is_so(effect: Effect, text: str) -> None:
    """Because it is the next Level, most times: then it says nothing."""
    assert effect_in_words(effect) == text
    if isinstance(effect, Notification):
        assert why_in_words(effect) in text


def test_the_effects_of_a_step_are_told_in_short() -> None:
    """Whom, and which timers."""
    assert effects_in_words([page(ADA), delay()]) == "ada@example.com, a delay of 15 min"
    assert effects_in_words([expiry()]) == "an expiry after 4 h"


def test_a_policy_says_what_it_does_besides_its_levels() -> None:
    """Nothing, most times."""
    assert rules_in_words(POLICY) == []
    changes = {"repeat": 1, "acknowledgement_expiry": timedelta(hours=4)}
    assert rules_in_words(POLICY.model_copy(update=changes)) == [
        "begins again once",
        "an acknowledgement expires after 4 h",
    ]
