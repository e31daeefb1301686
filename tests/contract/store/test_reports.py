"""The contract of delivery reports, over the in-memory ports and over SQL."""

from collections.abc import Iterator

import pytest

from databases import sql_clock
from pager.adapters.store.core.database import Database
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
    def reported(self, url: str) -> Iterator[ReportedStore]:
        """A new one, with a clock of its own that only the test moves."""
        clock = Clock()
        databases = [Database(url)]

        def open_store() -> StoreUnderTest:
            ports = SqlPorts(databases[-1], sql_clock(clock))
            return StoreUnderTest(
                ports.policies, ports.services, ports.outbox, ports.timer, clock.advance, reopen
            )

        def reopen() -> StoreUnderTest:
            databases[-1].close()
            databases.append(Database(url))
            return open_store()

        yield ReportedStore(open_store(), SqlPorts(databases[-1], sql_clock(clock)).reports)
        databases[-1].close()
