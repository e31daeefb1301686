"""The store contract, over the in-memory ports and over SQL."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, ColumnElement, literal, text

from pager import Healthy, decide
from pager.adapters.sql.clock import milliseconds
from pager.adapters.sql.database import Database
from pager.adapters.sql.ports import SqlPorts
from pager.testing import (
    Clock,
    InMemoryEscalationPolicies,
    InMemoryMonitoredServices,
    InMemoryOutbox,
    InMemoryTimer,
)
from pager.testing.contract import ALERT, POLICY, StoreContract, StoreUnderTest


class TestInMemoryStore(StoreContract):
    """The ports of pager.testing."""

    @pytest.fixture
    def store(self) -> StoreUnderTest:
        """A new one; "reopened" it is the same objects."""
        clock = Clock()
        outbox = InMemoryOutbox(clock)
        store = StoreUnderTest(
            policies=InMemoryEscalationPolicies(),
            services=InMemoryMonitoredServices(outbox),
            outbox=outbox,
            timer=InMemoryTimer(clock),
            advance=clock.advance,
            reopen=lambda: store,
        )
        return store


class SqlStoreContract(StoreContract):
    """The SQL ports, on whichever database `url` names."""

    @pytest.fixture
    def url(self) -> str:
        """The URL of an empty database, to be given by the subclass."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, url: str) -> Iterator[StoreUnderTest]:
        """A new one, with a clock of its own that only the test moves."""
        clock = Clock()
        databases = [Database(url)]

        def now() -> ColumnElement[int]:
            return literal(milliseconds(clock.now), BigInteger)

        def open_store() -> StoreUnderTest:
            ports = SqlPorts(databases[-1], now)
            return StoreUnderTest(
                ports.policies, ports.services, ports.outbox, ports.timer, clock.advance, reopen
            )

        def reopen() -> StoreUnderTest:
            databases[-1].close()
            databases.append(Database(url))
            return open_store()

        yield open_store()
        databases[-1].close()


class TestSqliteStore(SqlStoreContract):
    """A file on disk, WAL and synchronous=FULL."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A file that does not exist yet."""
        return f"sqlite:///{tmp_path / 'pager.db'}"


class TestPostgresqlStore(SqlStoreContract):
    """A PostgreSQL server of the test's own: proof that it is a URL away."""

    @pytest.fixture
    def url(self, postgresql_database: str) -> str:
        """A new database in it."""
        return postgresql_database


def test_a_row_that_cannot_be_read_is_not_in_the_way(tmp_path: Path) -> None:
    """The others are claimed, and it is given up, visibly."""
    database = Database(f"sqlite:///{tmp_path / 'pager.db'}")
    ports = SqlPorts(database)
    ports.policies.put(POLICY)
    ports.services.save(decide(Healthy(service_id="checkout-api"), ALERT, POLICY), 0)
    spoil = text("UPDATE outbox SET effect = '{}' WHERE id = 1")
    database.write(lambda connection: connection.execute(spoil))
    assert [claim.id for claim in ports.outbox.claim("email", 8)] == [2]
    status = text("SELECT status, detail, due_at FROM outbox WHERE id = 1")
    row = database.read(lambda connection: connection.execute(status).one())
    assert tuple(row) == ("refused", "unreadable", None)
    database.close()


def test_a_duration_is_never_rounded_down() -> None:
    """Nothing is due too early."""
    assert milliseconds(timedelta(microseconds=1_001)) == 2
