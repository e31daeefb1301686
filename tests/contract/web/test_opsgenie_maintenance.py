"""Opsgenie's Maintenance API: a client pauses the service of its integration, and no other."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from contract.web.application import KEY, shared_application
from contract.web.opsgenie_client import Json, OpsgenieClient, check_shape, data_of
from pager import Unhealthy
from pager.access.integrations import Routing
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.refused_alerts import refused_lately
from pager.adapters.web.intake.opsgenie import compatibility

WINDOWS = "/v1/maintenance"
ID_IN_OPSGENIE = "e14dda76-488e-4e98-a1c7-78cda1900e27"
POLICY = [{"state": "enabled", "entity": {"id": ID_IN_OPSGENIE, "type": "policy"}}]
HOUR = timedelta(hours=1)
PAUSE = {"type": "for-1-hour"}


@pytest.fixture
def client(database: Database) -> OpsgenieClient:
    """Its service is checkout-api, with a policy of two levels."""
    client = OpsgenieClient(database)
    client.policy()
    return client


def body(**fields: object) -> Json:
    """A window as a client sends it."""
    return {"description": "A new disk", "time": PAUSE, "rules": POLICY, **fields}


def schedule(start: timedelta, end: timedelta) -> Json:
    """Times from now on, as a client writes them."""
    now = datetime.now(UTC)
    dates = [f"{now + at:%Y-%m-%dT%H:%M:%SZ}" for at in (start, end)]
    return {"type": "schedule", "startDate": dates[0], "endDate": dates[1]}


def created(client: OpsgenieClient, **fields: object) -> Json:
    """The window that was made."""
    response = client.http.post(WINDOWS, json=body(**fields))
    assert response.status_code == 201, response.text
    check_shape(response)
    window: Json = response.json()["data"]
    return window


def listed(client: OpsgenieClient, type_: str = "") -> list[tuple[str, str]]:
    """The windows that a client sees: their ids and states."""
    windows = data_of(client.http.get(WINDOWS, params={"type": type_} if type_ else {}))
    return [(window["id"], window["status"]) for window in windows]


def length(window: Json) -> timedelta:
    """How long it lasts."""
    start, end = (datetime.fromisoformat(window["time"][name]) for name in ("startDate", "endDate"))
    return end - start


def errors(response: Response) -> Json:
    """The fields that are wrong, by an answer in Opsgenie's shape."""
    assert response.status_code == 422, response.text
    check_shape(response)
    found: Json = response.json()["errors"]
    return found


def test_an_alert_in_a_pause_notifies_nobody_before_its_end(client: OpsgenieClient) -> None:
    """To cancel the pause is its end; the console and the audit log say who has done it."""
    window = created(client)
    assert (window["status"], window["description"]) == ("active", "A new disk")
    assert client.create().status_code == 202
    service = client.service()
    assert isinstance(service, Unhealthy)
    assert (service.waits_for_maintenance, service.notified) == (True, ())
    response = client.http.post(f"{WINDOWS}/{window['id']}/cancel")
    assert (response.status_code, response.json()["result"]) == (200, "Cancelled")
    check_shape(response)
    assert listed(client) == [(window["id"], "cancelled")]
    [timeout] = SqlPorts(client.database).timer.due()
    assert timeout.service_id == "checkout-api"
    entries = SqlAuditLog(client.database).last(10)
    assert [(entry.author, entry.action) for entry in entries][:2] == [
        ("integration Opsgenie", "maintenance ended"),
        ("integration Opsgenie", "maintenance made"),
    ]


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("for-5-minutes", timedelta(minutes=5)),
        ("for-30-minutes", timedelta(minutes=30)),
        ("for-1-hour", HOUR),
        ("indefinitely", timedelta(days=30)),
    ],
)
def test_a_pause_is_as_long_as_its_type_says(
    client: OpsgenieClient, type_: str, expected: timedelta
) -> None:
    """One without an end has the latest one; the answer says so."""
    window = created(client, time={"type": type_})
    assert (length(window), window["time"]["type"]) == (expected, "schedule")


def test_a_pause_can_be_planned(client: OpsgenieClient) -> None:
    """It is over at its end; a start that is past is now."""
    window = created(client, time=schedule(HOUR, 3 * HOUR))
    assert (window["status"], length(window)) == ("planned", 2 * HOUR)
    client.create()
    assert client.pages() == ["ada@example.com"]
    window = created(client, time=schedule(-HOUR, HOUR))
    assert window["status"] == "active"
    assert timedelta(minutes=59) < length(window) <= HOUR


def test_a_pause_can_be_changed(client: OpsgenieClient) -> None:
    """Another time, another description, another end; a running one keeps its start."""
    planned = created(client, time=schedule(HOUR, 2 * HOUR))
    path = f"{WINDOWS}/{planned['id']}"
    changed = data_of(
        client.http.put(path, json=body(time=schedule(2 * HOUR, 5 * HOUR), description="Two disks"))
    )
    assert (changed["status"], changed["description"], length(changed)) == (
        "planned",
        "Two disks",
        3 * HOUR,
    )
    begun = data_of(client.http.put(path, json={"time": PAUSE, "rules": POLICY}))
    assert (begun["status"], begun["description"], length(begun)) == ("active", "Two disks", HOUR)
    later = data_of(
        client.http.post(
            f"{path}/change-end-date", json={"endDate": schedule(HOUR, 2 * HOUR)["endDate"]}
        )
    )
    assert later["time"]["startDate"] == begun["time"]["startDate"]
    assert length(later) > HOUR
    longest = data_of(client.http.put(path, json=body(time={"type": "indefinitely"})))
    assert length(longest) == timedelta(days=30)
    assert errors(client.http.put(path, json=body(time=schedule(HOUR, 2 * HOUR)))) == {
        "startDate": "The window has begun: end it, and make another one."
    }
    assert client.http.delete(path).json()["result"] == "Deleted"
    refused = client.http.put(path, json=body())
    assert (refused.status_code, refused.json()["message"]) == (
        422,
        "This maintenance window has ended: make a new one.",
    )
    check_shape(refused)


def test_an_incident_that_waits_looks_at_a_changed_pause(client: OpsgenieClient) -> None:
    """It goes on waiting for the new end."""
    path = f"{WINDOWS}/{created(client)['id']}"
    client.create()
    timer = SqlPorts(client.database).timer
    assert timer.due() == []
    client.http.put(path, json=body(time={"type": "for-5-minutes"}))
    [timeout] = timer.due()
    client.receive(timeout)
    service = client.service()
    assert isinstance(service, Unhealthy)
    assert service.waits_for_maintenance


def test_a_pause_is_found_with_its_rules(client: OpsgenieClient) -> None:
    """They name the integration, as the alerts do."""
    window = created(client)
    found = data_of(client.http.get(f"{WINDOWS}/{window['id']}/"))
    rules = found.pop("rules")
    assert found == window
    assert rules == [
        {"state": "disabled", "entity": {"id": str(client.new.id), "type": "integration"}}
    ]
    assert created(client, rules=rules)["status"] == "active"


def test_pauses_are_listed_by_their_type(client: OpsgenieClient) -> None:
    """Those of the console and the API, too."""
    planned, over, running = (
        created(client, time=schedule(HOUR, 2 * HOUR))["id"],
        created(client)["id"],
        created(client)["id"],
    )
    for _ in range(2):  # the second changes nothing
        assert client.http.delete(f"{WINDOWS}/{over}").status_code == 200
    program = TestClient(
        shared_application(client.database, KEY), headers={"authorization": f"Bearer {KEY}"}
    )
    made = program.post("/maintenance-windows", json={"service_id": "checkout-api", "end": "PT2H"})
    program.post("/maintenance-windows", json={"service_id": "search", "end": "PT2H"})
    open_ = [(running, "active"), (str(made.json()["id"]), "active"), (planned, "planned")]
    assert listed(client, "non-expired") == open_
    assert listed(client, "past") == [(over, "cancelled")]
    assert listed(client) == listed(client, "all") == [*open_, (over, "cancelled")]
    assert errors(client.http.get(WINDOWS, params={"type": "some"})) == {
        "type": "is one of all, non-expired, past"
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"time": {"type": "for-2-hours"}}, "time.type"),
        ({"time": None}, "time"),
        ({"time": {"type": "schedule"}}, "startDate"),
        ({"time": {"type": "schedule", "startDate": "2027-01-01T00:00:00Z"}}, "endDate"),
        ({"time": schedule(2 * HOUR, HOUR)}, "endDate"),
        ({"time": schedule(-2 * HOUR, -HOUR)}, "endDate"),
        ({"time": schedule(HOUR, 800 * HOUR)}, "endDate"),
        ({"time": schedule(10_000 * HOUR, 10_001 * HOUR)}, "startDate"),
        (
            {
                "time": {
                    "type": "schedule",
                    "startDate": "0001-01-01T00:00:00+14:00",
                    "endDate": "9999-12-31T23:59:59-12:00",
                }
            },
            "endDate",
        ),
        ({"rules": []}, "rules"),
        ({"rules": [{"state": "disabled", "entity": {"id": "x", "type": "team"}}]}, "rules"),
        ({"rules": [{"entity": {"id": "9", "type": "integration"}}]}, "rules"),
        (
            {
                "rules": [
                    {"state": "enabled", "entity": {"id": ID_IN_OPSGENIE, "type": "integration"}}
                ]
            },
            "rules",
        ),
    ],
)
def test_what_is_no_pause_of_this_service_is_refused(
    client: OpsgenieClient, fields: Json, field: str
) -> None:
    """In Opsgenie's shape, with a sentence; nothing was made."""
    assert field in errors(client.http.post(WINDOWS, json=body(**fields)))
    assert listed(client) == []


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[]", b"\xff\xfe", b"[" * 10_000])
def test_a_body_that_is_no_json_is_refused(client: OpsgenieClient, content: bytes) -> None:
    """Nobody is paged or told: it was no Alert."""
    response = client.http.post(WINDOWS, content=content)
    assert response.status_code == 422
    check_shape(response)
    assert refused_lately(client.database) == []


def test_a_key_sees_the_windows_of_its_own_service_alone(client: OpsgenieClient) -> None:
    """One whose events name their services has none, and is told why."""
    window = created(client)
    other = OpsgenieClient(client.database, Routing(service_id="search"), name="Other")
    by_field = OpsgenieClient(
        client.database, Routing(service_id="checkout-api", field="entity"), name="By a field"
    )
    for stranger in (other, by_field):
        assert listed(stranger) == []
        for method, path in (
            ("GET", ""),
            ("PUT", ""),
            ("DELETE", ""),
            ("POST", "/cancel"),
            ("POST", "/change-end-date"),
        ):
            response = stranger.http.request(method, f"{WINDOWS}/{window['id']}{path}", json={})
            assert response.status_code == 404
            check_shape(response)
    assert listed(client) == [(window["id"], "active")]
    assert "name their service" in errors(by_field.http.post(WINDOWS, json=body()))["rules"]


@pytest.mark.parametrize("number", ["0", "7", "-1", "x", "9" * 30, "%00", ID_IN_OPSGENIE])
def test_an_unknown_pause_is_not_found(client: OpsgenieClient, number: str) -> None:
    """Whatever its id looks like."""
    response = client.http.get(f"{WINDOWS}/{number}")
    assert response.status_code == 404
    check_shape(response)


def test_a_long_description_is_cut(client: OpsgenieClient) -> None:
    """It may be long, odd, or missing."""
    assert len(created(client, description="\N{SNOWMAN}" * 500)["description"]) == 200
    assert "\0" not in created(client, description="a\0b")["description"]
    assert created(client, description=None)["description"] == ""


def test_nobody_without_a_key_pauses_anything(client: OpsgenieClient) -> None:
    """Nor finds out what is paused."""
    stranger = TestClient(shared_application(client.database))
    for response in (stranger.get(WINDOWS), stranger.post(WINDOWS, json=body())):
        assert response.status_code == 401
        check_shape(response)
    assert client.http.patch(WINDOWS).status_code == 405


def test_each_endpoint_of_the_table_answers(client: OpsgenieClient) -> None:
    """With and without a slash at its end. Documents are made of it."""
    for endpoint in compatibility.MAINTENANCE_ENDPOINTS:
        for end in ("", "/"):
            method, path = endpoint.replace("{id}", created(client)["id"]).split()
            end_date = schedule(HOUR, HOUR)["endDate"]
            response = client.http.request(method, f"{path}{end}", json=body(endDate=end_date))
            assert response.status_code == (201 if endpoint == f"POST {WINDOWS}" else 200), endpoint
            check_shape(response)
