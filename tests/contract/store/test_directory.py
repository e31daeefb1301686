"""The directory, and the policies that name people of it: over every store."""

from datetime import UTC, datetime

import pytest

from contract.store.under_test import in_memory_store, sql_store
from databases import SharedDatabase, sql_clock
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.testing import Clock, InMemoryPager
from pager.testing.contract.directory import DirectoryContract, StoreWithDirectory


class TestInMemoryDirectory(DirectoryContract):
    """The port of pager.testing."""

    @pytest.fixture
    def kept(self) -> StoreWithDirectory:
        """A new one."""
        pager = InMemoryPager()
        return StoreWithDirectory(
            in_memory_store(pager), pager.directory, lambda: pager.clock.moment
        )


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
