"""Stores as the suites of the ports test them: in memory, and over SQL."""

from databases import SharedDatabase, sql_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.testing import Clock, InMemoryPager
from pager.testing.contract.store import StoreUnderTest


def in_memory_store(pager: InMemoryPager) -> StoreUnderTest:
    """The ports of a Pager in memory; "reopened" they are the same objects."""
    store = StoreUnderTest(
        pager.policies,
        pager.services,
        pager.outbox,
        pager.timer,
        pager.clock.advance,
        lambda: store,
    )
    return store


def sql_store(shared: SharedDatabase, clock: Clock) -> StoreUnderTest:
    """The SQL ports on that database, which is emptied; only the test moves `clock`."""

    def reopen() -> StoreUnderTest:
        return store_on(shared.reopen())

    def store_on(database: Database) -> StoreUnderTest:
        ports = SqlPorts(database, sql_clock(clock))
        return StoreUnderTest(
            ports.policies,
            ports.services,
            ports.outbox,
            ports.timer,
            clock.advance,
            reopen,
        )

    return store_on(shared.empty())
