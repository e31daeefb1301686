"""What every store must promise, as a suite of tests for each port. Needs pytest.

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self) -> StoreUnderTest: ...

pytest explains the assertions in here if a conftest says
`pytest.register_assert_rewrite("pager.testing.contract")` first.
"""

from pager.decide import Decision
from pager.messages import Channel, Resolve
from pager.model import Healthy, Unhealthy
from pager.relay import OutboxRelay
from pager.service import PagerService
from pager.simulation.gateways import InMemoryMail, InMemorySms, in_memory_gateways
from pager.testing.contract.outbox import OutboxContract
from pager.testing.contract.policies import PoliciesContract
from pager.testing.contract.services import ServicesContract
from pager.testing.contract.store import (
    ALERT,
    POLICY,
    QUARTER,
    THREADS,
    TIMEOUT,
    StoreUnderTest,
    at_once,
)
from pager.testing.contract.timer import TimerContract
from pager.testing.contract.unreachable import UnreachableContract

__all__ = ["StoreContract", "StoreUnderTest"]


class StoreContract(
    PoliciesContract, ServicesContract, OutboxContract, UnreachableContract, TimerContract
):
    """The promises of `pager.ports` for policies, services, outbox and timer."""

    def test_many_alerts_at_the_same_moment_page_each_target_once(
        self, store: StoreUnderTest
    ) -> None:
        """Alerts by threads that start together, then relays by threads that start together."""
        store.policies.put(POLICY)
        pager = PagerService(store.policies, store.services, attempts=THREADS + 1)
        results = at_once([lambda: pager.receive(ALERT)] * THREADS)
        assert [type(result) for result in results] == [Decision] * THREADS
        mail, sms = InMemoryMail(), InMemorySms()
        gateways = in_memory_gateways(mail, sms)
        relay = OutboxRelay(store.outbox, store.services, gateways, store.timer)
        channels: tuple[Channel, ...] = ("email", "sms", "timer")
        at_once([lambda c=channel: relay.run_once(c) for channel in channels * 3])  # type: ignore[misc]  # mypy can't infer a default
        assert sorted(page.target.key for page in mail.accepted) == [
            "ada@example.com",
            "grace@example.com",
        ]
        assert [page.target.key for page in sms.accepted] == ["+33612345678"]
        store.advance(QUARTER)
        assert store.timer.due() == [TIMEOUT]
        service = store.services.load("checkout-api").service
        assert isinstance(service, Unhealthy)
        assert service.incident == 1

    def test_many_troubles_at_the_same_moment_are_one_incident(self, store: StoreUnderTest) -> None:
        """It is over once the last is resolved, by threads that start together."""
        store.policies.put(POLICY)
        pager = PagerService(store.policies, store.services, attempts=THREADS + 1)
        keys = [f"host-{number}" for number in range(THREADS)]
        alerts = [ALERT.model_copy(update={"dedup_key": key}) for key in keys]
        at_once([lambda alert=alert: pager.receive(alert) for alert in alerts])  # type: ignore[misc]  # mypy can't infer a default
        service = store.services.load("checkout-api").service
        assert isinstance(service, Unhealthy)
        assert (service.incident, sorted(map(str, service.open_keys))) == (1, sorted(keys))
        resolves = [Resolve(service_id="checkout-api", dedup_key=key) for key in keys]
        at_once([lambda resolve=resolve: pager.receive(resolve) for resolve in resolves[1:]])  # type: ignore[misc]  # mypy can't infer a default
        service = store.services.load("checkout-api").service
        assert isinstance(service, Unhealthy)
        assert service.open_keys == (keys[0],)
        assert isinstance(pager.receive(resolves[0]).after, Healthy)
