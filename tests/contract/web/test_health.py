"""Readiness: an Alert would be accepted and paged now, or the answer says why not."""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, make_url, text

from contract.web.application import backend_on
from databases import block_writer, connected
from pager.adapters.store.core.database import Database
from pager.adapters.store.dialects.sqlite_file import DatabaseFileGone
from pager.adapters.web.health import Health
from waiting import wait_until

T = TypeVar("T")


class CountingDatabase(Database):
    """A Database that counts its writes."""

    writes = 0

    def submit(self, work: Callable[[Connection], T], lock_key: str = "") -> "Future[T]":
        """As in Database."""
        self.writes += 1
        return super().submit(work, lock_key)


class ManualClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        """Begin at 0 seconds."""
        self.now = 0.0

    def __call__(self) -> float:
        """The seconds now."""
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database file is."""
    return tmp_path / "pager.db"


@pytest.fixture
def database(path: Path) -> Iterator[CountingDatabase]:
    """An empty SQLite database, whose writer does not wait long for somebody else's lock."""
    database = CountingDatabase(f"sqlite:///{path}?timeout=0.05")
    yield database
    database.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
def client(database: CountingDatabase, clock: ManualClock) -> TestClient:
    """A client of nothing but the health endpoints."""
    return client_of(database, clock=clock)


def client_of(
    database: Database,
    database_timeout: timedelta = timedelta(seconds=10),
    clock: Callable[[], float] = time.monotonic,
) -> TestClient:
    """A client of the health endpoints on that database."""
    app, health = FastAPI(), Health(backend_on(database), database_timeout, clock)
    app.add_api_route("/healthz", health.healthz, response_model=None)
    app.add_api_route("/readyz", health.readyz, response_model=None)
    return TestClient(app)


def fault(client: TestClient) -> str:
    """Check that it is alive and not ready; gives the reason."""
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    detail: str = response.json()["detail"]
    return detail


def test_ready_means_that_something_was_committed(client: TestClient, path: Path) -> None:
    """Another connection sees that the file has changed, and finds nothing new in it."""
    with closing(sqlite3.connect(path)) as other:
        version = "PRAGMA data_version"
        before = other.execute(version).fetchone()
        assert client.get("/readyz").json() == {"status": "ready"}
        assert other.execute(version).fetchone() != before
        assert other.execute("SELECT * FROM timers").fetchall() == []


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock the database file, as another program may do."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_database_that_takes_no_writes(
    client: TestClient, path: Path, clock: ManualClock
) -> None:
    """The reason is the database's own; afterwards it is ready again."""
    with locked(path):
        assert fault(client) == "The database takes no writes: database is locked."
    clock.now += 1
    assert client.get("/readyz").status_code == 200


def test_a_database_that_takes_writes_and_cannot_be_read(
    client: TestClient, database: CountingDatabase
) -> None:
    """Alerts would be accepted, and nobody would be paged."""
    database.write(lambda connection: connection.exec_driver_sql("DROP TABLE outbox"))
    assert fault(client) == "The database cannot be read: no such table: outbox."


def test_a_database_that_does_not_answer(database: CountingDatabase, clock: ManualClock) -> None:
    """The answer comes within the timeout; a probe that is late is given up."""
    client = client_of(database, timedelta(milliseconds=50), clock)
    go_on = block_writer(database)
    assert fault(client) == "The database takes no writes: no answer within 0.05 s."
    assert database.waiting == 1
    go_on.set()
    database.write(lambda _: None)
    clock.now += 1
    assert client_of(database, clock=clock).get("/readyz").status_code == 200


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
def test_a_database_file_that_is_gone(client: TestClient, path: Path, *, replaced: bool) -> None:
    """The open file would still take writes, and they would be lost when it is closed."""
    os.rename(path, path.with_suffix(".old"))  # noqa: PTH104 - no Path comes back to be used
    if replaced:
        path.write_bytes(path.with_suffix(".old").read_bytes())
    assert fault(client) == str(DatabaseFileGone(str(path)))


def test_a_database_file_that_is_put_back_is_good_again(
    client: TestClient, path: Path, clock: ManualClock
) -> None:
    """Somebody moved it, and moved it back."""
    away = path.with_suffix(".away")
    path.rename(away)
    fault(client)
    away.rename(path)
    clock.now += 1
    assert client.get("/readyz").status_code == 200


def test_the_database_is_probed_at_most_once_a_second(
    database: CountingDatabase, clock: ManualClock
) -> None:
    """Requests share the answer: /readyz is open to everybody, and a write costs something."""
    before = database.writes
    with client_of(database, clock=clock) as client, ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda _: client.get("/readyz").status_code, range(40))
        assert set(answers) == {200}
        assert database.writes == before + 1
        clock.now += 0.9
        client.get("/readyz")
        assert database.writes == before + 1
        clock.now += 0.1
        client.get("/readyz")
        assert database.writes == before + 2


def test_only_changes_of_readiness_are_logged(
    client: TestClient, path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """One line when it becomes not ready, one when it is ready again, and none for each probe."""
    caplog.set_level(logging.INFO, "pager.adapters.web.health")

    def probe_twice() -> None:
        for _ in range(2):
            clock.now += 1
            client.get("/readyz")

    probe_twice()
    with locked(path):
        probe_twice()
    probe_twice()
    logged = [record.getMessage() for record in caplog.records if "health" in record.name]
    assert logged == [
        "not ready: The database takes no writes: database is locked.",
        "ready again",
    ]


@pytest.fixture
def admin(postgresql: str) -> Iterator[Connection]:
    """A connection of a superuser, to another database of the server."""
    with connected(postgresql) as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        # As a standby is, or a primary that was demoted.
        (
            "SET default_transaction_read_only = on",
            "The database takes no writes: cannot execute INSERT in a read-only transaction.",
        ),
        ("ALLOW_CONNECTIONS false", "The database takes no writes: it cannot be reached."),
    ],
)
def test_a_postgresql_that_changed(
    postgresql_database: str, admin: Connection, statement: str, reason: str
) -> None:
    """The reason names neither the host nor the user."""
    database, clock = Database(postgresql_database), ManualClock()
    client = client_of(database, clock=clock)
    assert client.get("/readyz").status_code == 200
    clock.now += 1
    name = make_url(postgresql_database).database
    admin.exec_driver_sql(f"ALTER DATABASE {name} {statement}")
    disconnect = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    )
    # They are told to end, and do so in a moment.
    wait_until(lambda: not admin.execute(disconnect, {"name": name}).all())
    assert fault(client) == reason
    database.close()
