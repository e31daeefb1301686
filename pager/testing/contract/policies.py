"""What the policies of every store must promise."""

from pager.messages import (
    Alert,
    HealthyEvent,
    Notification,
)
from pager.model import (
    FALLBACK,
    EscalationPolicy,
)
from pager.testing.contract.store import (
    ALERT,
    POLICY,
    QUARTER,
    TIMEOUT,
    ContractOfStore,
    StoreUnderTest,
)


class PoliciesContract(ContractOfStore):
    """The promises of `EscalationPolicies`, and what an edit means for an incident that runs."""

    def test_a_policy_comes_back_as_it_was_put(self, store: StoreUnderTest) -> None:
        """Every field of it."""
        store.policies.put(POLICY)
        assert store.policies.of("checkout-api") == POLICY

    def test_a_service_may_have_no_policy(self, store: StoreUnderTest) -> None:
        """The answer is None, and not an error."""
        assert store.policies.of("checkout-api") is None

    def test_an_edit_takes_the_place_of_the_policy(self, store: StoreUnderTest) -> None:
        """A service has one policy."""
        edited = EscalationPolicy(service_id="checkout-api", levels=POLICY.levels[1:])
        store.policies.put(POLICY)
        store.policies.put(edited)
        assert store.policies.of("checkout-api") == edited

    def test_a_removed_policy_is_gone(self, store: StoreUnderTest) -> None:
        """And removing it again does no harm."""
        store.policies.put(POLICY)
        store.policies.remove("checkout-api")
        store.policies.remove("checkout-api")
        assert store.policies.of("checkout-api") is None

    def test_the_fallback_is_the_policy_of_services_that_have_none(
        self, store: StoreUnderTest
    ) -> None:
        """For as long as there is one."""
        fallback = EscalationPolicy(service_id=FALLBACK, levels=POLICY.levels)
        store.policies.put(fallback)
        assert store.policies.of("checkout-api") == fallback
        store.policies.put(POLICY)
        assert store.policies.of("checkout-api") == POLICY
        store.policies.remove("checkout-api")
        assert store.policies.of("checkout-api") == fallback
        store.policies.remove(FALLBACK)
        assert store.policies.of("checkout-api") is None

    def test_a_decision_by_the_fallback_is_saved(self, store: StoreUnderTest) -> None:
        """And its pages say that it was used."""
        store.policies.put(EscalationPolicy(service_id=FALLBACK, levels=POLICY.levels))
        store.save(ALERT)
        pages = [claim.effect for claim in store.claim()]
        assert [page.is_by_fallback for page in pages if isinstance(page, Notification)] == [
            True,
            True,
        ]

    def test_an_edit_gives_the_last_timeout_of_an_exhausted_incident_again(
        self, store: StoreUnderTest
    ) -> None:
        """At once: there may be somebody to notify."""
        one_level = POLICY.model_copy(update={"levels": POLICY.levels[1:]})
        store.policies.put(one_level)
        store.save(ALERT)
        store.save(TIMEOUT)
        assert store.timer.due() == []
        store.policies.put(POLICY)
        assert store.timer.due() == [TIMEOUT]
        store.timer.done(TIMEOUT)
        store.policies.remove("checkout-api")
        assert store.timer.due() == [TIMEOUT]
        store.timer.done(TIMEOUT)

    def test_an_edit_of_the_fallback_lets_services_without_a_policy_go_on(
        self, store: StoreUnderTest
    ) -> None:
        """And no service that has one."""
        levels = POLICY.levels[1:]
        for name in ("checkout-api", "search-api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=levels))
            store.save(Alert(service_id=name, message="down"))
            store.save(TIMEOUT.model_copy(update={"service_id": name}))
        store.policies.remove("checkout-api")
        store.timer.done(TIMEOUT)
        store.policies.put(EscalationPolicy(service_id=FALLBACK, levels=POLICY.levels))
        assert store.timer.due() == [TIMEOUT]

    def test_an_edit_gives_no_timeout_to_other_services(self, store: StoreUnderTest) -> None:
        """Neither to one that escalates, whose delay goes on, nor to one that is closed."""
        store.policies.put(POLICY)
        store.timer.set(TIMEOUT, QUARTER)
        for message in (ALERT, HealthyEvent(service_id="checkout-api")):
            store.save(message)
            store.policies.put(POLICY.model_copy(update={"levels": POLICY.levels[1:]}))
            store.policies.put(POLICY)
            assert store.timer.due() == []
