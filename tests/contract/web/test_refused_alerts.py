"""Refused Alerts: each is counted, logged and shown, whoever refused it; none fills anything."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from rich.console import Console
from sqlalchemy import func, select, update

from contract.web.application import (
    ALERT,
    KEY,
    POLICY,
    WRITING_AT_ONCE,
    application_on,
    shared_application,
)
from contract.web.forms import in_words
from contract.web.people import signed_in
from databases import block_writer
from pager.access.roles import Role
from pager.access.scopes import KeyScope
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.refusals import MOST_LINES, MOST_PENDING, Refusals
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import refused_alerts
from pager.adapters.store.refused_alerts import (
    KEPT_FOR,
    MOST_ROWS,
    Refused,
    RefusedAlerts,
    add_refused,
    refused_lately,
)
from pager.adapters.store.upkeep.retention import prune
from pager.adapters.terminal.journal import refused
from waiting import wait_until

NEW = "brand-new-service"
AUTHORIZED = {"authorization": f"Bearer {KEY}"}


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application with the operator's key."""
    return shared_application(database, KEY)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A client that sends the operator's key."""
    return TestClient(app, headers=AUTHORIZED, raise_server_exceptions=False)


def shown(database: Database) -> list[RefusedAlerts]:
    """What is shown, once all that was told is written."""
    while True:
        before = [row[:3] for row in refused_lately(database)]
        database.write(lambda _: None)
        rows = refused_lately(database)
        if [row[:3] for row in rows] == before:
            return list(rows)


def on_now(app: FastAPI, database: Database, role: Role = "engineer") -> str:
    """The first page of the console, in one line without its tags."""
    database.write(lambda _: None)
    return in_words(signed_in(app, database, role).get("/").text)


def wait_for(database: Database, times: int) -> None:
    """Wait until so many refusals are written."""
    wait_until(lambda: sum(row.times for row in refused_lately(database)) >= times)


def test_now_shows_what_was_refused_and_what_to_do(
    app: FastAPI, client: TestClient, database: Database
) -> None:
    """How often, when last, why, who sent it, and a link to the policy that is missing."""
    for _ in range(3):
        assert client.post("/alerts", json={**ALERT, "service_id": NEW}).status_code == 404
    wait_for(database, 3)
    page = on_now(app, database)
    assert "Refused 3 times, last 20" in page
    assert f"{NEW} has no policy. From the key in the settings of Pager." in page
    assert f"Give {NEW} a policy" in page
    html = signed_in(app, database, "engineer").get("/").text
    assert f'href="/console/services/{NEW}/policy"' in html
    assert f"Give {NEW}" not in on_now(app, database, "viewer")


def test_a_policy_mends_it(app: FastAPI, client: TestClient, database: Database) -> None:
    """It is gone from Now."""
    client.post("/alerts", json={**ALERT, "service_id": NEW})
    assert [row.service_id for row in shown(database)] == [NEW]
    client.put(f"/escalation-policies/{NEW}", json={**POLICY, "service_id": NEW})
    assert shown(database) == []
    assert "Refused alerts" not in on_now(app, database)


def test_after_some_days_it_is_forgotten(client: TestClient, database: Database) -> None:
    """On the page at once, and in the table by the next pruning."""
    client.post("/alerts", json={**ALERT, "service_id": NEW})
    assert len(shown(database)) == 1
    older = update(refused_alerts).values(
        last_at=refused_alerts.c.last_at - milliseconds(KEPT_FOR) - 1
    )
    database.write(lambda connection: connection.execute(older))
    assert shown(database) == []
    prune(database, timedelta(days=90))
    assert rows(database) == 0


def rows(database: Database) -> int:
    """How many rows the table has."""
    count = select(func.count()).select_from(refused_alerts)
    return database.read(lambda connection: connection.execute(count).scalar_one())


def test_whoever_refuses_an_alert_it_is_seen(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The guard, admission control, the reader of bodies, the endpoint, the database."""
    client = TestClient(application_on(database, KEY), headers=AUTHORIZED)  # nothing counted yet
    keys = SqlApiKeys(database)
    reader = keys.make("ada", "reader", KeyScope(actions=frozenset({"read"}), services=None))
    other = keys.make(
        "ada", "other", KeyScope(actions=frozenset({"alert"}), services=frozenset({"search-api"}))
    )
    revoked = keys.make("ada", "gone", KeyScope(actions=frozenset({"alert"}), services=None))
    [number] = [key.id for key in keys.all() if key.name == "gone"]
    keys.revoke("ada", number)
    for key in (reader, other, revoked, "nonsense"):
        client.post("/alerts", json=ALERT, headers={"authorization": f"Bearer {key}"})
    client.put("/alerts", json=ALERT)
    client.post("/alerts", content=b"\0")
    client.post("/alerts", json=[17, {**ALERT, "service_id": NEW}])
    full = TestClient(application_on(database, KEY, limits=WRITING_AT_ONCE._replace(requests=0)))
    assert full.post("/alerts", json=ALERT, headers=AUTHORIZED).status_code == 503
    opened = TestClient(application_on(database, None, "localhost"))
    assert opened.post("/alerts", json=ALERT).status_code == 421
    opened = TestClient(application_on(database, None, "testserver"))
    assert opened.post("/alerts", headers={"origin": "https://evil.example"}).status_code == 415
    wait_for(database, 11)
    seen = {(row.service_id, row.status): row for row in shown(database)}
    assert {key: row.times for key, row in seen.items()} == {
        ("", 401): 2,
        ("", 403): 1,
        ("checkout-api", 403): 1,
        ("", 405): 1,
        ("", 422): 2,
        (NEW, 404): 1,
        ("", 503): 1,
        ("", 421): 1,
        ("", 415): 1,
    }
    assert seen["checkout-api", 403].sender == "API key other"
    assert seen["", 403].sender == "API key reader"
    for status in (401, 403, 404, 405, 415, 421, 422, 503):
        assert f"refused an Alert: status={status} " in caplog.text
    assert seen["", 422].reason in caplog.text
    for secret in (reader, other, revoked, "nonsense", KEY, str(ALERT["message"])):
        assert secret not in caplog.text
    page = client.get("/metrics").text
    assert 'pager_refused_alerts_total{status="401"} 2.0' in page
    assert 'pager_refused_alerts_total{status="404"} 1.0' in page


def test_a_revoked_key_is_named_by_its_number(client: TestClient, database: Database) -> None:
    """Its secret is not shown."""
    keys = SqlApiKeys(database)
    key = keys.make("ada", "gone", KeyScope(actions=frozenset({"alert"}), services=None))
    [made] = keys.all()
    keys.revoke("ada", made.id)
    client.post("/alerts", json=ALERT, headers={"authorization": f"Bearer {key}"})
    [row] = shown(database)
    assert row.sender == f"testclient, with the key pager_{made.id}_…"


def test_what_is_sent_to_a_wrong_address_is_seen(
    app: FastAPI, client: TestClient, database: Database
) -> None:
    """With a valid key: what strangers look for is no Alert."""
    assert client.post("/v1/alert", json=ALERT).status_code == 404
    assert TestClient(app).post("/wp-login.php").status_code == 401
    assert client.get("/v1/alert").status_code == 404
    [row] = shown(database)
    assert (row.service_id, row.status, row.times) == ("", 404, 1)
    assert row.sender == "PAGER_API_KEY, to /v1/alert"
    assert "sent to a wrong address" in on_now(app, database)


def test_what_the_database_did_not_take_is_seen_later(
    app: FastAPI, client: TestClient, database: Database
) -> None:
    """503: the sender was told to send it again."""
    client.put("/escalation-policies/checkout-api", json=POLICY)
    database.write(lambda connection: connection.exec_driver_sql("DROP TABLE outbox"))
    assert client.post("/alerts", json=ALERT).status_code == 503
    [row] = shown(database)
    assert (row.service_id, row.status) == ("checkout-api", 503)


def test_accepted_alerts_and_other_requests_leave_no_trace(
    client: TestClient, database: Database
) -> None:
    """Nor does a look at the address."""
    client.put("/escalation-policies/checkout-api", json=POLICY)
    client.post("/alerts", json=[ALERT, {**ALERT, "message": ""}])
    client.get("/alerts")
    client.post("/acknowledgements", json={})
    assert shown(database) == []


# --- Bounds --------------------------------------------------------------------------------


def test_a_flood_of_names_fills_neither_the_table_nor_the_page(
    app: FastAPI, client: TestClient, database: Database
) -> None:
    """The newest are kept; the page stays small, and says how many there are."""
    for first in range(0, 300, 100):
        batch = {(f"service-{first + n:03}" + "x" * 180, 404): Refused(1, "x") for n in range(100)}
        database.write(partial(add_refused, refused=batch))
    assert rows(database) == MOST_ROWS
    assert shown(database)[0].service_id.startswith("service-2")
    page = on_now(app, database)
    assert page.count("has no policy.") == 5
    assert "And 95 more" in page
    assert len(signed_in(app, database, "engineer").get("/").content) < 50_000


class CountingDatabase(Database):
    """A database that counts what is submitted to it."""

    submitted = 0

    def submit(self, *args: object, **options: object):  # type: ignore[no-untyped-def]  # as the base's
        """Count it."""
        self.submitted += 1
        return super().submit(*args, **options)  # type: ignore[arg-type]  # as the base's


@pytest.fixture
def counting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CountingDatabase]:
    """An empty one."""
    database = CountingDatabase(f"sqlite:///{tmp_path_factory.mktemp('counting') / 'pager.db'}")
    yield database
    database.close()


def test_a_flood_costs_one_write_in_an_interval_and_a_few_lines(
    counting: CountingDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    """What is remembered until the next write is bounded, and all of it is counted."""
    now = 0.0
    metrics = Metrics()
    refusals = Refusals(counting, metrics, timedelta(milliseconds=50), clock=lambda: now)
    go_on = block_writer(counting)  # all of it comes in the first interval, however slowly
    with caplog.at_level(logging.WARNING):
        for number in range(2_000):
            refusals.add(f"service-{number}", 404, "API key wild")
    go_on.set()
    wait_for(counting, 2_000)
    assert counting.submitted < 2_000
    assert len(refused_lately(counting)) <= MOST_ROWS
    others = [row for row in refused_lately(counting) if not row.service_id]
    assert [row.times for row in others] == [2_000 - MOST_PENDING - 1]
    assert "one of many whose service has no policy" in others[0].reason
    assert not others[0].needs_policy
    assert len(caplog.records) == MOST_LINES
    now = 100.0
    refusals.add("service-1", 404, "API key wild")
    assert "1980 more refused Alerts were not logged" in caplog.text
    page = metrics.page(None, up=True, queued=0).decode()
    assert 'pager_refused_alerts_total{status="404"} 2001.0' in page


def test_strangers_cause_one_row(app: FastAPI, database: Database) -> None:
    """Whatever they send, and however often."""
    stranger = TestClient(app)

    for number in range(20):
        body = {**ALERT, "service_id": f"service-{number}"}
        assert stranger.post("/alerts", json=body).status_code == 401
    wait_for(database, 20)
    assert [(row.service_id, row.status, row.times) for row in shown(database)] == [("", 401, 20)]


def test_two_nodes_count_together(postgresql_database: str) -> None:
    """Each waits for its own writes only, and no refusal is counted twice or lost."""
    nodes = [Database(postgresql_database) for _ in range(2)]
    refusals = [Refusals(node, Metrics(), timedelta(milliseconds=1)) for node in nodes]
    for number in range(50):
        refusals[number % 2].add(NEW, 404, "API key ci")
    wait_for(nodes[0], 50)
    assert [(row.service_id, row.times) for row in refused_lately(nodes[1])] == [(NEW, 50)]
    for node in nodes:
        node.close()


def test_the_journal_on_the_terminal_lists_them(client: TestClient, database: Database) -> None:
    """`pager journal`, also when the server is down."""
    client.post("/alerts", json={**ALERT, "service_id": NEW})
    console = Console(file=StringIO(), width=200)
    console.print(refused(shown(database)))
    printed = console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    assert re.fullmatch(
        r"refused once, last \S+ \S+ UTC +brand-new-service has no Escalation Policy; "
        r"from PAGER_API_KEY *\n",
        printed,
    )
