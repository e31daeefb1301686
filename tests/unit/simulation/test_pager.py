"""A whole Pager in memory, as users' own tests see it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pager import Acknowledged, Exhausted, NoEscalationPolicy
from pager.testing import Crash, InMemoryPager
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    POLICY,
    SERVICE,
    acknowledgement,
    alert,
    healthy,
    healthy_event,
    page,
    timeout,
    unhealthy,
)

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def pager() -> InMemoryPager:
    """A Pager with an Escalation Policy."""
    pager = InMemoryPager()
    pager.policies.put(POLICY)
    return pager


def test_what_a_message_leads_to_has_happened_when_receive_returns(pager: InMemoryPager) -> None:
    """Pages are accepted, the timer is set, and the decision is the answer."""
    decision = pager.receive(alert())
    assert decision.after == pager.services.load(SERVICE).service == unhealthy()
    assert (pager.mail.accepted, pager.sms.accepted) == ([page(ADA)], [page(GRACE)])
    assert pager.timer.delays == [(timeout(), 15 * MINUTE)]


def test_what_the_service_refuses_is_the_tests_to_see(pager: InMemoryPager) -> None:
    """As it would be its callers'."""
    pager.policies.remove(SERVICE)
    with pytest.raises(NoEscalationPolicy):
        pager.receive(alert())


def test_time_passes_only_when_the_test_says_so(pager: InMemoryPager) -> None:
    """Whatever is received meanwhile."""
    pager.receive(alert())
    pager.receive(healthy_event())
    assert pager.clock.now == timedelta(0)
    pager.advance(7 * MINUTE)
    assert pager.clock.now == 7 * MINUTE


def test_time_does_not_go_back(pager: InMemoryPager) -> None:
    """Nothing has happened."""
    with pytest.raises(ValueError, match="forwards"):
        pager.advance(-SECOND)
    assert pager.clock.now == timedelta(0)


def test_silence_escalates_at_the_end_of_the_delay_and_not_before(pager: InMemoryPager) -> None:
    """To the moment."""
    pager.receive(alert())
    pager.advance(15 * MINUTE - SECOND)
    assert pager.mail.accepted == [page(ADA)]
    pager.advance(SECOND)
    assert pager.mail.accepted == [page(ADA), page(EDSGER, level=2)]


def test_each_timeout_comes_at_its_own_moment(pager: InMemoryPager) -> None:
    """In an hour that passes at once, one Level's delay begins where the other's ended."""
    pager.receive(alert())
    pager.advance(60 * MINUTE)
    assert pager.timer.delays == [(timeout(), 15 * MINUTE), (timeout(level=2), 5 * MINUTE)]
    assert pager.services.load(SERVICE).service == unhealthy(level=2, escalation=Exhausted())
    later = [decision.message for decision in pager.services.decisions[1:]]
    assert later == [timeout(), timeout(level=2)]
    assert pager.clock.now == 60 * MINUTE


def test_an_acknowledgement_leaves_the_timeout_nothing_to_do(pager: InMemoryPager) -> None:
    """It still comes, once."""
    pager.receive(alert())
    pager.receive(acknowledgement(by="Ada"))
    pager.advance(60 * MINUTE)
    assert pager.services.load(SERVICE).service == unhealthy(escalation=Acknowledged(by="Ada"))
    assert pager.mail.accepted == [page(ADA)]
    assert pager.timer.next_due is None


def test_each_retry_comes_at_its_own_moment(pager: InMemoryPager) -> None:
    """After 1, 2 and 4 seconds, so a server that is back after 5 has the page after 7."""
    pager.mail.down = True
    pager.receive(alert())
    pager.advance(5 * SECOND)
    pager.mail.down = False
    pager.advance(SECOND)
    assert pager.mail.accepted == []
    pager.advance(SECOND)
    assert pager.mail.accepted == [page(ADA)]


def test_a_claim_whose_relay_crashed_comes_back_after_its_lease(pager: InMemoryPager) -> None:
    """Another relay would take it then, so time alone is enough."""
    pager.mail.crash_after_next_send = True
    with pytest.raises(Crash):
        pager.receive(alert())
    pager.advance(MINUTE - SECOND)
    assert pager.mail.accepted == [page(ADA)]
    pager.advance(SECOND)
    assert pager.mail.accepted == [page(ADA), page(ADA)]


def test_a_restart_carries_out_what_a_crash_left(pager: InMemoryPager) -> None:
    """At once, and each effect as often as it was not settled."""
    pager.services.crash_at_next_save("after")
    with pytest.raises(Crash):
        pager.receive(alert())
    assert pager.mail.accepted == []
    pager.restart()
    assert (pager.mail.accepted, pager.sms.accepted) == ([page(ADA)], [page(GRACE)])
    assert pager.timer.delays == [(timeout(), 15 * MINUTE)]
    pager.restart()
    assert pager.mail.accepted == [page(ADA)]


def test_a_restart_does_not_wait_for_leases(pager: InMemoryPager) -> None:
    """The relay that held them is dead."""
    pager.mail.crash_after_next_send = True
    with pytest.raises(Crash):
        pager.receive(alert())
    pager.restart()
    assert pager.clock.now == timedelta(0)
    assert pager.mail.accepted == [page(ADA), page(ADA)]


def test_a_timeout_that_met_a_crash_comes_again(pager: InMemoryPager) -> None:
    """It stays due until it was received."""
    pager.receive(alert())
    pager.services.crash_at_next_save("before")
    with pytest.raises(Crash):
        pager.advance(15 * MINUTE)
    pager.restart()
    assert pager.mail.accepted == [page(ADA)]
    pager.advance(timedelta(0))
    assert pager.mail.accepted == [page(ADA), page(EDSGER, level=2)]


def test_a_crash_before_the_decision_was_stored_leaves_the_service_healthy(
    pager: InMemoryPager,
) -> None:
    """The sender of the Alert got no answer, and sends it again."""
    pager.services.crash_at_next_save("before")
    with pytest.raises(Crash):
        pager.receive(alert())
    pager.restart()
    assert pager.services.load(SERVICE).service == healthy()
    pager.receive(alert())
    assert pager.mail.accepted == [page(ADA)]


def test_a_pager_begins_at_a_moment_before_time_passes(pager: InMemoryPager) -> None:
    """What is due is counted from there; later it can no longer begin."""
    sunday = datetime(2027, 3, 28, 3, tzinfo=ZoneInfo("Europe/Paris"))
    pager.begin_at(sunday)
    pager.advance(MINUTE)
    assert pager.clock.moment == sunday + MINUTE
    with pytest.raises(ValueError, match="time has passed"):
        pager.begin_at(sunday)
