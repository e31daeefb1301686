"""What the outbox of every store must promise: exclusive claims that come back."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from pager.messages import (
    Alert,
    HealthyEvent,
    Notification,
)
from pager.model import (
    EscalationPolicy,
)
from pager.ports import (
    Outcome,
    Status,
)
from pager.testing.contract.store import (
    ALERT,
    LONGER_THAN_ANY_LEASE,
    POLICY,
    THREADS,
    TIMEOUT,
    ContractOfStore,
    StoreUnderTest,
    at_once,
    store_effects,
)


class OutboxContract(ContractOfStore):
    """The promises of `Outbox`."""

    def test_the_effects_of_a_decision_are_in_the_outbox(self, store: StoreUnderTest) -> None:
        """Each once, by its channel, in the order of the Level's Targets."""
        store.policies.put(POLICY)
        store.save(ALERT)
        claimed = [
            claim.effect for channel in ("email", "sms", "timer") for claim in store.claim(channel)
        ]
        assert claimed == list(store_effects())

    def test_a_long_text_is_claimed_whole(self, store: StoreUnderTest) -> None:
        """However the store keeps it: each Target reads all of it."""
        store.policies.put(POLICY)
        text = "All orders fail. " * 500
        store.save(ALERT.model_copy(update={"message": text}))
        pages = [claim.effect for claim in (*store.claim("email"), *store.claim("sms"))]
        assert len(pages) == len(POLICY.levels[0].targets)
        assert {page.message for page in pages if isinstance(page, Notification)} == {text}

    def test_a_decision_without_effects_leaves_the_outbox_alone(
        self, store: StoreUnderTest
    ) -> None:
        """A Healthy event sends nothing."""
        store.policies.put(POLICY)
        store.save(ALERT)
        before = len(store.claim())
        store.save(HealthyEvent(service_id="checkout-api"))
        store.advance(LONGER_THAN_ANY_LEASE)
        assert len(store.claim()) == before

    def test_no_more_is_claimed_than_was_asked_for(self, store: StoreUnderTest) -> None:
        """The rest is for the next relay."""
        store.policies.put(POLICY)
        store.save(ALERT)
        assert [len(store.claim(at_most=1)) for _ in range(3)] == [1, 1, 0]

    def test_what_has_been_due_longest_is_claimed_first(self, store: StoreUnderTest) -> None:
        """A retry waits behind what was due before it."""
        for name in ("checkout-api", "search-api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=POLICY.levels[1:]))
        store.save(ALERT)
        [first] = store.claim()
        store.outbox.settle(first, Outcome("failed", "no", timedelta(seconds=10)))
        store.advance(timedelta(seconds=1))
        store.save(Alert(service_id="search-api", message="index is stale"))
        store.advance(timedelta(minutes=1))
        assert [claim.effect.service_id for claim in store.claim(at_most=1)] == ["search-api"]

    def test_of_many_relays_each_effect_is_held_by_one(self, store: StoreUnderTest) -> None:
        """By threads that start together."""
        store.policies.put(POLICY)
        store.save(ALERT)
        held = at_once([lambda: store.outbox.claim("email", 1)] * THREADS)
        ids = [claim.id for claims in held if isinstance(claims, Sequence) for claim in claims]
        assert len(ids) == len(set(ids)) == len(POLICY.levels[0].targets) - 1

    def test_the_claim_of_a_relay_that_died_comes_back(self, store: StoreUnderTest) -> None:
        """After its lease, as a new attempt; and the dead one's no longer holds."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [dead] = store.claim("sms")
        assert store.claim("sms") == []
        store.advance(LONGER_THAN_ANY_LEASE)
        assert not store.outbox.holds(dead)
        [alive] = store.claim("sms")
        assert (alive.effect, alive.attempt) == (dead.effect, dead.attempt + 1)
        assert not store.outbox.holds(dead)

    def test_a_claim_says_when_it_was_made(self, store: StoreUnderTest) -> None:
        """In UTC, by the clock that the outbox itself goes by."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [first] = store.claim("sms")
        store.advance(LONGER_THAN_ANY_LEASE)
        [second] = store.claim("sms")
        assert first.at.utcoffset() == timedelta(0)
        assert second.at - first.at == LONGER_THAN_ANY_LEASE

    @pytest.mark.parametrize("status", ["sent", "withdrawn", "refused"])
    def test_what_is_settled_for_good_never_comes_back(
        self, store: StoreUnderTest, status: Status
    ) -> None:
        """Sent, withdrawn or refused."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [claim] = store.claim("sms")
        store.outbox.settle(claim, Outcome(status, "a receipt"))
        store.advance(LONGER_THAN_ANY_LEASE)
        assert store.claim("sms") == []

    @pytest.mark.parametrize("status", ["failed", "unknown"])
    @pytest.mark.parametrize("retry_after", [timedelta(minutes=4), timedelta(hours=9)])
    def test_what_is_to_be_tried_again_comes_back_then(
        self, store: StoreUnderTest, status: Status, retry_after: timedelta
    ) -> None:
        """Not before `retry_after`, and within minutes of it, however long that was."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [claim] = store.claim("sms")
        store.outbox.settle(claim, Outcome(status, "no answer", retry_after))
        store.advance(retry_after - timedelta(seconds=1))
        assert store.claim("sms") == []
        store.advance(min(retry_after, timedelta(minutes=5)))
        [again] = store.claim("sms")
        assert (again.effect, again.attempt) == (claim.effect, 2)

    def test_a_released_claim_is_due_at_once(self, store: StoreUnderTest) -> None:
        """A relay that stops gives back what it did not attempt; that is no attempt."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [claim] = store.claim("sms")
        store.outbox.release(claim)
        assert not store.outbox.holds(claim)
        [again] = store.claim("sms")
        assert (again.effect, again.attempt) == (claim.effect, 1)

    def test_the_first_target_of_each_step_goes_before_the_second_of_any(
        self, store: StoreUnderTest
    ) -> None:
        """So a service with many Targets does not hold up another's only one."""
        for name in ("checkout-api", "search-api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=POLICY.levels))
        store.save(ALERT)
        [first] = store.claim(at_most=1)
        store.advance(timedelta(seconds=1))
        store.save(Alert(service_id="search-api", message="index is stale"))
        [second] = store.claim(at_most=1)
        [third, fourth] = store.claim()
        turns = [claim.effect.service_id for claim in (first, second, third, fourth)]
        assert turns == ["checkout-api", "search-api", "checkout-api", "search-api"]

    def test_what_was_not_attempted_goes_before_what_was(self, store: StoreUnderTest) -> None:
        """And what was attempted less often before what was attempted more often."""
        store.policies.put(POLICY)
        store.save(ALERT)
        again = Outcome("failed", "no", timedelta(seconds=1))
        [ada] = store.claim(at_most=1)
        store.outbox.settle(ada, again)
        store.advance(timedelta(seconds=2))
        assert [claim.attempt for claim in store.claim(at_most=1)] == [1]
        [ada] = store.claim()
        store.outbox.settle(ada, again)
        store.advance(timedelta(seconds=2))
        store.save(TIMEOUT)
        assert [claim.attempt for claim in store.claim()] == [1, 3]

    def test_a_late_relay_does_not_take_the_claim_from_its_holder(
        self, store: StoreUnderTest
    ) -> None:
        """Neither by a release nor by a failure. Only "sent" counts, whoever reports it."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [late] = store.claim("sms")
        store.advance(LONGER_THAN_ANY_LEASE)
        [holder] = store.claim("sms")
        store.outbox.release(late)
        store.outbox.settle(late, Outcome("failed", "too late", timedelta(seconds=1)))
        store.advance(timedelta(seconds=2))
        assert store.outbox.holds(holder)
        assert store.claim("sms") == []
        store.outbox.settle(late, Outcome("sent", "a receipt"))
        store.advance(LONGER_THAN_ANY_LEASE)
        assert store.claim("sms") == []

    @pytest.mark.parametrize(
        "outcome",
        [
            None,
            Outcome("failed", "too late", timedelta(seconds=1)),
            Outcome("unknown", "no answer", timedelta(seconds=1)),
        ],
        ids=["released", "failed", "unknown"],
    )
    def test_what_was_sent_stays_sent(self, store: StoreUnderTest, outcome: Outcome | None) -> None:
        """Also when a late relay sent it: its holder must not try it again."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [late] = store.claim("sms")
        store.advance(LONGER_THAN_ANY_LEASE)
        [holder] = store.claim("sms")
        store.outbox.settle(late, Outcome("sent", "a receipt"))
        assert not store.outbox.holds(holder)
        if outcome is None:
            store.outbox.release(holder)
        else:
            store.outbox.settle(holder, outcome)
        store.advance(LONGER_THAN_ANY_LEASE)
        assert store.claim("sms") == []
