"""The contract of delivery reports, over the in-memory ports and over SQL."""

import pytest

from contract.store.under_test import in_memory_store, sql_store
from databases import SharedDatabase, sql_clock
from pager.adapters.store.ports import SqlPorts
from pager.testing import Clock, InMemoryPager
from pager.testing.contract.reports import DeliveryReportsContract, ReportedStore


class TestInMemoryReports(DeliveryReportsContract):
    """The ports of pager.testing."""

    @pytest.fixture
    def reported(self) -> ReportedStore:
        """A new one; "reopened" it is the same objects."""
        pager = InMemoryPager()
        return ReportedStore(in_memory_store(pager), pager.outbox)


class TestSqlReports(DeliveryReportsContract):
    """SQLite and PostgreSQL."""

    @pytest.fixture
    def reported(self, shared: SharedDatabase) -> ReportedStore:
        """A new one, with a clock of its own that only the test moves."""
        clock = Clock()
        store = sql_store(shared, clock)
        return ReportedStore(store, SqlPorts(shared.database, sql_clock(clock)).reports)
