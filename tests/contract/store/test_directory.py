"""The directory, and the policies that name people of it: over every store."""

from datetime import UTC, datetime

import pytest

from contract.store.test_stores import sql_store
from databases import SharedDatabase, sql_clock
from pager.adapters.store.oncall.on_call import SqlOnCall
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


class TestSqlDirectory(DirectoryContract):
    """The SQL ports, on either database."""

    @pytest.fixture
    def kept(self, shared: SharedDatabase) -> StoreWithDirectory:
        """On an empty one."""
        clock = Clock()
        store = sql_store(shared, clock)
        directory = SqlOnCall(shared.database, sql_clock(clock))
        return StoreWithDirectory(
            store, directory, lambda: datetime.fromtimestamp(0, UTC) + clock.now
        )
