"""The inbox over the real writer: what is committed before what."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import pytest

from databases import block_writer
from pager import (
    Acknowledgement,
    Alert,
    Decision,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Message,
    Resolve,
)
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.pools import Overloaded, caller
from pager.adapters.runtime.requests import Answer
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.policies import PolicyChanged, SqlEscalationPolicies
from waiting import WAIT_TIMEOUT

NAMES = ("checkout-api", "search-api")


def policy(service_id: str) -> EscalationPolicy:
    """One Level with one Target."""
    ada = EmailTarget(address="ada@example.com")
    return EscalationPolicy(service_id=service_id, levels=(Level(targets=(ada,)),))


def alert(service_id: str) -> Alert:
    """An Alert of that service."""
    return Alert(service_id=service_id, message="p99 latency above 3 s")


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """One whose transactions commit a single message each, so that their order can be seen."""
    path = tmp_path / "pager.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}", longest_transaction=timedelta(0))
    for name in NAMES:
        SqlPorts(database).policies.put(policy(name))
    yield database
    database.close()


class Received:
    """Messages that wait for the writer, in the order in which they are committed."""

    def __init__(self, database: Database) -> None:
        """The writer is kept busy until `commit`."""
        self._inbox = Inbox(database, Wakeups())
        self._go_on = block_writer(database)
        self._futures: list[Future[Answer]] = []
        self._committed: list[Message] = []

    def receive(self, *messages: Message) -> None:
        """Submit them, one after the other."""
        for message in messages:
            future = self._inbox.submit(message)
            future.add_done_callback(lambda _, message=message: self._committed.append(message))  # type: ignore[misc]  # mypy can't infer a default
            self._futures.append(future)

    def commit(self) -> list[Message]:
        """Let the writer go on: the messages, in the order of their commits."""
        self._go_on.set()
        for future in self._futures:
            future.result(WAIT_TIMEOUT)
        return self._committed


@pytest.mark.parametrize("name", NAMES)
def test_an_acknowledgement_goes_before_the_alerts_that_wait(database: Database, name: str) -> None:
    """However many there are, of its own service and of others."""
    Inbox(database, Wakeups()).submit(alert(name)).result(WAIT_TIMEOUT)
    received, acknowledgement = Received(database), Acknowledgement(service_id=name, incident=1)
    alerts = [alert(NAMES[number % 2]) for number in range(40)]
    received.receive(*alerts, acknowledgement)
    assert received.commit()[0] == acknowledgement


ENDS = [HealthyEvent(service_id="checkout-api"), Resolve(service_id="checkout-api")]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.type)
def test_a_healthy_event_goes_before_the_alerts_of_other_services(
    database: Database, end: HealthyEvent | Resolve
) -> None:
    """Its pages that were not sent yet are withdrawn at once. So does a resolve."""
    received = Received(database)
    received.receive(*[alert("search-api")] * 10, end)
    assert received.commit()[0] == end


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.type)
def test_a_healthy_event_stays_behind_an_earlier_alert_of_its_service(
    database: Database, end: HealthyEvent | Resolve
) -> None:
    """Otherwise that Alert would begin an incident which nobody closes any more."""
    received = Received(database)
    received.receive(alert("checkout-api"), end)
    received.commit()
    assert SqlPorts(database).services.load("checkout-api").service.state == "healthy"


def test_an_edit_waits_for_its_commit_and_holds_no_thread(database: Database) -> None:
    """As many as wait, none of them keeps anything else from being done."""
    inbox = Inbox(database, Wakeups())

    async def edits() -> list[int]:
        go_on = block_writer(database)
        waiting = [
            asyncio.create_task(
                inbox.commit(
                    SqlEscalationPolicies,
                    lambda policies, n=number: policies.put(policy(f"service-{n}")),  # type: ignore[misc]  # mypy can't infer a default
                )
            )
            for number in range(100)
        ]
        while database.waiting < len(waiting):
            await asyncio.sleep(0)
        go_on.set()
        return [await edit for edit in waiting]

    assert len(set(asyncio.run(edits()))) == 100


def test_a_refused_edit_is_an_answer(database: Database) -> None:
    """The error of the port reaches the one who waits."""
    inbox = Inbox(database, Wakeups())
    with pytest.raises(PolicyChanged):
        asyncio.run(
            inbox.commit(
                SqlEscalationPolicies,
                lambda policies: policies.put(policy("checkout-api"), None, 404),
            )
        )


def test_an_edit_that_is_not_committed_in_time_is_dropped(database: Database) -> None:
    """Whoever sent it was told to send it again."""
    inbox = Inbox(database, Wakeups(), answer_within=timedelta(milliseconds=1))
    go_on = block_writer(database)
    with pytest.raises(Overloaded):
        asyncio.run(
            inbox.commit(SqlEscalationPolicies, lambda policies: policies.remove("checkout-api"))
        )
    go_on.set()
    database.write(lambda _: None)
    assert SqlPorts(database).policies.of("checkout-api") is not None


def test_one_caller_with_arrays_keeps_nobody_else_out(database: Database) -> None:
    """However many arrays it sends: each of them has to fit into its part of the places."""
    inbox = Inbox(database, Wakeups(), most_waiting=20, most_of_one=16)
    go_on = block_writer(database)

    async def flood() -> None:
        caller.set("API key of a monitor that has gone wild")
        array = [alert(NAMES[0])] * 5
        many = [asyncio.create_task(inbox.receive_each(array)) for _ in range(10)]
        caller.set("API key of another monitor")
        other = asyncio.create_task(inbox.receive_each([alert(NAMES[1])]))
        while database.waiting < 16:
            await asyncio.sleep(0)
        go_on.set()
        assert [type(answer) for answer in await other] == [Decision]
        answers = await asyncio.gather(*many, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, Overloaded)]
        assert len(refused) == 7
        caller.set("API key of a monitor that has gone wild")
        assert await inbox.receive_each(array), "it has its places again"

    asyncio.run(flood())


def test_no_more_messages_wait_than_the_limit_and_one_request(database: Database) -> None:
    """However many come in arrays. What is refused is refused as a whole, and never decided."""
    most_waiting, size, requests = 20, 15, 10
    inbox = Inbox(database, Wakeups(), most_waiting=most_waiting)
    go_on = block_writer(database)

    async def flood() -> list[object]:
        sent = [
            asyncio.create_task(
                inbox.receive_each(
                    [
                        Alert(service_id=NAMES[0], message=f"{request}: {number}")
                        for number in range(size)
                    ]
                )
            )
            for request in range(requests)
        ]
        await asyncio.sleep(0)
        assert most_waiting < database.waiting <= most_waiting + size
        go_on.set()
        return list(await asyncio.gather(*sent, return_exceptions=True))

    answers = asyncio.run(flood())
    accepted = [answer for answer in answers if isinstance(answer, list)]
    assert [len(answer) for answer in accepted] == [size, size]
    assert all(isinstance(answer, Overloaded) for answer in answers if answer not in accepted)
    # Each Alert that was accepted is noted once.
    assert SqlPorts(database).services.load(NAMES[0]).version == 2 * size
