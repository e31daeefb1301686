"""What every store must promise of a step that reached nobody."""

from datetime import timedelta

import pytest

from pager.messages import (
    Alert,
    HealthyEvent,
)
from pager.model import (
    EmailTarget,
    EscalationPolicy,
    Level,
)
from pager.ports import (
    Outcome,
)
from pager.testing.contract.store import (
    ALERT,
    LONGER_THAN_ANY_LEASE,
    POLICY,
    QUARTER,
    REFUSED,
    THREADS,
    TIMEOUT,
    UNREACHABLE,
    ContractOfStore,
    StoreUnderTest,
    at_once,
)


class UnreachableContract(ContractOfStore):
    """The promises of `Outbox.settle` and the timer for a step whose pages are all given up."""

    def test_a_step_is_unreachable_once_its_last_page_is_refused(
        self, store: StoreUnderTest
    ) -> None:
        """Not a page earlier; it is due at once, until it is done, and outlives the process."""
        store.policies.put(POLICY)
        store.save(ALERT)
        *others, last = store.claim_pages()
        for claim in others:
            store.outbox.settle(claim, REFUSED)
        assert store.timer.due() == []
        store.outbox.settle(last, REFUSED)
        assert store.timer.due() == [UNREACHABLE]
        store = store.reopen()
        assert store.timer.due() == [UNREACHABLE]
        store.timer.done(UNREACHABLE)
        assert store.timer.due() == []

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_an_unreachable_step_takes_the_place_of_its_timeout(
        self, store: StoreUnderTest, when: str
    ) -> None:
        """Whether the delay was set before the last refusal or comes after it."""
        store.policies.put(POLICY)
        store.save(ALERT)
        if when == "before":
            store.timer.set(TIMEOUT, QUARTER)
        for claim in store.claim_pages():
            store.outbox.settle(claim, REFUSED)
        if when == "after":
            store.timer.set(TIMEOUT, QUARTER)
        store.advance(QUARTER)
        assert store.timer.due() == [UNREACHABLE]

    @pytest.mark.parametrize(
        "outcome",
        [
            None,
            Outcome("sent", "a receipt"),
            Outcome("withdrawn"),
            Outcome("failed", "busy", timedelta(seconds=1)),
            Outcome("unknown", "no answer", timedelta(seconds=1)),
        ],
        ids=["not attempted", "sent", "withdrawn", "failed", "unknown"],
    )
    def test_a_step_is_not_unreachable_while_a_page_is_not_refused(
        self, store: StoreUnderTest, outcome: Outcome | None
    ) -> None:
        """Somebody was reached, or still may be; a delay is no page."""
        store.policies.put(POLICY)
        store.save(ALERT)
        first, *others = store.claim_pages()
        if outcome is not None:
            store.outbox.settle(first, outcome)
        for claim in others:
            store.outbox.settle(claim, REFUSED)
        assert store.timer.due() == []

    def test_a_late_refusal_makes_no_step_unreachable(self, store: StoreUnderTest) -> None:
        """Another relay holds the page by now, and may reach its Target."""
        store.policies.put(POLICY)
        store.save(ALERT)
        for claim in store.claim("email"):
            store.outbox.settle(claim, REFUSED)
        [late] = store.claim("sms")
        store.advance(LONGER_THAN_ANY_LEASE)
        [holder] = store.claim("sms")
        store.outbox.settle(late, REFUSED)
        assert store.timer.due() == []
        store.outbox.settle(holder, REFUSED)
        assert store.timer.due() == [UNREACHABLE]

    def test_refusals_at_the_same_moment_make_the_step_unreachable(
        self, store: StoreUnderTest
    ) -> None:
        """By threads that start together; and each step by itself."""
        level = Level(
            targets=tuple(EmailTarget(address=f"{n}@example.com") for n in range(THREADS))
        )
        for name in ("checkout-api", "checkout_api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=(level,)))
            store.save(Alert(service_id=name, message="down"))
        store.save(HealthyEvent(service_id="checkout-api"))
        store.save(ALERT)
        of_this_step = [
            claim
            for claim in store.claim_pages()
            if (claim.effect.service_id, claim.effect.incident) == ("checkout-api", 2)
        ]
        assert len(of_this_step) == THREADS
        at_once([lambda c=claim: store.outbox.settle(c, REFUSED) for claim in of_this_step])  # type: ignore[misc]  # mypy can't infer a default
        assert store.timer.due() == [UNREACHABLE.model_copy(update={"incident": 2})]
