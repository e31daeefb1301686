"""Heartbeats over HTTP: jobs ping them, programs set them up, and Opsgenie's clients ping them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import (
    KEY,
    POLICY,
    application_on,
    check_problem,
    rules,
    shared_application,
)
from contract.web.heartbeats import let_pass
from pager.access.integrations import Routing
from pager.access.scopes import Action, KeyScope
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.core.database import Database

BACKUP = {"service_id": "checkout-api", "interval": "PT10M", "grace": 60}
PATH = "/heartbeats/nightly-backup"
NODE = "opsgenie-node-sdk:0.5.1"


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application with the operator's key."""
    return shared_application(database, KEY)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A program with that key; checkout-api has a policy, and a heartbeat."""
    client = with_key(app, KEY)
    client.put("/escalation-policies/checkout-api", json=POLICY)
    assert client.put(PATH, json=BACKUP).status_code == 200
    return client


def with_key(app: FastAPI, key: str) -> TestClient:
    """A program that sends that key."""
    return TestClient(app, headers={"authorization": f"Bearer {key}"})


def api_key(database: Database, name: str, *actions: Action, services: list[str]) -> str:
    """A new key for these actions on these services."""
    scope = KeyScope(actions=frozenset(actions), services=frozenset(services))
    return SqlApiKeys(database).make("ada", name, scope)


def test_a_heartbeat_is_made_pinged_read_and_removed(
    client: TestClient, database: Database
) -> None:
    """And the audit log has who did what."""
    status = client.get(PATH).json()
    assert (status["state"], status["pinged_at"], status["due_at"]) == ("waiting", None, None)
    assert (status["interval"], status["grace"]) == ("PT10M", "PT1M")
    assert status["dedup_key"] == "heartbeat:nightly-backup"
    assert client.post(f"{PATH}/ping").json() == {"name": "nightly-backup", "result": "heard"}
    status = client.get(PATH).json()
    assert (status["state"], status["overdue_since"]) == ("on time", None)
    assert client.get("/heartbeats").json() == [status]
    assert client.put(PATH, json={**BACKUP, "interval": 60}).json()["interval"] == "PT1M"
    assert client.delete(PATH).status_code == 204
    check_problem(client.delete(PATH), 404, "There is no heartbeat 'nightly-backup'")
    check_problem(client.get(PATH), 404, "There is no heartbeat 'nightly-backup'")
    entries = SqlAuditLog(database).last(9)
    assert [(entry.action, entry.subject) for entry in entries] == [
        ("heartbeat removed", "nightly-backup"),
        ("heartbeat edited", "nightly-backup"),
        ("heartbeat made", "nightly-backup"),
    ]
    assert entries[0].author == "PAGER_API_KEY"


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", PATH, None, ""),
        ("HEAD", PATH, None, ""),
        ("POST", PATH, None, ""),
        ("POST", PATH, "application/x-www-form-urlencoded", "a=b"),
        ("POST", PATH, "text/plain", "x" * 2_000_000),
    ],
)
def test_a_ping_is_taken_in_whatever_form(
    client: TestClient, request_: tuple[str, str, str | None, str]
) -> None:
    """A body is not read."""
    method, path, media_type, body = request_
    headers = {"Content-Type": media_type} if media_type else {}
    answer = client.request(method, f"{path}/ping", content=body, headers=headers)
    assert answer.status_code == 200
    assert client.get(PATH).json()["state"] == "on time"


def test_what_stays_away_pages_and_its_ping_resolves(
    client: TestClient, database: Database
) -> None:
    """The metrics count it meanwhile."""
    client.post(f"{PATH}/ping")
    let_pass(database, timedelta(minutes=11))
    assert client.get("/services/checkout-api").json()["state"] == "unhealthy"
    assert client.get(PATH).json()["state"] == "missing"
    assert "\npager_missing_heartbeats 1.0" in client.get("/metrics").text
    client.get(f"{PATH}/ping")
    assert client.get("/services/checkout-api").json()["state"] == "healthy"
    assert "\npager_missing_heartbeats 0.0" in client.get("/metrics").text


def test_what_is_removed_while_it_is_missing_is_resolved(
    client: TestClient, database: Database
) -> None:
    """Nobody waits for it any more."""
    client.post(f"{PATH}/ping")
    let_pass(database, timedelta(minutes=11))
    client.delete(PATH)
    assert client.get("/services/checkout-api").json()["state"] == "healthy"


def test_a_key_pings_only_what_its_scope_says(
    app: FastAPI, client: TestClient, database: Database
) -> None:
    """It may be in the query, for what can send no header."""
    good = api_key(database, "cron", "heartbeat", services=["checkout-api"])
    foreign = api_key(database, "other", "heartbeat", services=["search-api"])
    alerter = api_key(database, "alerter", "alert", services=["checkout-api"])
    strangers = TestClient(app)
    for path in (f"{PATH}/ping", "/heartbeats/unknown/ping"):
        assert strangers.get(path).status_code == 401
        assert strangers.get(f"{path}?token=nonsense").status_code == 401
        assert with_key(app, alerter).get(path).status_code == 403
    check_problem(with_key(app, foreign).get(f"{PATH}/ping"), 403, "not good for the heartbeat")
    assert client.get(PATH).json()["state"] == "waiting"
    assert strangers.get(f"{PATH}/ping?token={good}").status_code == 200
    assert strangers.get(f"{PATH}?token={good}").status_code == 401
    assert with_key(app, good).put(PATH, json=BACKUP).status_code == 403


def test_a_key_sees_and_edits_the_heartbeats_of_its_services(
    app: FastAPI, client: TestClient, database: Database
) -> None:
    """And takes none from another service."""
    foreign = with_key(app, api_key(database, "other", "read", "policies", services=["search-api"]))
    assert foreign.get("/heartbeats").json() == []
    check_problem(foreign.get(PATH), 403, "not good for 'read' on 'checkout-api'")
    taken = {**BACKUP, "service_id": "search-api"}
    check_problem(foreign.put(PATH, json=taken), 403, "that is of another service")
    check_problem(foreign.put(PATH, json=BACKUP), 403, "not good for 'policies'")
    check_problem(foreign.delete(PATH), 403, "that is of another service")
    assert client.get(PATH).json()["service_id"] == "checkout-api"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"interval": "10 min"}, "interval"),
        ({"interval": 0}, "interval"),
        ({"interval": True}, "interval"),
        ({"grace": -1}, "grace"),
        ({"grace": "P1000D"}, "grace"),
        ({"service_id": "a b"}, "service_id"),
        ({"dedup_key": ""}, "dedup_key"),
        ({"dedup_key": "x" * 256}, "dedup_key"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_wrong_setting_is_named(client: TestClient, wrong: dict[str, object], field: str) -> None:
    """Nothing is made of it."""
    answer = client.put("/heartbeats/import", json=BACKUP | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert client.get("/heartbeats/import").status_code == 404


@pytest.mark.parametrize("name", ["a%00b", "%20a", "a%0Ab", "x" * 101, "a%3Fb", "%F0%9F%92%A9"])
def test_a_name_that_none_can_have_is_not_found(client: TestClient, name: str) -> None:
    """Whatever is asked of it."""
    path = f"/heartbeats/{name}"
    answers = [client.get(path), client.put(path, json=BACKUP), client.delete(path)]
    for answer in [*answers, client.get(f"{path}/ping")]:
        check_problem(answer, 404, "No heartbeat has such a name")


def test_a_name_may_have_spaces(client: TestClient) -> None:
    """As Opsgenie's do."""
    assert client.put("/heartbeats/Heartbeat%20Test", json=BACKUP).status_code == 200
    assert client.get("/heartbeats/Heartbeat%20Test/ping").status_code == 200


def test_the_list_goes_on_after_a_page(client: TestClient) -> None:
    """By name."""
    for name in ("a", "b"):
        client.put(f"/heartbeats/{name}", json=BACKUP)
    first = client.get("/heartbeats?limit=2")
    assert [one["name"] for one in first.json()] == ["a", "b"]
    second = client.get(f"/heartbeats{first.links['next']['url']}")
    assert [one["name"] for one in second.json()] == ["nightly-backup"]
    assert "link" not in second.headers


def test_a_web_page_cannot_ping_without_a_key(database: Database) -> None:
    """Its visitor's browser may reach a server that asks for none."""
    client = TestClient(application_on(database, None, "testserver"))
    client.put(PATH, json=BACKUP)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        assert client.get(f"{PATH}/ping", headers=headers).status_code == 403
    assert client.get(f"{PATH}/ping").status_code == 200


def test_a_ping_is_refused_while_the_database_is_away(sqlite_database: str) -> None:
    """With when to send it again: it is answered only when it is committed."""
    database = Database(sqlite_database)
    client = with_key(application_on(database, KEY), KEY)
    client.put(PATH, json=BACKUP)
    Path(sqlite_database.removeprefix("sqlite:///")).unlink()
    answer = client.get(f"{PATH}/ping")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    database.close()


def test_pings_have_a_place_of_their_own_in_admission(app: FastAPI) -> None:
    """So a flood of Alerts, or of anything else, keeps none of them out."""
    pings = {path for (_, path), rule in rules(app).items() if rule.admission == "heartbeat"}
    assert pings == {
        "/heartbeats/{name}/ping",
        "/v2/heartbeats/{name}",
        "/v2/heartbeats/{name}/",
        "/v2/heartbeats/{name}/ping",
        "/v2/heartbeats/{name}/ping/",
    }


# --- Opsgenie ------------------------------------------------------------------------------


@pytest.fixture
def opsgenie(app: FastAPI, client: TestClient, database: Database) -> TestClient:
    """A client of Opsgenie's, with the key of an integration of checkout-api."""
    del client
    routing = Routing(service_id="checkout-api")
    key = SqlIntegrations(database).make("ada", "opsgenie", "opsgenie", routing).key
    return TestClient(app, headers={"authorization": f"GenieKey {key}"})


@pytest.mark.parametrize(
    ("method", "path", "agent"),
    [
        *((method, "/ping", "curl/8") for method in ("GET", "POST", "PUT", "PATCH")),
        ("GET", "/ping/", "curl/8"),
        ("GET", "", NODE),
        ("GET", "/", NODE),
    ],
)
def test_opsgenies_clients_ping(
    opsgenie: TestClient, client: TestClient, method: str, path: str, agent: str
) -> None:
    """As they are recorded: its npm client leaves out /ping."""
    headers = {"User-Agent": agent, "Content-Type": "application/json"}
    answer = opsgenie.request(method, f"/v2/heartbeats/nightly-backup{path}", headers=headers)
    assert answer.status_code == 202
    assert answer.json().keys() == {"result", "took", "requestId"}
    assert answer.json()["result"] == "PONG - Heartbeat received"
    assert client.get(PATH).json()["state"] == "on time"


def test_others_ask_opsgenie_for_a_heartbeat(opsgenie: TestClient, client: TestClient) -> None:
    """To look at one is no ping."""
    answer = opsgenie.get("/v2/heartbeats/nightly-backup")
    assert (answer.status_code, answer.json()["data"]) == (
        200,
        {
            "name": "nightly-backup",
            "description": "Of checkout-api",
            "interval": 11,
            "intervalUnit": "minutes",
            "enabled": True,
            "expired": False,
        },
    )
    assert client.get(PATH).json()["state"] == "waiting"
    client.get(f"{PATH}/ping")
    assert opsgenie.get("/v2/heartbeats/nightly-backup").json()["data"]["lastPingTime"]


def test_a_key_of_opsgenie_is_good_for_its_service(
    app: FastAPI, opsgenie: TestClient, client: TestClient, database: Database
) -> None:
    """Where the events of its integration may be about any, for all."""
    client.put("/heartbeats/import", json={**BACKUP, "service_id": "search-api"})
    assert opsgenie.get("/v2/heartbeats/import/ping").status_code == 403
    assert opsgenie.get("/v2/heartbeats/import").status_code == 403
    assert opsgenie.get("/v2/heartbeats/unknown/ping").status_code == 404
    assert opsgenie.get("/v2/heartbeats/unknown").status_code == 404
    assert TestClient(app).get("/v2/heartbeats/import/ping").status_code == 401
    routing = Routing(service_id="checkout-api", field="service")
    key = SqlIntegrations(database).make("ada", "all", "opsgenie", routing).key
    answer = TestClient(app).get(
        "/v2/heartbeats/import/ping", headers={"authorization": f"GenieKey {key}"}
    )
    assert answer.status_code == 202
    assert json.loads(answer.text)["requestId"]
