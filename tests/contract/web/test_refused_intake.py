"""What monitors send in vain is seen, and their keys are seen nowhere."""

import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import (
    KEY,
    POLICY,
    WRITING_AT_ONCE,
    application_on,
    shared_application,
)
from contract.web.people import signed_in
from pager.access.integrations import Routing, without_keys
from pager.adapters.store.access.integrations import NewIntegration, SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.adapters.store.refused_alerts import RefusedAlerts, refused_lately
from waiting import wait_until

UNKNOWN_KEY = "0123456789abcdef" * 2


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application without any policy."""
    return shared_application(database, KEY)


@pytest.fixture
def sender(app: FastAPI) -> TestClient:
    """A monitor, which has no API key."""
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def made(database: Database) -> NewIntegration:
    """An integration of a service without a policy."""
    rows = SqlIntegrations(database)
    return rows.make("ada", "shop", "pagerduty", Routing(service_id="checkout-api"))


def event(key: str) -> dict[str, object]:
    """What PagerDuty's clients send."""
    payload = {"summary": "Disk full", "source": "db-1", "severity": "critical"}
    return {"routing_key": key, "event_action": "trigger", "dedup_key": "d", "payload": payload}


def shown(database: Database, times: int) -> list[RefusedAlerts]:
    """What is shown, once so many refusals are written."""
    wait_until(lambda: sum(row.times for row in refused_lately(database)) >= times)
    return list(refused_lately(database))


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v2/enqueue", "/v2/enqueue"),
        (f"/integrations/v1/grafana/{UNKNOWN_KEY}/", "/integrations/v1/grafana/…"),
        (f"/integrations/v1/grafana/{UNKNOWN_KEY[:31]}", "/integrations/v1/grafana/…"),
        (f"/integrations/v1/webhook?token={UNKNOWN_KEY}", "/integrations/v1/webhook"),
    ],
)
def test_an_unknown_key_is_seen_by_where_it_came_from(
    app: FastAPI, sender: TestClient, database: Database, path: str, where: str
) -> None:
    """Now says which protocol, so that somebody can find the sender; the key is not shown."""
    assert sender.post(path, json=event(UNKNOWN_KEY)).status_code == 401
    [row] = shown(database, 1)
    assert (row.service_id, row.status) == ("", 401)
    assert row.sender == f"testclient, to {where}"
    page = signed_in(app, database, "administrator").get("/").text
    assert f"testclient, to {where}" in page
    assert "no valid key was sent" in page
    assert '<a href="/console/integrations">Integrations</a>' in page


def test_what_is_refused_of_an_integration_names_it_and_its_service(
    sender: TestClient, database: Database, made: NewIntegration
) -> None:
    """Here its service has no policy: giving it one mends it."""
    assert sender.post("/v2/enqueue", json=event(made.key)).status_code == 404
    [row] = shown(database, 1)
    assert (row.service_id, row.status, row.needs_policy) == ("checkout-api", 404, True)
    assert row.sender == "integration shop, to /v2/enqueue"
    stored = SqlIntegrations(database).numbered(made.id)
    assert stored is not None
    assert "has no Escalation Policy" in stored.last_outcome


def test_reading_and_what_is_taken_leave_no_trace(
    app: FastAPI, sender: TestClient, database: Database, made: NewIntegration
) -> None:
    """A browser that opens the URL sends no alert."""
    program = TestClient(app, headers={"authorization": f"Bearer {KEY}"})
    program.put("/escalation-policies/checkout-api", json=POLICY)
    assert sender.post("/v2/enqueue", json=event(made.key)).status_code == 202
    assert sender.get(f"/integrations/v1/grafana/{UNKNOWN_KEY}").status_code == 405
    database.write(lambda _: None)
    assert refused_lately(database) == []


def test_what_could_not_be_taken_is_seen_later(database: Database) -> None:
    """503: the sender was told to send it again, and not 429, which Alertmanager gives up on."""
    full = TestClient(application_on(database, KEY, limits=WRITING_AT_ONCE._replace(requests=0)))
    assert full.post("/v2/enqueue", json=event(UNKNOWN_KEY)).status_code == 503
    [row] = shown(database, 1)
    assert (row.status, row.sender) == (503, "testclient, to /v2/enqueue")


def test_no_key_is_seen_anywhere(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Not in logs, answers, metrics, lists, the last request or what is paged about it."""
    caplog.set_level(logging.DEBUG)
    app = application_on(database, KEY)  # another one may have logged a refusal like this lately
    sender = TestClient(app, raise_server_exceptions=False)
    program = TestClient(app, headers={"authorization": f"Bearer {KEY}"})
    program.put("/escalation-policies/checkout-api", json=POLICY)
    rows = SqlIntegrations(database)
    key = rows.make("ada", "a", "pagerduty", Routing(service_id="checkout-api")).key
    dashed = "-".join((key[:8], key[8:12], key[12:16], key[16:20], key[20:]))
    wrong_shape = {"routing_key": key, "event_action": "jump", "again": [dashed.upper()]}
    long = {"routing_key": key, "event_action": "jump", "text": "x" * 1_930 + key}
    answers = [
        sender.post("/v2/enqueue", json=wrong_shape),
        sender.post("/v2/enqueue", json=long),
        sender.post("/v2/enqueue", json=event(dashed)),
        sender.post(f"/integrations/v1/grafana/{key}/", json={}),
        sender.post(f"/integrations/v1/grafana/{key}/{key}", json={}),
        sender.post(f"/integrations/v1/grafana?token={key}", json={}),
        sender.put(f"/integrations/v1/grafana/{key}"),
        program.post(f"/integrations/v2/grafana/{key}", json={}),
        program.post(f"/wrong/integrations/v1/grafana/{key[:30]}", json={}),
        program.get("/metrics"),
        program.get("/integrations"),
        program.get("/integrations/1"),
        program.get("/services/checkout-api"),
    ]
    shown(database, 5)
    browser = signed_in(app, database, "administrator")
    pages = ("/", "/console/services/checkout-api", "/incidents/checkout-api/1")
    answers += [browser.get(page) for page in (*pages, "/console/audit-log")]
    stored = rows.numbered(1)
    assert stored is not None
    logged = [entry.getMessage() for entry in caplog.records if entry.name != "httpx2"]
    texts = [*(answer.text for answer in answers), *logged]
    seen = "\n".join([*texts, repr(stored), repr(refused_lately(database))])
    for part in (key, dashed, key[:16], key[-16:]):
        assert part not in seen.lower()
    assert any(text.startswith("refused an Alert: status=404 service=''") for text in logged)
    assert "PAGER_API_KEY, to /wrong/integrations/v1/grafana/…" in repr(refused_lately(database))


def test_text_for_people_has_no_key_in_whatever_form() -> None:
    """What only looks like one is left out as well; a shorter fingerprint stays."""
    key = "0f9d4c1e6b7a48325e1c90ad73b2f684"
    assert without_keys(f"a {key.upper()} b") == "a … b"
    assert without_keys("0f9d4c1e-6b7a-4832-5e1c-90ad73b2f684/") == "…/"
    assert without_keys("7b87b916af61546b") == "7b87b916af61546b"


def test_a_mistyped_address_of_a_monitor_is_seen(
    sender: TestClient, database: Database, made: NewIntegration
) -> None:
    """It would have been an Alert: of a client of Opsgenie with a key, and of one of PagerDuty.

    What strangers send to unknown addresses is none.
    """
    new = SqlIntegrations(database).make(
        "ada", "og", "opsgenie", Routing(service_id="checkout-api")
    )
    assert sender.post("/v2/alert", json={}).status_code == 401
    with_key = {"authorization": f"GenieKey {new.key}"}
    assert sender.post("/v2/alert", json={}, headers=with_key).status_code == 404
    answer = sender.post("/v2/enqueue/v2/enqueue", json=event(made.key))
    assert answer.status_code == 404
    assert answer.json()["status"] == "not found"
    assert {(row.service_id, row.sender) for row in shown(database, 2)} == {
        ("checkout-api", "integration og, to /v2/alert"),
        ("", "testclient, to /v2/enqueue/v2/enqueue"),
    }
