"""Units of work: what many messages lead to is written at once, and none spoils another."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import Connection, insert

from databases import block_writer
from pager import (
    Alert,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Message,
    NoEscalationPolicy,
)
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import decisions, monitored_services
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.unit_of_work import KnownPolicies, UnitOfWork
from pager.adapters.store.upkeep.audit import audit
from pager.decide import Decision
from pager.service import PagerService
from waiting import WAIT_TIMEOUT


def policy(service_id: str, *names: str) -> EscalationPolicy:
    """One Level with these people."""
    targets = tuple(EmailTarget(address=f"{name}@example.com") for name in names or ("ada",))
    return EscalationPolicy(service_id=service_id, levels=(Level(targets=targets),))


def alert(service_id: str, message: str = "p99 latency above 3 s") -> Alert:
    """An Alert of that service."""
    return Alert(service_id=service_id, message=message)


@pytest.fixture
def database(either_database: Database) -> Database:
    """One with two services that have a policy."""
    for name in ("checkout-api", "search-api"):
        SqlPorts(either_database).policies.put(policy(name))
    return either_database


def received(database: Database, *messages: Message) -> list[object]:
    """What each message led to, or its error; all of them wait at the same moment."""
    inbox, go_on = Inbox(database, Wakeups()), block_writer(database)
    futures = [inbox.submit(message) for message in messages]
    go_on.set()
    return [future.exception(WAIT_TIMEOUT) or future.result() for future in futures]


def test_each_message_sees_what_those_before_it_have_led_to(database: Database) -> None:
    """Several of one service are decided one after the other, and each is in the journal."""
    first, second, third, fourth = received(
        database,
        alert("checkout-api"),
        alert("search-api"),
        alert("checkout-api", "all orders fail"),
        alert("checkout-api"),
    )
    for decision in (first, second, third, fourth):
        assert isinstance(decision, Decision)
    assert [d.changed for d in (first, second, third, fourth) if isinstance(d, Decision)] == [
        *(True, True, True, False)
    ]
    assert SqlPorts(database).services.load("checkout-api").version == 2
    assert len(SqlPorts(database).outbox.claim("email", 10)) == 2
    assert audit(database) == (2, 3, 0, [])


def test_a_message_that_cannot_be_decided_spoils_no_other(database: Database) -> None:
    """Neither one that pages nobody, nor one whose service cannot be read."""
    row = {"service_id": "unreadable", "version": 7, "incident": 1, "state": "{"}
    database.write(lambda connection: connection.execute(insert(monitored_services), [row]))
    unknown, unreadable, good = received(
        database, alert("unknown"), alert("unreadable"), alert("checkout-api")
    )
    assert isinstance(unknown, NoEscalationPolicy)
    assert isinstance(unreadable, Unreadable)
    assert isinstance(good, Decision)
    assert good.changed


def test_a_message_that_cannot_be_written_spoils_no_other(database: Database) -> None:
    """Here something else is in its place in the journal."""
    planted = {
        "service_id": "search-api",
        "version": 1,
        "incident": 1,
        "decided_at": 0,
        "message": "{}",
        "after": "{}",
    }
    database.write(lambda connection: connection.execute(insert(decisions), [planted]))
    good, bad, better = received(
        database,
        alert("checkout-api"),
        alert("search-api"),
        alert("checkout-api", "all orders fail"),
    )
    assert isinstance(bad, Exception)
    assert isinstance(good, Decision)
    assert isinstance(better, Decision)
    assert SqlPorts(database).services.load("checkout-api").version == 2
    assert SqlPorts(database).services.load("search-api").version == 0


def test_an_edit_of_a_policy_counts_from_the_next_unit(database: Database) -> None:
    """Though policies are kept in memory: each edit is another policy."""
    inbox = Inbox(database, Wakeups())
    for names in (("ada",), ("grace", "edsger"), ("barbara",)):
        SqlPorts(database).policies.put(policy("checkout-api", *names))
        decision = inbox.submit(alert("checkout-api")).result(WAIT_TIMEOUT)
        assert isinstance(decision, Decision)
        assert decision.policy == policy("checkout-api", *names)
        inbox.submit(HealthyEvent(service_id="checkout-api")).result(WAIT_TIMEOUT)
    assert SqlPorts(database).policies.remove("checkout-api")
    refused = inbox.submit(alert("checkout-api")).result(WAIT_TIMEOUT)
    assert isinstance(refused, NoEscalationPolicy)


def test_policies_that_are_not_kept_in_memory_are_read_again(database: Database) -> None:
    """Memory is bounded, whatever the number of services."""
    known = KnownPolicies(most_targets=1)

    def decide(connection: Connection) -> list[EscalationPolicy | None]:
        unit = UnitOfWork(connection, ["checkout-api", "search-api"], known)
        return [unit.of(name) for name in ("checkout-api", "search-api", "checkout-api")]

    for _ in range(2):
        policies = database.write(decide)
        assert policies == [policy("checkout-api"), policy("search-api"), policy("checkout-api")]


@pytest.fixture
def other_node(postgresql_database: str) -> Iterator[Database]:
    """Another node on the same PostgreSQL as `either_database`."""
    with closing(Database(postgresql_database)) as database:
        yield database


class TestTwoNodes:
    """Of two units on one version, one is written."""

    @pytest.fixture
    def either_database(self, postgresql_database: str) -> Iterator[Database]:
        """The database of both."""
        with closing(Database(postgresql_database)) as database:
            yield database

    @pytest.mark.parametrize("before", [(), (alert("checkout-api"),)])
    def test_what_another_node_has_changed_meanwhile_is_not_written(
        self, database: Database, other_node: Database, before: tuple[Alert, ...]
    ) -> None:
        """The others of the unit are; what has lost the race is for the caller to decide again."""
        received(other_node, *before)
        seen, go_on = threading.Event(), threading.Event()

        def slow(connection: Connection) -> set[str]:
            unit = UnitOfWork(connection, ["checkout-api", "search-api"], KnownPolicies())
            for name in ("checkout-api", "search-api"):
                service = PagerService(unit, unit.services(None))
                service.receive(alert(name, "slow"))
            seen.set()
            go_on.wait(WAIT_TIMEOUT)
            return unit.write()

        with ThreadPoolExecutor() as threads:
            lost = threads.submit(database.write, slow)
            assert seen.wait(WAIT_TIMEOUT)
            received(other_node, alert("checkout-api", "fast"))
            go_on.set()
            assert lost.result(WAIT_TIMEOUT) == {"checkout-api"}
        assert SqlPorts(database).services.load("checkout-api").version == 1 + len(before)
        assert SqlPorts(database).services.load("search-api").version == 1
        assert audit(database).differences == []

    def test_two_nodes_that_get_the_same_alerts_page_once(
        self, database: Database, other_node: Database
    ) -> None:
        """In whichever order their units come."""
        names = [f"service-{number}" for number in range(20)]
        for name in names:
            SqlPorts(database).policies.put(policy(name))
        go_on = [block_writer(node) for node in (database, other_node)]
        futures = [
            Inbox(node, Wakeups()).submit(alert(name))
            for node, order in ((database, names), (other_node, names[::-1]))
            for name in order
        ]
        for event in go_on:
            event.set()
        decided = [future.result(WAIT_TIMEOUT) for future in futures]
        changed = [d for d in decided if isinstance(d, Decision) and d.changed]
        assert len(changed) == len(names)
        assert len(SqlPorts(database).outbox.claim("email", 100)) == len(names)
        assert audit(database).differences == []
