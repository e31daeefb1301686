"""Maintenance windows, in memory and over SQL; and how they are loaded and audited."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from contract.store.under_test import in_memory_store, sql_store
from databases import SharedDatabase, engine_of, is_locked_out, sql_clock
from pager import (
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementTimeout,
    Alert,
    Decision,
    EmailTarget,
    EscalationPolicy,
    Level,
    Unhealthy,
)
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.requests import Answer, NotTaken
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import decisions
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.maintenance import MOST_OPEN, NoSuchWindow
from pager.adapters.store.upkeep.audit import audit
from pager.maintenance import BadWindow
from pager.messages import Message
from pager.testing import Clock, InMemoryPager
from pager.testing.contract.maintenance import MaintenanceContract, StoreWithWindows
from waiting import WAIT_TIMEOUT, wait_until

HOUR = timedelta(hours=1)
ALERT = Alert(service_id="checkout-api", message="p99 latency above 3 s")
TIMEOUT = AcknowledgementTimeout(service_id="checkout-api", incident=1, level=1)


class TestInMemoryWindows(MaintenanceContract):
    """The port of pager.testing."""

    @pytest.fixture
    def maintained(self) -> StoreWithWindows:
        """A new one."""
        pager = InMemoryPager()
        return StoreWithWindows(
            in_memory_store(pager), pager.maintenance, lambda: pager.clock.moment
        )


class TestSqlWindows(MaintenanceContract):
    """SQLite and PostgreSQL."""

    @pytest.fixture
    def maintained(self, shared: SharedDatabase) -> StoreWithWindows:
        """A new one, with a clock of its own that only the test moves."""
        clock = Clock()
        store = sql_store(shared, clock)
        windows = SqlPorts(shared.database, sql_clock(clock)).maintenance
        return StoreWithWindows(store, windows, lambda: datetime.fromtimestamp(0, UTC) + clock.now)


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one, with the policy of checkout-api."""
    level = Level(targets=(EmailTarget(address="ada@example.com"),))
    policy = EscalationPolicy(service_id="checkout-api", levels=(level,))
    SqlPorts(either_database).policies.put(policy)
    return either_database


def received(database: Database, *messages: Message) -> list[Answer | NotTaken]:
    """What is decided of these messages, in one transaction."""
    return Inbox(database, Wakeups()).submit_all(messages).result(WAIT_TIMEOUT)


def test_a_unit_of_work_knows_who_is_in_maintenance(database: Database) -> None:
    """And nobody else waits."""
    ports = SqlPorts(database)
    ports.policies.put(
        EscalationPolicy(
            service_id="search-api", levels=(Level(targets=(EmailTarget(address="a@b.example"),)),)
        )
    )
    ports.maintenance.add("checkout-api", HOUR)
    other = ALERT.model_copy(update={"service_id": "search-api"})
    waiting, notified = received(database, ALERT, other)
    assert isinstance(waiting, Decision)
    assert isinstance(notified, Decision)
    assert [effect.channel for effect in waiting.effects] == ["timer"]
    assert [effect.channel for effect in notified.effects] == ["email", "timer"]
    assert ports.timer.due() == []
    [delay] = waiting.effects
    assert isinstance(delay, AcknowledgementDelay)
    assert HOUR - timedelta(minutes=1) < delay.delay <= HOUR


def test_what_was_decided_in_maintenance_can_be_decided_again(database: Database) -> None:
    """The journal has how long the maintenance was to last."""
    ports = SqlPorts(database)
    number = ports.maintenance.add("checkout-api", HOUR)
    received(database, ALERT)
    ports.maintenance.move_end(number, 2 * HOUR)
    [timeout] = ports.timer.due()
    received(database, timeout)
    ports.maintenance.end(number)
    [timeout] = ports.timer.due()
    assert timeout.level == 2
    received(database, timeout, Acknowledgement(service_id="checkout-api", incident=1))
    checked = audit(database)
    assert (checked.decisions, checked.differences) == (4, [])
    query = select(decisions.c.maintenance).order_by(decisions.c.version)
    first, second, *others = database.read(lambda one: one.scalars(query).all())
    assert 3_500_000 < (first or 0) <= 3_600_000 < (second or 0) <= 7_200_000
    assert others == [None, None]
    change = decisions.update().where(decisions.c.version == 1).values(maintenance=7)
    database.write(lambda connection: connection.execute(change))
    [difference] = audit(database).differences
    assert difference.version == 1


def test_a_service_that_cannot_be_read_does_not_keep_its_maintenance_from_ending(
    database: Database,
) -> None:
    """Another version of Pager may have written it."""
    ports = SqlPorts(database)
    number = ports.maintenance.add("checkout-api", HOUR)
    received(database, ALERT)
    damage = text("UPDATE monitored_services SET state = '{'")
    database.write(lambda connection: connection.execute(damage))
    ports.maintenance.end(number)
    assert ports.maintenance.left("checkout-api") is None


def test_a_service_has_no_more_than_so_many_windows(database: Database) -> None:
    """That are not over."""
    windows = SqlPorts(database).maintenance
    numbers = [windows.add("checkout-api", HOUR) for _ in range(MOST_OPEN)]
    with pytest.raises(BadWindow):
        windows.add("checkout-api", HOUR)
    windows.end(numbers[0])
    windows.add("checkout-api", HOUR)
    with pytest.raises(NoSuchWindow):
        windows.end(max(numbers) + 100)


def test_who_ends_a_window_sees_what_is_just_decided_by_it(
    shared_postgresql: SharedDatabase,
) -> None:
    """On another node: whoever comes second waits for the first one, and nobody waits in vain."""
    database = shared_postgresql.empty()
    ports = SqlPorts(database)
    level = Level(targets=(EmailTarget(address="ada@example.com"),))
    ports.policies.put(EscalationPolicy(service_id="checkout-api", levels=(level,)))
    number = ports.maintenance.add("checkout-api", HOUR)
    other = Database(shared_postgresql.url)
    try:
        blocked = Inbox(database, Wakeups())
        with database_locked(shared_postgresql, "monitored_services"):
            # It has loaded its window, and waits to be written.
            alert = blocked.submit(ALERT)
            wait_until(lambda: is_locked_out(other))
            end = other.submit(
                lambda connection: SqlPorts(InTransaction(connection)).maintenance.end(number)
            )
        assert isinstance(alert.result(WAIT_TIMEOUT), Decision)
        end.result(WAIT_TIMEOUT)
    finally:
        other.close()
    service = ports.services.load("checkout-api").service
    assert isinstance(service, Unhealthy)
    assert service.waits_for_maintenance
    assert ports.timer.due() == [TIMEOUT]


@contextmanager
def database_locked(shared: SharedDatabase, table: str) -> Iterator[None]:
    """Let nobody write to the table meanwhile."""
    with engine_of(shared.url) as engine, engine.begin() as connection:
        connection.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        yield
