"""Requests of monitors: all of one is committed in one transaction, whatever else goes wrong."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, func, select

from databases import block_writer
from pager import (
    Acknowledged,
    Acknowledgement,
    Alert,
    Decision,
    EmailTarget,
    EscalationPolicy,
    Level,
    Message,
    Resolve,
    Unhealthy,
)
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.pools import Overloaded
from pager.adapters.runtime.requests import Answer, Later, NothingToDo, NotTaken, Record
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import decisions, failed_logins
from pager.adapters.store.ports import SqlPorts
from pager.ports import EscalationPolicies, MonitoredServices
from waiting import WAIT_TIMEOUT

Answers = Sequence[Answer | NotTaken]


def policy(service_id: str) -> EscalationPolicy:
    """One Level with one Target."""
    ada = EmailTarget(address="ada@example.com")
    return EscalationPolicy(service_id=service_id, levels=(Level(targets=(ada,)),))


def alert(service_id: str) -> Alert:
    """An Alert of that service."""
    return Alert(service_id=service_id, message="p99 latency above 3 s")


def nothing(_connection: Connection, _answers: Answers) -> None:
    """Writes no row."""


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """One whose transactions have time for one job each. Every service has a policy."""
    path = tmp_path / "pager.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}", longest_transaction=timedelta(0))
    SqlPorts(database).policies.put(policy("pager:fallback"))
    yield database
    database.close()


@pytest.fixture
def nodes(postgresql_database: str) -> Iterator[list[Database]]:
    """Two nodes of one database. Every service has a policy."""
    nodes = [Database(postgresql_database) for _ in range(2)]
    SqlPorts(nodes[0]).policies.put(policy("pager:fallback"))
    yield nodes
    for node in nodes:
        node.close()


class Together(NamedTuple):
    """Messages that are committed together, and what is written of them."""

    messages: Sequence[Message | Later]
    write: Callable[[Connection, Answers], None] = nothing


def received(
    database: Database, *requests: Together | Sequence[Message]
) -> list[list[Answer | NotTaken]]:
    """The answers to these requests, which wait for the writer at the same time."""
    inbox = Inbox(database, Wakeups())

    def receiving(number: int) -> Coroutine[None, None, list[Answer | NotTaken]]:
        request = requests[number]
        if not isinstance(request, Together):
            return inbox.receive_each(request)
        record = Record(f"request {number}", request.write)
        return inbox.receive_together(request.messages, None, record)

    async def receive() -> list[list[Answer | NotTaken]]:
        go_on = block_writer(database)
        waiting = [asyncio.create_task(receiving(number)) for number in range(len(requests))]
        jobs = [1 if isinstance(request, Together) else len(request) for request in requests]
        while database.waiting < sum(jobs):
            await asyncio.sleep(0)
        go_on.set()
        return [await answers for answers in waiting]

    return asyncio.run(receive())


def is_unhealthy(database: Database, service_id: str) -> bool:
    """Whether an incident of the service runs."""
    return isinstance(SqlPorts(database).services.load(service_id).service, Unhealthy)


def committed(database: Database) -> int:
    """How many decisions are committed."""
    count = select(func.count()).select_from(decisions)
    return database.read(lambda connection: connection.execute(count).scalar_one())


def test_all_of_a_request_is_committed_in_one_transaction(database: Database) -> None:
    """Also where it is more than a transaction has time for, or takes of other messages."""
    names = [f"service-{number}" for number in range(600)]
    seen: list[int] = []

    def write(connection: Connection, answers: Answers) -> None:
        count = select(func.count()).select_from(decisions)
        seen.append(connection.execute(count).scalar_one())
        assert all(isinstance(answer, Decision) for answer in answers)

    others = [alert(f"other-{number}") for number in range(3)]
    before = database.changes
    answers = received(database, others, Together([*map(alert, names)], write), others)
    assert [len(of) for of in answers] == [3, 600, 3]
    assert seen == [603]
    # The writer was blocked; then each message of others has a transaction, and the request one.
    assert database.changes == before + 1 + 3 + 1 + 3
    assert committed(database) == 603


def test_messages_about_one_service_are_decided_in_the_order_in_which_they_came(
    database: Database,
) -> None:
    """Whatever the other services of their requests are called."""
    own, others = alert("search-api"), Resolve(service_id="search-api")
    received(database, [own], Together([alert("aaa"), others]))
    assert not is_unhealthy(database, "search-api")


def test_a_record_that_fails_spoils_no_other_request_and_no_page(database: Database) -> None:
    """Its own request is to be sent again; its Alert pages all the same."""

    def fail(connection: Connection, _answers: Answers) -> None:
        row = {"name": "half of a record", "failures": 1, "last_at": 0}
        connection.execute(failed_logins.insert().values(row))
        raise ZeroDivisionError

    [[first], [spoilt], [last]] = received(
        database,
        Together([alert("checkout-api")]),
        Together([alert("search-api")], fail),
        Together([alert("billing")]),
    )
    assert isinstance(first, Decision)
    assert isinstance(last, Decision)
    assert isinstance(spoilt, NotTaken)
    assert isinstance(spoilt.error, ZeroDivisionError)
    assert is_unhealthy(database, "search-api")
    names = select(failed_logins.c.name)
    assert not database.read(lambda connection: connection.execute(names).all())


def test_the_workers_are_woken_for_what_a_request_with_a_failed_record_has_decided(
    database: Database,
) -> None:
    """Its pages are committed: they must not wait for the next Alert."""

    def fail(_connection: Connection, _answers: Answers) -> None:
        raise ZeroDivisionError

    wakeups = Wakeups()
    record = Record("a request", fail)
    asyncio.run(Inbox(database, wakeups).receive_together([alert("search-api")], None, record))
    assert wakeups.of("email").count == 1


def test_a_record_that_loses_the_transaction_leaves_nothing_of_its_request(
    database: Database,
) -> None:
    """As a crash would: it is all committed or not at all. The other requests are done again."""

    def lose(connection: Connection, _answers: Answers) -> None:
        connection.exec_driver_sql("ROLLBACK")
        raise ZeroDivisionError

    names = [f"service-{number}" for number in range(20)]
    [first, lost, last] = received(
        database,
        Together([alert("checkout-api")]),
        Together([*map(alert, names)], lose),
        Together([alert("billing")]),
    )
    assert isinstance(first[0], Decision)
    assert isinstance(last[0], Decision)
    assert all(isinstance(answer, NotTaken) for answer in lost)
    assert committed(database) == 2


def test_a_message_that_fails_keeps_no_other_of_its_request_from_being_decided(
    database: Database,
) -> None:
    """Such as where a newer version has stored what this one cannot read."""
    received(database, [alert("search-api")])
    spoil = "UPDATE monitored_services SET state = '{}' WHERE service_id = 'search-api'"
    database.write(lambda connection: connection.exec_driver_sql(spoil))
    told: list[Answers] = []
    [[spoilt, other]] = received(
        database,
        Together([alert("search-api"), alert("billing")], lambda _, answers: told.append(answers)),
    )
    assert isinstance(spoilt, NotTaken)
    assert isinstance(other, Decision)
    assert told == [[spoilt, other]]


def test_a_request_that_is_not_committed_in_time_is_dropped_as_a_whole(database: Database) -> None:
    """Its sender is told to send it again."""
    inbox = Inbox(database, Wakeups(), answer_within=timedelta(milliseconds=1))
    go_on = block_writer(database)
    record = Record("a request", nothing)
    answers = asyncio.run(inbox.receive_together([alert("a"), alert("b")], None, record))
    go_on.set()
    inbox.submit(alert("c")).result(WAIT_TIMEOUT)
    assert [type(answer) for answer in answers] == [NotTaken, NotTaken]
    assert committed(database) == 1, "that of the later request"


def test_a_request_takes_as_many_places_as_it_has_messages(database: Database) -> None:
    """Otherwise requests with a thousand would fill the memory."""
    inbox = Inbox(database, Wakeups(), most_waiting=20)
    record = Record("a request", nothing)

    async def flood() -> list[object]:
        go_on = block_writer(database)
        sent = [
            asyncio.create_task(inbox.receive_together([alert("search-api")] * 15, None, record))
            for _ in range(5)
        ]
        await asyncio.sleep(0)
        go_on.set()
        first = await asyncio.gather(*sent, return_exceptions=True)
        assert await inbox.receive_together([alert("search-api")] * 15, None, record)
        return list(first)

    answers = asyncio.run(flood())
    assert [isinstance(answer, Overloaded) for answer in answers] == [False, False, *[True] * 3]


# --- Messages that depend on the state -----------------------------------------------------


def acknowledgement(
    services: MonitoredServices, _policies: EscalationPolicies
) -> Acknowledgement | None:
    """Of the running incident of checkout-api."""
    service = services.load("checkout-api").service
    if not isinstance(service, Unhealthy):
        return None
    return Acknowledgement(service_id="checkout-api", incident=service.incident, by="Ada")


LATER = Later("checkout-api", acknowledgement)


def test_a_message_can_depend_on_what_those_before_it_have_led_to(database: Database) -> None:
    """Of its own request, too."""
    [[alerted, acknowledged]] = received(database, Together([alert("checkout-api"), LATER]))
    assert isinstance(alerted, Decision)
    assert isinstance(acknowledged, Decision)
    assert isinstance(acknowledged.after, Unhealthy)
    assert acknowledged.after.escalation == Acknowledged(by="Ada")


def test_where_there_is_nothing_to_do_that_is_the_answer(database: Database) -> None:
    """It is no error, and nothing is written."""
    [[answer]] = received(database, Together([LATER]))
    assert isinstance(answer, NothingToDo)
    assert committed(database) == 0


def test_it_goes_before_alerts_of_others_and_stays_behind_one_of_its_own_service(
    database: Database,
) -> None:
    """Whoever acknowledges does not wait for a flood."""
    order: list[str] = []

    def noting(name: str) -> Callable[[Connection, Answers], None]:
        return lambda _connection, _answers: order.append(name)

    received(
        database,
        Together([alert("search-api")], noting("alert")),
        Together([Later("billing", lambda *_: None)], noting("acknowledgement")),
    )
    assert order == ["acknowledgement", "alert"]
    order.clear()
    received(
        database,
        Together([alert("checkout-api")], noting("alert")),
        Together([LATER], noting("acknowledgement")),
    )
    assert order == ["alert", "acknowledgement"]


def test_it_is_chosen_again_where_another_node_was_faster(nodes: list[Database]) -> None:
    """By what the service is then."""
    chosen: list[int] = []
    own, other = (Inbox(node, Wakeups()) for node in nodes)
    own.submit(alert("checkout-api")).result(WAIT_TIMEOUT)

    def choose(services: MonitoredServices, policies: EscalationPolicies) -> Message | None:
        message = acknowledgement(services, policies)
        assert message is not None
        chosen.append(message.incident)
        if len(chosen) == 1:
            for faster in (Resolve(service_id="checkout-api"), alert("checkout-api")):
                other.submit(faster).result(WAIT_TIMEOUT)
        return message

    told: list[Answers] = []
    record = Record("a request", lambda _, answers: told.append(answers))
    messages: list[Message | Later] = [alert("billing"), Later("checkout-api", choose)]
    answers = asyncio.run(own.receive_together(messages, None, record))
    assert chosen == [1, 2]
    assert told == [answers]
    service = SqlPorts(nodes[1]).services.load("checkout-api").service
    assert isinstance(service, Unhealthy)
    assert service.incident == 2
    assert service.escalation == Acknowledged(by="Ada")
    assert is_unhealthy(nodes[1], "billing")


def test_two_nodes_with_the_same_services_in_the_opposite_order_are_no_deadlock(
    nodes: list[Database],
) -> None:
    """Nor are their records: PostgreSQL would end one of them after a second."""
    names = [f"service-{number}" for number in range(20)]
    row = {"name": "the same row", "failures": 0, "last_at": 0}
    nodes[0].write(lambda connection: connection.execute(failed_logins.insert().values(row)))

    def write(connection: Connection, _answers: Answers) -> None:
        connection.execute(failed_logins.update().values(failures=failed_logins.c.failures + 1))

    def send(node: Database, order: Sequence[str]) -> list[Answer | NotTaken]:
        inbox = Inbox(node, Wakeups())
        record = Record("the same row", write)

        async def requests() -> list[Answer | NotTaken]:
            found = []
            for number in range(10):
                messages = [Alert(service_id=name, message=f"{number}") for name in order]
                found += await inbox.receive_together(messages, None, record)
            return found

        return asyncio.run(requests())

    with ThreadPoolExecutor() as threads:
        sent = [threads.submit(send, nodes[0], names), threads.submit(send, nodes[1], names[::-1])]
        answers = [answer for future in sent for answer in future.result(WAIT_TIMEOUT)]
    assert [answer for answer in answers if isinstance(answer, NotTaken)] == []
    written = select(failed_logins.c.failures)
    assert nodes[0].read(lambda connection: connection.execute(written).scalar_one()) == 20
