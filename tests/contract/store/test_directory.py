"""The directory, and the policies that name people of it: over every store."""

import pytest

from pager.simulation.policies import InMemoryDirectory, InMemoryEscalationPolicies
from pager.testing import Clock, InMemoryMonitoredServices, InMemoryOutbox, InMemoryTimer
from pager.testing.contract.directory import DirectoryContract, StoreWithDirectory
from pager.testing.contract.store import StoreUnderTest


class TestInMemoryDirectory(DirectoryContract):
    """The port of pager.testing."""

    @pytest.fixture
    def kept(self) -> StoreWithDirectory:
        """A new one."""
        clock = Clock()
        timer = InMemoryTimer(clock)
        outbox = InMemoryOutbox(clock, timer=timer)
        services = InMemoryMonitoredServices(outbox)
        policies = InMemoryEscalationPolicies(services, timer, clock)
        store = StoreUnderTest(
            policies=policies,
            services=services,
            outbox=outbox,
            timer=timer,
            advance=clock.advance,
            reopen=lambda: store,
        )
        return StoreWithDirectory(store, InMemoryDirectory(policies), lambda: clock.moment)
