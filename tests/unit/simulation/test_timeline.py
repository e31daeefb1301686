"""The timeline of a Pager in memory: what happened, in words that a person follows."""

from datetime import timedelta

import pytest

from pager import Acknowledged, Exhausted, Message, MonitoredService, NoEscalationPolicy
from pager.simulation.timeline import lines
from pager.testing import Clock, Crash, Entry, InMemoryPager
from pager.words import message_in_words, service_in_words
from unit.builders import (
    POLICY,
    acknowledgement,
    alert,
    healthy,
    healthy_event,
    timeout,
    unhealthy,
)

MINUTE = timedelta(minutes=1)


def verbs(pager: InMemoryPager) -> list[str]:
    return [entry.verb for entry in pager.timeline.entries]


@pytest.fixture
def pager() -> InMemoryPager:
    """A Pager with an Escalation Policy."""
    pager = InMemoryPager()
    pager.policies.put(POLICY)
    return pager


def test_each_message_is_followed_by_what_it_led_to(pager: InMemoryPager) -> None:
    """A line each, the moment where it is a new one."""
    pager.receive(alert())
    pager.receive(alert())
    pager.advance(15 * MINUTE)
    assert str(pager.timeline).splitlines() == [
        '     0 min  received   the Alert "p99 latency above 3 s" for checkout-api',
        "            decided    checkout-api: Healthy → Unhealthy (incident 1, Level 1)",
        "            saved      that, and to carry out: ada@example.com, +33612345601, "
        "a delay of 15 min",
        '            sent       ada@example.com: incident 1, Level 1, "p99 latency above 3 s"',
        '            sent       +33612345601: incident 1, Level 1, "p99 latency above 3 s"',
        "            set        the Acknowledgement Timeout of incident 1, step 1 for "
        "checkout-api, due in 15 min",
        '            received   the Alert "p99 latency above 3 s" for checkout-api',
        "            decided    checkout-api stays Unhealthy (incident 1, Level 1)",
        "    15 min  received   the Acknowledgement Timeout of incident 1, step 1 for checkout-api",
        "            decided    checkout-api: Unhealthy (incident 1, Level 1) → "
        "Unhealthy (incident 1, Level 2)",
        "            saved      that, and to carry out: edsger@example.com, a delay of 5 min",
        '            sent       edsger@example.com: incident 1, Level 2, "p99 latency above 3 s"',
        "            set        the Acknowledgement Timeout of incident 1, step 2 for "
        "checkout-api, due in 5 min",
    ]


def test_each_new_moment_is_named_once() -> None:
    """Whichever letters it is written with."""
    entries = [Entry(minutes * MINUTE, "sent", "") for minutes in (9, 10, 10, 120)]
    assert [line[:10].strip() for line in lines(entries)] == ["9 min", "10 min", "", "2 h"]


def test_a_moment_on_the_wall_goes_with_the_clock() -> None:
    """From its start on."""
    clock = Clock()
    before = clock.moment
    clock.advance(5 * MINUTE)
    assert before == clock.start
    assert clock.moment - before == 5 * MINUTE


def test_what_is_not_sent_says_why_and_when_again(pager: InMemoryPager) -> None:
    """Also when it is withdrawn in the end."""
    pager.mail.down = True
    pager.receive(alert())
    pager.receive(healthy_event())
    pager.advance(MINUTE)
    about_ada = [entry for entry in pager.timeline.entries if entry.what.startswith("ada@")]
    assert about_ada == [
        Entry(
            timedelta(0),
            "failed",
            'ada@example.com: incident 1, Level 1, "p99 latency above 3 s"; '
            "the gateway is down; again in 1 s",
        ),
        Entry(
            timedelta(seconds=1),
            "withdrawn",
            'ada@example.com: incident 1, Level 1, "p99 latency above 3 s"',
        ),
    ]


def test_a_lost_race_is_told(pager: InMemoryPager) -> None:
    """The loser decides, is outrun, and decides again."""
    pager.services.after_next_load(lambda: pager.commit(alert()))
    pager.commit(alert())
    assert verbs(pager) == [
        "received",
        "received",
        "decided",
        "saved",
        "decided",
        "outrun",
        "decided",
    ]


def test_a_refusal_is_told() -> None:
    """In the words that its sender reads."""
    pager = InMemoryPager()
    with pytest.raises(NoEscalationPolicy) as refusal:
        pager.receive(alert())
    assert pager.timeline.entries[-1] == Entry(timedelta(0), "refused", str(refusal.value))


def test_a_restart_is_told(pager: InMemoryPager) -> None:
    """What was saved is carried out after it."""
    pager.services.crash_at_next_save("after")
    with pytest.raises(Crash):
        pager.receive(alert())
    pager.restart()
    assert verbs(pager) == ["received", "decided", "saved", "restarted", "sent", "sent", "set"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (acknowledgement(by="Ada"), "the Acknowledgement of incident 1 by Ada for checkout-api"),
        (acknowledgement(by=None), "the Acknowledgement of incident 1 for checkout-api"),
        (healthy_event(), "a Healthy event for checkout-api"),
        (healthy_event(2), "a Healthy event of incident 2 for checkout-api"),
        (timeout(), "the Acknowledgement Timeout of incident 1, step 1 for checkout-api"),
    ],
)
def test_a_message_is_called_as_the_features_call_it(message: Message, words: str) -> None:
    """With what it names, and nothing that it does not."""
    assert message_in_words(message) == words


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (healthy(3), "Healthy"),
        (unhealthy(), "Unhealthy (incident 1, Level 1)"),
        (
            unhealthy(escalation=Acknowledged(by="Ada")),
            "Unhealthy (incident 1, Level 1, acknowledged by Ada)",
        ),
        (
            unhealthy(escalation=Acknowledged()),
            "Unhealthy (incident 1, Level 1, acknowledged)",
        ),
        (unhealthy(level=2, escalation=Exhausted()), "Unhealthy (incident 1, Level 2, exhausted)"),
    ],
)
def test_a_state_is_called_as_the_features_call_it(service: MonitoredService, words: str) -> None:
    """With the step that it is in."""
    assert service_in_words(service) == words
