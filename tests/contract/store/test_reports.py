"""The contract of delivery reports, over the in-memory ports and over SQL."""

import pytest

from contract.store.test_stores import sql_store
from databases import SharedDatabase, sql_clock
from pager.adapters.store.ports import SqlPorts
from pager.testing import (
    Clock,
    InMemoryEscalationPolicies,
    InMemoryMonitoredServices,
    InMemoryOutbox,
    InMemoryTimer,
)
from pager.testing.contract.reports import DeliveryReportsContract, ReportedStore
from pager.testing.contract.store import StoreUnderTest


class TestInMemoryReports(DeliveryReportsContract):
    """The ports of pager.testing."""

    @pytest.fixture
    def reported(self) -> ReportedStore:
        """A new one; "reopened" it is the same objects."""
        clock = Clock()
        timer = InMemoryTimer(clock)
        outbox = InMemoryOutbox(clock, timer=timer)
        store = StoreUnderTest(
            policies=InMemoryEscalationPolicies(),
            services=InMemoryMonitoredServices(outbox),
            outbox=outbox,
            timer=timer,
            advance=clock.advance,
            reopen=lambda: store,
        )
        return ReportedStore(store, outbox)


class TestSqlReports(DeliveryReportsContract):
    """SQLite and PostgreSQL."""

    @pytest.fixture
    def reported(self, shared: SharedDatabase) -> ReportedStore:
        """A new one, with a clock of its own that only the test moves."""
        clock = Clock()
        store = sql_store(shared, clock)
        return ReportedStore(store, SqlPorts(shared.database, sql_clock(clock)).reports)
