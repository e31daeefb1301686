"""The contract of delivery reports, over the in-memory ports and over SQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contract.store.under_test import in_memory_store, sql_store
from databases import SharedDatabase, sql_clock
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.claims import NodeClaims
from pager.adapters.store.ports.outbox import LEASE, SqlOutbox
from pager.ports import Outcome, ReportStatus
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


@pytest.mark.parametrize("status", ["accepted", "delivered"])
def test_a_lease_is_not_renewed_of_what_is_reported(
    shared: SharedDatabase, status: ReportStatus
) -> None:
    """The provider's answer may come minutes after its report, or never."""
    clock = Clock()
    store = sql_store(shared, clock)
    now = sql_clock(clock)
    outbox = SqlOutbox(shared.database, now, claims=NodeClaims(LEASE.duration))
    reported = ReportedStore(replace(store, outbox=outbox), SqlPorts(shared.database, now).reports)
    claim = reported.page()
    reported.report(status)
    outbox.renew()
    outbox.settle(claim, Outcome("unknown", "no answer", timedelta(seconds=1)))
    assert not reported.is_due_again()
