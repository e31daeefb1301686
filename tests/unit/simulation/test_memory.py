"""The in-memory ports: what they add to the promises of `pager.ports`, faults first of all."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from pager import (
    ConcurrentUpdate,
    DeliveryFailed,
    DeliveryRefused,
    DeliveryUnknown,
    Effect,
    decide,
)
from pager.delivery import receive_report
from pager.ports import Claim, DeliveryReport, Outcome, Stored
from pager.simulation.outbox import LEASE
from pager.testing import (
    Clock,
    Crash,
    InMemoryEscalationPolicies,
    InMemoryMail,
    InMemoryMonitoredServices,
    InMemoryOutbox,
    InMemorySms,
    InMemoryTimer,
)
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    POLICY,
    SERVICE,
    alert,
    healthy,
    level,
    page,
    policy,
    timeout,
    unhealthy,
    unreachable,
)

SECOND = timedelta(seconds=1)
ALERTED = decide(healthy(), alert(), policy(level(ADA, EDSGER)))


class Store:
    """The two ports that are one store, and their clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.outbox = InMemoryOutbox(self.clock)
        self.services = InMemoryMonitoredServices(self.outbox)

    def claim_one(self) -> Claim:
        [claim] = self.outbox.claim("email", at_most=1)
        return claim


def tries(claims: Sequence[Claim]) -> list[tuple[Effect, int]]:
    """What was claimed, and for which time."""
    return [(claim.effect, claim.attempt) for claim in claims]


@pytest.fixture
def store() -> Store:
    """An empty store."""
    return Store()


@pytest.fixture
def alerted(store: Store) -> Store:
    """A store in which an Alert has been decided: Ada and Edsger are to be notified."""
    store.services.save(ALERTED, 0)
    return store


# --- Clock and policies --------------------------------------------------------------------


def test_only_the_test_moves_the_clock() -> None:
    """From zero, and by as much as it says."""
    clock = Clock()
    assert clock.now == timedelta(0)
    clock.advance(SECOND)
    clock.advance(SECOND)
    assert clock.now == timedelta(seconds=2)


def test_a_policy_is_put_replaced_and_removed() -> None:
    """Removing what is not there changes nothing."""
    policies = InMemoryEscalationPolicies()
    policies.remove(SERVICE)
    assert policies.of(SERVICE) is None
    policies.put(policy(level(ADA)))
    policies.put(POLICY)
    assert policies.of(SERVICE) == POLICY
    assert policies.of("search-api") is None
    policies.remove(SERVICE)
    assert policies.of(SERVICE) is None


# --- Monitored Services --------------------------------------------------------------------


def test_every_decision_that_was_saved_can_be_seen(store: Store) -> None:
    """In order; of one that was refused nothing is kept."""
    store.services.save(ALERTED, 0)
    escalated = decide(unhealthy(), timeout(), POLICY)
    store.services.save(escalated, 1)
    with pytest.raises(ConcurrentUpdate):
        store.services.save(escalated, 1)
    assert store.services.decisions == [ALERTED, escalated]
    assert store.services.load(SERVICE) == Stored(escalated.after, 2)
    assert [effect for effect, _ in store.outbox.outcomes] == [
        *ALERTED.effects,
        *escalated.effects,
    ]


@pytest.mark.parametrize("version", [-1, 1])
def test_a_new_service_is_at_version_0(store: Store, version: int) -> None:
    """And at no other."""
    with pytest.raises(ConcurrentUpdate) as refused:
        store.services.save(ALERTED, version)
    assert (refused.value.service_id, refused.value.version) == (SERVICE, version)
    assert store.services.load(SERVICE) == Stored(healthy(), 0)
    assert (store.services.decisions, store.outbox.outcomes) == ([], [])


def test_something_can_be_made_to_happen_between_a_load_and_its_save(store: Store) -> None:
    """Once, and after the snapshot was taken."""
    store.services.after_next_load(lambda: store.services.save(ALERTED, 0))
    assert store.services.load(SERVICE) == Stored(healthy(), 0)
    assert store.services.load(SERVICE) == Stored(unhealthy(notified=(ADA, EDSGER)), 1)
    assert len(store.services.decisions) == 1


def test_a_crash_before_a_save_stores_nothing(store: Store) -> None:
    """And happens once."""
    store.services.crash_at_next_save("before")
    with pytest.raises(Crash):
        store.services.save(ALERTED, 0)
    assert store.services.load(SERVICE) == Stored(healthy(), 0)
    assert (store.services.decisions, store.outbox.outcomes) == ([], [])
    store.services.save(ALERTED, 0)
    assert store.services.load(SERVICE) == Stored(unhealthy(notified=(ADA, EDSGER)), 1)


def test_a_crash_after_a_save_loses_nothing(store: Store) -> None:
    """And happens once."""
    store.services.crash_at_next_save("after")
    with pytest.raises(Crash):
        store.services.save(ALERTED, 0)
    assert store.services.load(SERVICE) == Stored(unhealthy(notified=(ADA, EDSGER)), 1)
    assert len(store.outbox.outcomes) == 3
    store.services.save(decide(unhealthy(), timeout(), POLICY), 1)
    assert store.services.load(SERVICE).version == 2


def test_a_crash_is_no_exception_that_somebody_might_handle() -> None:
    """Only the test catches it."""
    assert not issubclass(Crash, Exception)


# --- Outbox --------------------------------------------------------------------------------


def test_an_effect_is_claimed_by_one_at_a_time(alerted: Store) -> None:
    """Until its lease is over, to the moment."""
    assert tries(alerted.outbox.claim("email", at_most=8)) == [(page(ADA), 1), (page(EDSGER), 1)]
    alerted.clock.advance(LEASE.duration - SECOND)
    assert alerted.outbox.claim("email", at_most=8) == []
    alerted.clock.advance(SECOND)
    assert tries(alerted.outbox.claim("email", at_most=8)) == [(page(ADA), 2), (page(EDSGER), 2)]


def test_a_claim_holds_while_half_of_its_lease_is_left(alerted: Store) -> None:
    """That is long enough to carry an effect out."""
    claim = alerted.claim_one()
    alerted.clock.advance(LEASE.duration / 2)
    assert alerted.outbox.holds(claim)
    alerted.clock.advance(SECOND)
    assert not alerted.outbox.holds(claim)


def test_a_claim_holds_no_longer_once_somebody_else_has_it(alerted: Store) -> None:
    """Though that one's lease has just begun."""
    late = alerted.claim_one()
    alerted.outbox.recover()
    alerted.claim_one()
    assert not alerted.outbox.holds(late)


@pytest.mark.parametrize(
    "end",
    [
        lambda outbox, claim: outbox.release(claim),
        lambda outbox, claim: outbox.settle(claim, Outcome("sent")),
    ],
    ids=["released", "settled"],
)
def test_a_claim_that_is_over_is_not_held(
    alerted: Store, end: Callable[[InMemoryOutbox, Claim], None]
) -> None:
    """A relay that asks then must not send."""
    claim = alerted.claim_one()
    end(alerted.outbox, claim)
    assert not alerted.outbox.holds(claim)


def test_a_released_effect_is_due_at_once_and_keeps_its_place(alerted: Store) -> None:
    """As if it had never been claimed."""
    claim = alerted.claim_one()
    alerted.outbox.release(claim)
    assert tries([alerted.claim_one()]) == [(page(ADA), 1)]


def test_what_is_to_be_tried_again_is_due_again_after_its_delay(alerted: Store) -> None:
    """Behind what has been due for longer."""
    ada = alerted.claim_one()
    alerted.outbox.settle(ada, Outcome("failed", "busy", SECOND))
    alerted.clock.advance(SECOND)
    assert tries(alerted.outbox.claim("email", at_most=8)) == [(page(EDSGER), 1), (page(ADA), 2)]


def test_a_late_relay_takes_nothing_from_the_holder_of_the_effect(alerted: Store) -> None:
    """Neither a failure nor a release of an older claim counts."""
    late, _ = alerted.outbox.claim("email", at_most=8)
    alerted.clock.advance(LEASE.duration)
    holder, _ = alerted.outbox.claim("email", at_most=8)
    alerted.outbox.settle(late, Outcome("failed", "timed out", SECOND))
    alerted.outbox.release(late)
    assert alerted.outbox.holds(holder)
    assert alerted.outbox.outcomes[0] == (page(ADA), None)


def test_what_a_late_relay_has_sent_was_sent(alerted: Store) -> None:
    """The relay that holds it by now need not send it again."""
    late, _ = alerted.outbox.claim("email", at_most=8)
    alerted.clock.advance(LEASE.duration)
    holder, _ = alerted.outbox.claim("email", at_most=8)
    alerted.outbox.settle(late, Outcome("sent", "a receipt"))
    assert not alerted.outbox.holds(holder)
    assert alerted.outbox.outcomes[0] == (page(ADA), Outcome("sent", "a receipt"))


@pytest.mark.parametrize(
    "end",
    [
        lambda outbox, holder: outbox.release(holder),
        lambda outbox, holder: outbox.settle(holder, Outcome("failed", "timed out", SECOND)),
        lambda outbox, holder: outbox.settle(holder, Outcome("withdrawn")),
    ],
    ids=["given back", "failed", "withdrawn"],
)
def test_what_was_sent_stays_sent_whatever_becomes_of_the_claim_after_it(
    alerted: Store, end: Callable[[InMemoryOutbox, Claim], None]
) -> None:
    """One of the two was accepted, so there is nothing to try again."""
    late, _ = alerted.outbox.claim("email", at_most=8)
    alerted.clock.advance(LEASE.duration)
    holder, _ = alerted.outbox.claim("email", at_most=8)
    alerted.outbox.settle(late, Outcome("sent", "a receipt"))
    end(alerted.outbox, holder)
    alerted.clock.advance(LEASE.duration)
    assert alerted.outbox.outcomes[0] == (page(ADA), Outcome("sent", "a receipt"))
    assert alerted.claim_one().effect == page(EDSGER)


def test_after_every_relay_has_died_all_they_held_is_due(alerted: Store) -> None:
    """Without waiting for their leases."""
    alerted.outbox.claim("email", at_most=8)
    alerted.outbox.recover()
    assert tries(alerted.outbox.claim("email", at_most=8)) == [(page(ADA), 2), (page(EDSGER), 2)]


def test_the_outbox_knows_when_it_has_something_to_do(alerted: Store) -> None:
    """Now, after a lease, after a retry's delay, or never."""
    for claim in alerted.outbox.claim("timer", at_most=8):
        alerted.outbox.settle(claim, Outcome("sent"))
    assert alerted.outbox.next_due == timedelta(0)
    alerted.clock.advance(SECOND)
    ada, edsger = alerted.outbox.claim("email", at_most=8)
    assert alerted.outbox.next_due == SECOND + LEASE.duration
    alerted.outbox.settle(ada, Outcome("failed", "busy", 5 * SECOND))
    assert alerted.outbox.next_due == 6 * SECOND
    alerted.outbox.settle(ada, Outcome("refused"))
    assert alerted.outbox.next_due == SECOND + LEASE.duration
    alerted.outbox.settle(edsger, Outcome("sent"))
    assert alerted.outbox.next_due is None


# --- Mail and SMS --------------------------------------------------------------------------


def test_mail_and_sms_accept_everything_unless_told_otherwise() -> None:
    """In order, with the idempotency key as the receipt."""
    mail, sms = InMemoryMail(), InMemorySms()
    assert mail.send(ADA, page(ADA)) == page(ADA).idempotency_key
    assert mail.send(EDSGER, page(EDSGER)) == page(EDSGER).idempotency_key
    assert sms.send(GRACE, page(GRACE)) == page(GRACE).idempotency_key
    assert (mail.accepted, sms.accepted) == ([page(ADA), page(EDSGER)], [page(GRACE)])


def test_mail_that_is_down_accepts_nothing_until_it_is_up_again() -> None:
    """The sender is told to try again."""
    mail = InMemoryMail(down=True)
    with pytest.raises(DeliveryFailed, match="the gateway is down"):
        mail.send(ADA, page(ADA))
    assert mail.accepted == []
    mail.down = False
    mail.send(ADA, page(ADA))
    assert mail.accepted == [page(ADA)]


def test_a_target_that_is_refused_does_not_hinder_the_others() -> None:
    """The sender is told not to try again."""
    mail = InMemoryMail(refused={ADA.key})
    with pytest.raises(DeliveryRefused, match=r"there is no ada@example\.com"):
        mail.send(ADA, page(ADA))
    mail.send(EDSGER, page(EDSGER))
    assert mail.accepted == [page(EDSGER)]


def test_mail_that_loses_its_answers_has_accepted_the_page() -> None:
    """The sender cannot know."""
    mail = InMemoryMail(loses_answers=True)
    with pytest.raises(DeliveryUnknown, match="no answer"):
        mail.send(ADA, page(ADA))
    assert mail.accepted == [page(ADA)]


def test_a_crash_after_a_send_has_accepted_the_page() -> None:
    """And happens once."""
    mail = InMemoryMail(crash_after_next_send=True)
    with pytest.raises(Crash):
        mail.send(ADA, page(ADA))
    mail.send(ADA, page(ADA))
    assert mail.accepted == [page(ADA), page(ADA)]


# --- Timer ---------------------------------------------------------------------------------


def test_a_timeout_is_due_from_the_end_of_its_delay_until_it_is_done() -> None:
    """To the moment."""
    clock = Clock()
    timer = InMemoryTimer(clock)
    clock.advance(SECOND)
    timer.set(timeout(), 2 * SECOND)
    assert timer.next_due == 3 * SECOND
    clock.advance(SECOND)
    assert timer.due() == []
    clock.advance(SECOND)
    assert timer.due() == [timeout()]
    timer.done(timeout())
    assert timer.due() == []
    assert timer.next_due is None


def test_timeouts_are_due_in_the_order_of_their_moments() -> None:
    """Not in the order in which they were set."""
    clock = Clock()
    timer = InMemoryTimer(clock)
    timer.set(timeout(1), 2 * SECOND)
    timer.set(timeout(2), SECOND)
    assert timer.next_due == SECOND
    clock.advance(2 * SECOND)
    assert timer.due() == [timeout(2), timeout(1)]


def test_setting_a_timeout_again_does_not_put_it_off() -> None:
    """Every call can be seen, though."""
    clock = Clock()
    timer = InMemoryTimer(clock)
    timer.set(timeout(), 2 * SECOND)
    clock.advance(SECOND)
    timer.set(timeout(), 2 * SECOND)
    assert timer.next_due == 2 * SECOND
    assert timer.delays == [(timeout(), 2 * SECOND), (timeout(), 2 * SECOND)]


def test_a_report_on_a_page_that_is_not_there_changes_nothing() -> None:
    """Nobody knows what it is about."""
    store = Store()
    report = DeliveryReport("SM1", "undelivered")
    receive_report(store.outbox, store.services, page(GRACE).idempotency_key, report)
    store.outbox.record(page(GRACE).idempotency_key, report, is_wanted=True)
    assert store.outbox.outcomes == []


def test_a_report_that_comes_before_the_receipt_counts_once_that_is_there() -> None:
    """The provider may be faster than its own answer."""
    store = Store()
    store.services.save(decide(healthy(), alert(), policy(level(GRACE))), 0)
    [claim] = store.outbox.claim("sms", at_most=1)
    report = DeliveryReport("SM1", "undelivered", "switched off")
    receive_report(store.outbox, store.services, page(GRACE).idempotency_key, report)
    store.outbox.settle(claim, Outcome("sent", "SM1"))
    [(_, outcome), _] = store.outbox.outcomes
    assert outcome == Outcome("failed", "switched off", 30 * SECOND)


def test_each_copy_of_an_sms_has_a_receipt_of_its_own() -> None:
    """As at Twilio; a second e-mail has the Message-ID of the first."""
    sms, mail = InMemorySms(), InMemoryMail()
    key = page(GRACE).idempotency_key
    assert [sms.send(GRACE, page(GRACE)) for _ in range(2)] == [key, f"{key} (copy 2)"]
    assert len({mail.send(ADA, page(ADA)) for _ in range(2)}) == 1


def test_a_timer_tells_what_the_pager_has_not_received_yet() -> None:
    """Of each step one message: Unreachable takes the place of the timeout."""
    clock = Clock()
    timer = InMemoryTimer(clock)
    timer.set(timeout(), SECOND)
    timer.set(timeout(level=2), SECOND)
    timer.give_at_once(unreachable())
    assert timer.running == [unreachable(), timeout(level=2)]
    assert timer.due() == [unreachable()]
    timer.done(unreachable())
    assert timer.running == [timeout(level=2)]
