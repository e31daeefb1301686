"""What two nodes of one PostgreSQL lock: one waits for the other, and never both."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest
from sqlalchemy import Connection

from databases import engine_of, is_locked_out, new_database
from pager.access.scopes import EVERYTHING
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.requests import Answer, NotTaken
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.signing_keys import load_signing_keys
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports import SqlPorts
from pager.decide import Decision
from pager.messages import Alert
from pager.model import EmailTarget, EscalationPolicy, Level
from pager.service import PagerService
from pager.testing.contract.store import ALERT, REFUSED, UNREACHABLE
from waiting import WAIT_TIMEOUT, wait_until

TWO = Level(
    targets=(EmailTarget(address="ada@example.com"), EmailTarget(address="grace@example.com"))
)


@pytest.fixture
def nodes(postgresql_database: str) -> Iterator[list[Database]]:
    """Two nodes of one database."""
    nodes = [Database(postgresql_database) for _ in range(2)]
    yield nodes
    for node in nodes:
        node.close()


def test_two_nodes_that_change_accounts_and_keys_are_no_deadlock(nodes: list[Database]) -> None:
    """Each does both in one transaction, in the opposite order."""
    go_on, both_ready = threading.Event(), threading.Barrier(2)

    def key(node: Database) -> None:
        SqlApiKeys(node).make("a test", f"key {nodes.index(node)}", EVERYTHING)

    def account(node: Database) -> None:
        SqlAccounts(node).add("a test", f"person{nodes.index(node)}", "viewer")

    def meet(node: Database) -> None:
        node.write(lambda _: both_ready.wait(WAIT_TIMEOUT))

    def queue_up(node: Database, works: list[Callable[[Database], None]]) -> list[Future[None]]:
        """Queue the works behind one that waits, so they are one transaction."""
        begun = threading.Event()

        def wait(_connection: Connection) -> None:
            begun.set()
            go_on.wait(WAIT_TIMEOUT)

        node.submit(wait)
        assert begun.wait(WAIT_TIMEOUT)
        futures = []
        for queued, work in enumerate(works, start=1):
            futures.append(threads.submit(work, node))
            wait_until(partial(has_waiting, node, queued))
        return futures

    with ThreadPoolExecutor() as threads:
        futures = queue_up(nodes[0], [key, meet, account])
        futures += queue_up(nodes[1], [account, meet, key])
        go_on.set()
        assert [future.exception(WAIT_TIMEOUT) for future in futures] == [None] * 6


def test_services_are_locked_in_one_order_however_many_messages_each_has(
    postgresql_database: str, nodes: list[Database]
) -> None:
    """Otherwise two nodes would wait for each other until PostgreSQL ends one of them."""
    names = ["checkout-api", "search-api"]
    for name in names:
        SqlPorts(nodes[0]).policies.put(EscalationPolicy(service_id=name, levels=(TWO,)))
    inbox = Inbox(nodes[0], Wakeups())

    def alert(*services: str) -> Future[list[Answer | NotTaken]]:
        number = len(services)
        texts = [f"{at} of {number}" for at in range(number)]
        alerts = [
            Alert(service_id=name, message=text) for name, text in zip(services, texts, strict=True)
        ]
        return inbox.submit_all(alerts)

    alert(*names).result(WAIT_TIMEOUT)
    lock = "SELECT 1 FROM monitored_services WHERE service_id = '{}' FOR UPDATE NOWAIT"
    with engine_of(postgresql_database) as other:
        with other.begin() as first:
            first.exec_driver_sql(lock.format("checkout-api"))
            alerted = alert("checkout-api", "checkout-api", "search-api")
            wait_until(lambda: is_locked_out(nodes[1]))
            with other.begin() as second:
                second.exec_driver_sql(lock.format("search-api"))
        assert [type(answer) for answer in alerted.result(WAIT_TIMEOUT)] == [Decision] * 3


def test_two_nodes_that_start_at_once_have_one_signing_key(
    postgresql_database: str, nodes: list[Database]
) -> None:
    """The second waits until the first has committed, and takes its key."""
    with engine_of(postgresql_database) as other, ThreadPoolExecutor(1) as threads:
        with other.begin() as connection:
            first = load_signing_keys(InTransaction(connection))
            second = threads.submit(load_signing_keys, nodes[0])
            wait_until(lambda: second.done() or is_locked_out(nodes[1]))
        assert second.result(WAIT_TIMEOUT) == first


def test_two_nodes_that_give_up_the_last_two_pages_of_a_step_see_each_other(
    nodes: list[Database],
) -> None:
    """The second waits until the first has committed: the step is found to be unreachable."""
    ports = [SqlPorts(node) for node in nodes]
    ports[0].policies.put(EscalationPolicy(service_id=ALERT.service_id, levels=(TWO,)))
    PagerService(ports[0].policies, ports[0].services).receive(ALERT)
    first, second = ports[0].outbox.claim("email", 2)
    go_on, settled = threading.Event(), threading.Event()

    def settle_and_wait(connection: Connection) -> None:
        SqlPorts(InTransaction(connection)).outbox.settle(first, REFUSED)
        settled.set()
        go_on.wait(WAIT_TIMEOUT)

    nodes[0].submit(settle_and_wait, ALERT.service_id)
    assert settled.wait(WAIT_TIMEOUT)
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(ports[1].outbox.settle, second, REFUSED)
        wait_until(lambda: other.done() or is_locked_out(nodes[0]))
        go_on.set()
        other.result(WAIT_TIMEOUT)
    assert ports[0].timer.due() == [UNREACHABLE]


def has_waiting(node: Database, works: int) -> bool:
    """Whether so many works wait for the writer of that node."""
    return node.waiting == works


def test_a_wait_in_another_database_of_the_server_is_none_here(
    postgresql: str, nodes: list[Database]
) -> None:
    """Other tests of the run wait for locks on the same server."""
    with (
        new_database(postgresql) as url,
        closing(Database(url)) as elsewhere,
        engine_of(url) as other,
        ThreadPoolExecutor(1) as threads,
        other.begin() as connection,
    ):
        load_signing_keys(InTransaction(connection))
        threads.submit(load_signing_keys, elsewhere)
        wait_until(lambda: is_locked_out(elsewhere))
        assert not is_locked_out(nodes[0])
