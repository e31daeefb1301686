"""What the services of every store must promise: conditional, atomic, durable."""

import pytest

from pager.errors import ConcurrentUpdate
from pager.messages import Alert, HealthyEvent, Resolve
from pager.model import EscalationPolicy, Healthy, Unhealthy
from pager.ports import Stored
from pager.testing.contract.store import (
    ALERT,
    LONGER_THAN_ANY_LEASE,
    POLICY,
    QUARTER,
    THREADS,
    TIMEOUT,
    ContractOfStore,
    StoreUnderTest,
    at_once,
    store_effects,
)


class ServicesContract(ContractOfStore):
    """The promises of `MonitoredServices`."""

    def test_a_service_that_was_never_seen_is_healthy(self, store: StoreUnderTest) -> None:
        """At version 0, with no incident yet."""
        assert store.services.load("checkout-api") == Stored(Healthy(service_id="checkout-api"), 0)

    def test_a_saved_service_comes_back_as_it_was(self, store: StoreUnderTest) -> None:
        """State and version, line breaks and snowmen included."""
        store.policies.put(POLICY)
        decision, version = store.decide(ALERT)
        store.services.save(decision, version)
        assert store.services.load("checkout-api") == Stored(decision.after, 1)

    def test_open_troubles_come_back_as_they_were(self, store: StoreUnderTest) -> None:
        """In their order: those with a dedup key, in any script, and the one without."""
        store.policies.put(POLICY)
        for key in ("disk", None, "Größe ☃ 100 %", "x" * 255):
            store.save(ALERT.model_copy(update={"dedup_key": key}))
        service = store.services.load("checkout-api").service
        assert isinstance(service, Unhealthy)
        assert service.open_keys == ("disk", None, "Größe ☃ 100 %", "x" * 255)
        store.save(Resolve(service_id="checkout-api", dedup_key=None))
        service = store.services.load("checkout-api").service
        assert isinstance(service, Unhealthy)
        assert service.open_keys == ("disk", "Größe ☃ 100 %", "x" * 255)

    def test_a_save_on_an_old_version_is_refused(self, store: StoreUnderTest) -> None:
        """Of two decisions made on one version, the second is refused and changes nothing."""
        store.policies.put(POLICY)
        first, second = store.decide(ALERT), store.decide(ALERT)
        store.services.save(*first)
        effects = len(store.claim())
        with pytest.raises(ConcurrentUpdate, match="'checkout-api'"):
            store.services.save(*second)
        assert store.services.load("checkout-api").version == 1
        store.advance(LONGER_THAN_ANY_LEASE)
        assert len(store.claim()) == effects

    def test_a_save_on_a_version_that_is_yet_to_come_is_refused(
        self, store: StoreUnderTest
    ) -> None:
        """A version is not a lower bound."""
        store.policies.put(POLICY)
        decision, _ = store.decide(ALERT)
        with pytest.raises(ConcurrentUpdate):
            store.services.save(decision, 1)
        assert store.services.load("checkout-api").version == 0
        assert store.claim() == []

    def test_of_many_saves_on_one_version_one_is_stored(self, store: StoreUnderTest) -> None:
        """By threads that start together, on a new service and on one that is known."""
        store.policies.put(POLICY)
        for message in (ALERT, HealthyEvent(service_id="checkout-api")):
            decision, version = store.decide(message)
            results = at_once([lambda: store.services.save(decision, version)] * THREADS)  # noqa: B023
            refused = [result for result in results if isinstance(result, ConcurrentUpdate)]
            assert (results.count(None), len(refused)) == (1, THREADS - 1)
            assert store.services.load("checkout-api") == Stored(decision.after, version + 1)

    def test_services_do_not_hinder_each_other(self, store: StoreUnderTest) -> None:
        """Nothing is guaranteed across services, and nothing is needed."""
        for name in ("checkout-api", "search-api"):
            store.policies.put(EscalationPolicy(service_id=name, levels=POLICY.levels))
        first = store.decide(ALERT)
        second = store.decide(Alert(service_id="search-api", message="index is stale"))
        store.services.save(*first)
        store.services.save(*second)
        assert store.services.load("checkout-api").version == 1
        assert store.services.load("search-api").version == 1

    def test_what_was_saved_outlives_the_process(self, store: StoreUnderTest) -> None:
        """Policy, state, effects and timers are there after an abrupt end."""
        store.policies.put(POLICY)
        store.save(ALERT)
        store.timer.set(TIMEOUT, QUARTER)
        saved = store.services.load("checkout-api")
        store = store.reopen()
        assert store.policies.of("checkout-api") == POLICY
        assert store.services.load("checkout-api") == saved
        assert [claim.effect for claim in store.claim("sms")] == [
            effect for effect in store_effects() if effect.channel == "sms"
        ]
        store.advance(QUARTER)
        assert store.timer.due() == [TIMEOUT]
