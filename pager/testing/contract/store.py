"""A store, as the suites test it, and what they put into it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest

from pager.decide import Decision, decide
from pager.messages import (
    AcknowledgementTimeout,
    Alert,
    Channel,
    Effect,
    Message,
    Unreachable,
)
from pager.model import (
    EmailTarget,
    EscalationPolicy,
    Healthy,
    Level,
    SmsTarget,
)
from pager.ports import (
    Claim,
    MonitoredServices,
    Outbox,
    Outcome,
)
from pager.simulation.simulated import EditablePolicies, ReadableTimer

POLICY = EscalationPolicy(
    service_id="checkout-api",
    levels=(
        Level(
            targets=(
                EmailTarget(address="ada@example.com"),
                EmailTarget(address="grace@example.com"),
                SmsTarget(phone_number="+33612345678"),
            )
        ),
        Level(targets=(EmailTarget(address="edsger@example.com"),)),
    ),
)
ALERT = Alert(service_id="checkout-api", message="p99 latency above 3 s\n\N{SNOWMAN}")
TIMEOUT = AcknowledgementTimeout(service_id="checkout-api", incident=1, level=1)
UNREACHABLE = Unreachable(service_id="checkout-api", incident=1, level=1)
QUARTER = timedelta(minutes=15)
REFUSED = Outcome("refused", "there is no such mailbox")
LONGER_THAN_ANY_LEASE = timedelta(hours=1)
THREADS = 8
WAIT_TIMEOUT = 30.0
"""Seconds after which a wait of a test fails."""


@dataclass
class StoreUnderTest:
    """A store, and how a test moves its clock and ends its process."""

    policies: EditablePolicies
    services: MonitoredServices
    outbox: Outbox
    timer: ReadableTimer
    advance: Callable[[timedelta], None]
    reopen: "Callable[[], StoreUnderTest]"
    """End the process abruptly, and start again on what was stored."""

    def decide(self, message: Message) -> tuple[Decision, int]:
        """A decision on what is stored now, and the version that it was made on."""
        stored = self.services.load(message.service_id)
        return decide(stored.service, message, self.policies.of(message.service_id)), stored.version

    def save(self, message: Message) -> None:
        """Decide and save."""
        self.services.save(*self.decide(message))

    def claim_pages(self) -> list[Claim]:
        """Claim every page that is due."""
        return [*self.claim("email"), *self.claim("sms")]

    def claim(self, channel: Channel = "email", at_most: int = 100) -> Sequence[Claim]:
        """Claim, and check that the claims are held."""
        claims = self.outbox.claim(channel, at_most)
        assert all(self.outbox.holds(claim) for claim in claims)
        return claims


def at_once(actions: Sequence[Callable[[], object]]) -> list[object]:
    """Start all at the same moment; return each result, or the exception that was raised."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        barrier.wait(WAIT_TIMEOUT)
        try:
            return action()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def store_effects() -> Sequence[Effect]:
    """What the ALERT leads to under the POLICY."""
    return decide(Healthy(service_id="checkout-api"), ALERT, POLICY).effects


class ContractOfStore:
    """A suite for a store, which the subclass gives."""

    @pytest.fixture
    def store(self) -> StoreUnderTest:
        """An empty store."""
        raise NotImplementedError
