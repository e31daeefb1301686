"""The audit of a large database: a part at a time, on both databases."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from sqlalchemy import Connection, insert

from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import monitored_services
from pager.adapters.store.upkeep.audit import SERVICES_AT_ONCE, audit

T = TypeVar("T")


class CountingReads:
    """A database that counts its snapshots."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database
        self.snapshots = 0

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a snapshot, and count it."""
        self.snapshots += 1
        return self._database.read(work)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty one."""
    database = Database(url)
    yield database
    database.close()


def test_each_service_is_audited_once_in_a_snapshot_of_its_own(database: Database) -> None:
    """However many there are: no snapshot is kept for long, which would hold up SQLite's WAL."""
    names = [f"service-{number}" for number in range(SERVICES_AT_ONCE + 2)]
    row = {"version": 1, "incident": 0, "state": "{}"}
    rows = [{"service_id": name, **row} for name in names]
    database.write(lambda connection: connection.execute(insert(monitored_services), rows))
    reads = CountingReads(database)
    assert audit(reads).services == len(names)
    lists_of_names = 3  # a full one, the rest, and the empty one
    assert reads.snapshots == len(names) + lists_of_names
