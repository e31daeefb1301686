"""The store contract, over the in-memory ports and over SQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url, text

from contract.store.under_test import in_memory_store, sql_store
from databases import SharedDatabase, engine_of, sql_clock
from pager import Healthy, Notification, decide
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.outbox import LEASE, SqlOutbox
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.views.gauges import read_gauges
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.status import ServiceStatuses
from pager.lease import Lease
from pager.ports import Outcome
from pager.service import PagerService
from pager.testing import Clock, InMemoryPager
from pager.testing.contract import StoreContract
from pager.testing.contract.store import ALERT, POLICY, TIMEOUT, StoreUnderTest


class TestInMemoryStore(StoreContract):
    """The ports of pager.testing."""

    @pytest.fixture
    def store(self) -> StoreUnderTest:
        """A new one; "reopened" it is the same objects."""
        return in_memory_store(InMemoryPager())


class SqlStoreContract(StoreContract):
    """The SQL ports, on the database that the subclass gives."""

    @pytest.fixture
    def shared(self) -> SharedDatabase:
        """It is emptied before each test."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, shared: SharedDatabase) -> StoreUnderTest:
        """A new one."""
        return sql_store(shared, Clock())

    def test_a_claim_is_held_while_half_of_its_lease_is_left(self, store: StoreUnderTest) -> None:
        """What is begun then has time to be sent, and to be settled."""
        store.policies.put(POLICY)
        store.save(ALERT)
        [claim] = store.claim("sms")
        store.advance(LEASE.duration / 2)
        assert store.outbox.holds(claim)
        store.advance(timedelta(milliseconds=1))
        assert not store.outbox.holds(claim)


class TestSqliteStore(SqlStoreContract):
    """A file on disk, WAL and synchronous=FULL."""

    @pytest.fixture
    def shared(self, shared_sqlite: SharedDatabase) -> SharedDatabase:
        """One for all."""
        return shared_sqlite


class TestPostgresqlStore(SqlStoreContract):
    """A PostgreSQL server of the test's own, or the one of PAGER_TEST_DATABASE_URL."""

    @pytest.fixture
    def shared(self, shared_postgresql: SharedDatabase) -> SharedDatabase:
        """One for all."""
        return shared_postgresql

    def test_what_another_node_is_just_taking_is_passed_over(
        self, store: StoreUnderTest, shared: SharedDatabase
    ) -> None:
        """Nobody waits for it: there is enough else to do."""
        store.policies.put(POLICY)
        store.save(ALERT)
        with engine_of(shared.url) as engine, engine.begin() as other:
            first = text("SELECT id FROM outbox WHERE channel = 'email' ORDER BY id LIMIT 1")
            taken = other.scalar(text(f"{first} FOR UPDATE"))
            [claim] = store.claim("email")
            assert claim.id != taken


@pytest.fixture
def an_hour_ahead(postgresql_database: str) -> str:
    """The URL of a database whose clock is an hour ahead of this machine's."""
    with engine_of(postgresql_database) as engine, engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA an_hour_ahead"))
        connection.execute(
            text(
                "CREATE FUNCTION an_hour_ahead.statement_timestamp() RETURNS timestamptz STABLE "
                "RETURN pg_catalog.statement_timestamp() + interval '1 hour'"
            )
        )
    # PostgreSQL looks into pg_catalog first, unless it is named later.
    options = {"options": "-c search_path=public,an_hour_ahead,pg_catalog"}
    url = make_url(postgresql_database).update_query_dict(options)
    return url.render_as_string(hide_password=False)


def test_nodes_whose_clocks_differ_agree_on_what_is_due(an_hour_ahead: str) -> None:
    """It is the database's clock that due times go by, and leases, and the journal."""
    database = Database(an_hour_ahead)
    ports = SqlPorts(database)
    ports.policies.put(POLICY)
    ports.services.save(decide(Healthy(service_id="checkout-api"), ALERT, POLICY), 0)
    ports.timer.set(TIMEOUT, timedelta(minutes=30))
    [claim] = ports.outbox.claim("sms", 1)
    servers = text("SELECT statement_timestamp()")
    now: datetime = database.read(lambda connection: connection.execute(servers).scalar_one())
    minute = timedelta(minutes=1)
    assert abs(claim.at - now) < minute
    assert all(abs(entry.at - now) < minute for entry in Journal(database).of("checkout-api"))
    assert now - datetime.now(UTC) > timedelta(minutes=30)
    assert ports.timer.due() == []
    database.close()


def test_a_retry_is_due_after_its_delay_and_the_jitter(database: Database) -> None:
    """How much of the jitter there is, is drawn for each retry."""
    clock = Clock()
    drawn = iter((1.0, 0.0))
    now = sql_clock(clock)
    ports = SqlPorts(database, now)
    outbox = SqlOutbox(database, now, random=lambda: next(drawn))
    ports.policies.put(POLICY)
    ports.services.save(decide(Healthy(service_id="checkout-api"), ALERT, POLICY), 0)
    for delay in (timedelta(seconds=5), timedelta(seconds=4)):
        [claim] = outbox.claim("sms", 1)
        outbox.settle(claim, Outcome("failed", "no", timedelta(seconds=4)))
        clock.advance(delay - timedelta(milliseconds=1))
        assert outbox.claim("sms", 1) == []
        clock.advance(timedelta(milliseconds=1))
        assert outbox.is_due("sms")


def test_a_row_that_cannot_be_read_is_not_in_the_way(database: Database) -> None:
    """The others are claimed; it is overdue until a node of a newer version reads it."""
    ports = SqlPorts(database, lease=Lease(timedelta(0)))
    ports.policies.put(POLICY)
    ports.services.save(decide(Healthy(service_id="checkout-api"), ALERT, POLICY), 0)
    newer = text(
        """UPDATE outbox SET effect = replace(effect, 'notification', 'phone-call') WHERE id = 1"""
    )
    database.write(lambda connection: connection.execute(newer))
    assert [claim.id for claim in ports.outbox.claim("email", 8)] == [2]
    database.write(lambda one: one.execute(text("UPDATE decisions SET decided_at = 0")))
    assert read_gauges(database).oldest_due["email"] > timedelta(days=1).total_seconds()
    older = text("""UPDATE outbox SET effect = replace(effect, 'phone-call', 'notification')""")
    database.write(lambda connection: connection.execute(older))
    assert 1 in [claim.id for claim in ports.outbox.claim("email", 8)]


def test_what_was_accepted_once_is_still_paged(database: Database) -> None:
    """Although a library that knows better by now would refuse its address."""
    ports = SqlPorts(database)
    ports.policies.put(POLICY)
    known_better = "UPDATE policy_edits SET policy = replace(policy, 'ada@example.com', 'ada@x')"
    database.write(lambda connection: connection.execute(text(known_better)))
    PagerService(ports.policies, ports.services).receive(ALERT)
    effects = [claim.effect for claim in ports.outbox.claim("email", 8)]
    pages = [effect for effect in effects if isinstance(effect, Notification)]
    assert [page.target.key for page in pages] == ["ada@x", "grace@example.com"]
    status = ServiceStatuses(database).of("checkout-api")
    assert status is not None
    assert status.notifications[0].target == pages[0].target
    assert list(audit(database).differences) == []


def test_a_duration_is_never_rounded_down() -> None:
    """Nothing is due too early."""
    assert milliseconds(timedelta(microseconds=1_001)) == 2
