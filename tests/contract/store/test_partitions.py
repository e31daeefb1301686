"""The store contract on partitioned tables: nothing in our SQL needs a table to be in one piece."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, table

from contract.store.test_stores import SqlStoreContract
from databases import SharedDatabase, engine_of
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.views.gauges import read_gauges
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.status import ServiceStatuses
from pager.service import PagerService
from pager.testing.contract.store import ALERT, POLICY
from partitions import PARTITIONS, partition

pytestmark = pytest.mark.proof


@pytest.fixture
def partitioned(postgresql_database: str) -> str:
    """The URL of an empty database whose tables are partitioned by the service."""
    partition(postgresql_database)
    return postgresql_database


class TestPartitionedStore(SqlStoreContract):
    """PostgreSQL, with the big tables in parts."""

    @pytest.fixture
    def shared(self, partitioned: str) -> Iterator[SharedDatabase]:
        """A new one for each."""
        shared = SharedDatabase(lambda: partitioned)
        yield shared
        shared.close()


@pytest.fixture
def database(partitioned: str) -> Iterator[Database]:
    """One that serves it."""
    database = Database(partitioned)
    yield database
    database.close()


def test_what_is_shown_and_audited_is_read_from_partitioned_tables(
    database: Database, partitioned: str
) -> None:
    """Services of every partition are paged, shown, counted and audited."""
    ports = SqlPorts(database)
    names = [f"service-{number}" for number in range(40)]
    for name in names:
        ports.policies.put(POLICY.model_copy(update={"service_id": name}))
        PagerService(ports.policies, ports.services).receive(
            ALERT.model_copy(update={"service_id": name})
        )
    with engine_of(partitioned) as engine, engine.connect() as connection:
        for number in range(PARTITIONS):
            partition_of_services = table(f"monitored_services_{number}")
            assert connection.scalar(select(func.count()).select_from(partition_of_services))
    assert len(ports.outbox.claim("email", 1000)) == 2 * len(names)
    assert read_gauges(database).oldest_due
    for name in names:
        status = ServiceStatuses(database).of(name)
        assert status is not None
        assert len(status.notifications) == 3
        assert list(Journal(database).of(name))
    assert list(audit(database).differences) == []
