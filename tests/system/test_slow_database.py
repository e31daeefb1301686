"""A database that does not answer: the program says so, and nothing that was accepted is lost.

It stalls because somebody else holds a lock, or because its processes are halted: then not even
its own time-outs go off.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from threading import Event, Semaphore
from typing import NamedTuple

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from contract.channels.smtp_server import Dialogue, MailServer, ScriptedServer
from databases import engine_of
from nemesis.postgresql import Postgresql
from pager.access.scopes import EVERYTHING
from pager.adapters.runtime.shutdown import LONGEST_STOP
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.sessions import SqlSessions
from pager.adapters.store.core.database import Database
from system.program import Program, emails, run
from system.test_paging import mail_settings, recipients
from system.watching import complaint, metric, raise_alerts, wait_for_complaint, wait_until_ready
from waiting import WAIT_TIMEOUT, wait_until

# One at a time of those that take a whole machine.
pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("load")]

MOST_SECONDS = 20
"""For an answer that is due after ten: the machine may be busy."""

SERVICES = ["checkout-api", "search-api"]


class Stalling(NamedTuple):
    """A database that a test can make stall."""

    url: str
    stalled: Callable[[], AbstractContextManager[None]]
    complaint: str


@pytest.fixture(params=["locked_sqlite", "locked_postgresql", "halted_postgresql"])
def database(request: pytest.FixtureRequest) -> Stalling:
    """An empty one, of any kind."""
    found: Stalling = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def locked_sqlite(tmp_path: Path) -> Stalling:
    """Its writer waits for a lock as long as the URL says, five seconds otherwise."""
    path = tmp_path / "pager.db"

    @contextmanager
    def stalled() -> Iterator[None]:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    url = f"sqlite:///{path}?timeout=0.2"
    return Stalling(url, stalled, "The database takes no writes: database is locked.")


def locks_tables(connection: Connection) -> bool:
    """Lock them all at once, or none: waiting for one with the lock of another is a deadlock with
    a transaction of Pager's that reads them in another order."""
    try:
        connection.exec_driver_sql("LOCK TABLE monitored_services, outbox, timers NOWAIT")
    except OperationalError:
        connection.rollback()
        return False
    return True


@pytest.fixture
def locked_postgresql(postgresql_database: str) -> Stalling:
    """Every statement on these tables waits, of writers and of readers."""

    @contextmanager
    def stalled() -> Iterator[None]:
        with engine_of(postgresql_database) as engine, engine.connect() as other:
            wait_until(lambda: locks_tables(other), "no transaction of Pager's has a lock")
            yield

    return Stalling(postgresql_database, stalled, "The database takes no writes: ")


@pytest.fixture
def halted_postgresql(tmp_path: Path) -> Iterator[Stalling]:
    """Its connections stay open and say nothing, and nobody gets a new one.

    It has a server of its own: that of the run serves other tests meanwhile.
    """
    with Postgresql(tmp_path / "postgresql") as server:
        says = "The database takes no writes: no answer within 5 s."
        yield Stalling(server.url, server.halted, says)


def test_everything_is_refused_in_time_while_the_database_is_halted(
    halted_postgresql: Stalling, tmp_path: Path
) -> None:
    """Whoever asks, and with whatever: within the same ten seconds. And then it can be stopped."""
    settings = {"PAGER_DATABASE_URL": halted_postgresql.url, "PAGER_API_KEY": "0123456789abcdef"}
    opened = Database(halted_postgresql.url)
    made_key = SqlApiKeys(opened).make("a test", "monitor", EVERYTHING)
    SqlAccounts(opened).add("a test", "ada", "engineer")
    SqlAccounts(opened).change_password("a test", "ada", "hashed")
    ada = SqlAccounts(opened).named("ada")
    assert ada is not None
    session = SqlSessions(opened).begin(ada, "a browser")
    opened.close()
    key = {"Authorization": "Bearer 0123456789abcdef"}
    with Program(tmp_path, **settings) as pager:
        pager.http.headers.update(key)
        pager.put_policy("checkout-api", emails("ada"))
        pager.raise_alert("checkout-api")
        link = pager.wait_for_output(r"Acknowledge: http://[^/]+(/acknowledge/\S+)")[1]
        alert = {"service_id": "checkout-api", "message": "down"}
        cookie = {"Cookie": f"pager_session={session}", "Authorization": ""}
        requests: list[tuple[str, str, object, dict[str, str]]] = [
            ("POST", "/alerts", alert, key),
            ("POST", "/alerts", alert, {"Authorization": f"Bearer {made_key}"}),
            ("GET", link, None, {}),
            ("POST", link, None, {}),
            ("GET", "/", None, cookie),
            ("GET", "/services", None, key),
            ("PUT", "/escalation-policies/x", {"service_id": "x", "levels": [emails("a")]}, key),
            ("GET", "/console/login", None, {}),
        ]

        def status(request: tuple[str, str, object, dict[str, str]]) -> tuple[str, int, bool]:
            method, path, body, headers = request
            begun = time.monotonic()
            answer = pager.http.request(method, path, json=body, headers=headers, timeout=60)
            return path, answer.status_code, time.monotonic() - begun < MOST_SECONDS

        with halted_postgresql.stalled():
            with ThreadPoolExecutor(len(requests)) as clients:
                answers = list(clients.map(status, requests))
            assert answers == [(path, 503, True) for _, path, _, _ in requests]
            begun = time.monotonic()
            pager.stop()
            assert time.monotonic() - begun < LONGEST_STOP.total_seconds() + MOST_SECONDS


def test_a_database_that_does_not_answer(database: Stalling, tmp_path: Path) -> None:
    """It is alive and not ready; an Alert is refused, or paged once the database goes on."""
    settings = {"PAGER_DATABASE_URL": database.url}
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail), **settings) as pager:
        for service in SERVICES:
            pager.put_policy(service, emails(service))
        pager.raise_alert(SERVICES[0])
        pager.wait_until_settled(SERVICES[0])
        with ThreadPoolExecutor(1) as client:
            with database.stalled():
                raised = client.submit(raise_alerts, pager, SERVICES[1:])
                wait_for_complaint(pager, database.complaint)
                assert pager.http.get("/healthz").status_code == 200
                assert metric(pager, "pager_database_up") == 0
            accepted = raised.result()
        pager.wait_for_output("WARNING .*not ready: The database takes no writes")
        wait_until_ready(pager)
        assert metric(pager, "pager_database_up") == 1
        if not accepted:
            pager.raise_alert(SERVICES[1])
        mail.wait_for_messages(2)
        pager.wait_until_settled(SERVICES[1])
        assert complaint(pager) is None
        assert pager.stop() == 0
    assert recipients(mail.messages) == {f"{service}@example.com": 1 for service in SERVICES}
    status, output = run(tmp_path, "audit", **settings)
    assert status == 0, output


def test_what_is_in_hand_while_the_database_does_not_answer_leaves_soon_after(
    database: Stalling, tmp_path: Path
) -> None:
    """It is recorded or sent within seconds, and not when its lease is over; and each once."""
    names = ["ada", "grace", "edsger"]
    asked, go_on = Semaphore(0), Event()
    mailed: list[str] = []

    def slow(dialogue: Dialogue) -> None:
        dialogue.send("220 mail.example.com\r\n")
        while True:
            dialogue.continue_until("DATA")
            text = dialogue.take_message()
            asked.release()
            assert go_on.wait(WAIT_TIMEOUT)
            mailed.extend(re.findall(r"^To: (\S+)@", text, re.MULTILINE))
            dialogue.send("250 OK\r\n")

    with ScriptedServer(*[slow] * 10) as mail:
        settings = {
            "PAGER_DATABASE_URL": database.url,
            "PAGER_SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
            "PAGER_MAIL_FROM": "pager@example.com",
            "PAGER_MAIL_RELAYS": "2",
        }
        with Program(tmp_path, **settings) as pager:
            pager.put_policy("checkout-api", emails(*names))
            pager.raise_alert("checkout-api")
            for _ in range(2):
                assert asked.acquire(timeout=WAIT_TIMEOUT)
            with database.stalled():
                go_on.set()
                wait_for_complaint(pager, database.complaint)
            # WAIT_TIMEOUT is a quarter of the lease.
            pager.wait_until_settled("checkout-api")
            assert pager.pages("checkout-api") == [
                (f"{name}@example.com", "sent") for name in names
            ]
            assert pager.stop() == 0
    assert sorted(mailed) == sorted(names)
