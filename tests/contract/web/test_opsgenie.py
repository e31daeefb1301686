"""Opsgenie's Alert API: real clients go on with it, and it never says what the domain does not."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import func, select, update

from contract.web.application import application_on, shared_application
from contract.web.opsgenie_client import (
    RECORDED_KEY,
    OpsgenieClient,
    check_shape,
    data_of,
    recorded,
)
from databases import SharedDatabase, block_writer
from pager import (
    Acknowledgement,
    Alert,
    Healthy,
    HealthyEvent,
    PageAgain,
    Resolve,
    Unhealthy,
)
from pager.access.integrations import Routing
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.snoozes import end_snoozes
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.alerts.reading import Alerts
from pager.adapters.store.core.codecs import SERVICES
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import alerts, monitored_services, outbox
from pager.adapters.store.incident_notes import MOST_NOTES, IncidentNotes
from pager.adapters.store.refused_alerts import refused_lately
from pager.adapters.web.intake.opsgenie import compatibility
from pager.adapters.web.limits import LARGEST_BODY
from pager.model import LaterAlerts
from waiting import wait_until

ALIAS = "checkout-api/latency"


@pytest.fixture
def client(database: Database) -> OpsgenieClient:
    """Its service is checkout-api, with a policy of two levels."""
    client = OpsgenieClient(database)
    client.policy()
    return client


def in_an_hour() -> str:
    """As a client writes a time."""
    return (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("name", "is_over"),
    [
        ("opsgenie-python-2.1.5", True),
        ("opsgenie-node-0.5.1", True),
        ("alertmanager-0.25.0-opsgenie", True),
        ("apprise-2.3.0", False),
    ],
)
def test_what_real_clients_sent_is_answered_as_they_want_it(
    client: OpsgenieClient, name: str, *, is_over: bool
) -> None:
    """Each recorded request, in order: with the status that satisfied the client."""
    request_id = alert_id = ""
    for request in recorded(name):
        target = request.target.replace("43a29c5c-3dbf-4fa4-9c26-f4f71023e120", request_id)
        target = target.replace("11111111-1111-4111-8111-111111111111-1", alert_id)
        response = client.http.request(
            request.method, target, content=request.body, headers=dict(request.headers)
        )
        # The recorder also tried what the client does with 503 and 429.
        expected = 202 if request.status in (429, 503) else request.status
        assert response.status_code == expected, (request, response.text)
        check_shape(response)
        if request.method == "POST" and expected == 202:
            request_id = response.json()["requestId"]
            status = client.status_of(response)
            assert status["success"], (request, status)
            alert_id = status["alertId"]
    assert isinstance(client.service(), Healthy) == is_over
    assert client.service().incident == 1


def test_an_alert_pages_and_is_found(client: OpsgenieClient) -> None:
    """The first level reads all that it says, and the client gets back what it has sent."""
    accepted = client.create(
        description="p99 is 3.4 s",
        tags=["eu", "shop"],
        details={"region": "eu"},
        entity="checkout-api",
        source="cron",
        priority="P1",
        user="ada",
        note="first seen",
    )
    assert accepted.json()["result"] == "Request will be processed"
    service = client.service()
    assert isinstance(service, Unhealthy)
    assert service.message == (
        "p99 latency above 3 s\n\np99 is 3.4 s\n\n"
        "Entity: checkout-api\nSource: cron\nPriority: P1\nTags: eu, shop\nregion: eu"
    )
    assert (service.open_keys, client.pages()) == ((f"Opsgenie: {ALIAS}",), ["ada@example.com"])
    status, alert = client.status_of(accepted), client.get()
    assert (status["alertId"], status["alias"]) == (alert["id"], ALIAS)
    assert {name: alert[name] for name in ("status", "acknowledged", "count", "snoozed")} == {
        "status": "open",
        "acknowledged": False,
        "count": 1,
        "snoozed": False,
    }
    assert (alert["tags"], alert["details"]) == (["eu", "shop"], {"region": "eu"})
    assert (alert["entity"], alert["source"], alert["priority"]) == ("checkout-api", "cron", "P1")
    assert (alert["message"], alert["description"]) == ("p99 latency above 3 s", "p99 is 3.4 s")
    [note] = data_of(client.http.get(f"/v2/alerts/{alert['id']}/notes"))
    assert (note["note"], note["owner"]) == ("first seen", "ada")


def test_an_alert_that_is_open_is_counted(client: OpsgenieClient) -> None:
    """Nobody is paged again, and it is the same alert; what it says now is noted."""
    first = client.status_of(client.create())
    again = client.status_of(client.create(message="p99 latency above 5 s"))
    assert (again["alertId"], again["success"]) == (first["alertId"], True)
    alert, service = client.get(), client.service()
    assert (alert["count"], alert["message"]) == (2, "p99 latency above 3 s")
    assert alert["lastOccurredAt"] >= alert["createdAt"]
    assert isinstance(service, Unhealthy)
    assert service.later_alerts.messages == ("p99 latency above 5 s",)
    assert client.pages() == ["ada@example.com"]


def test_an_alert_without_an_alias_has_its_id(client: OpsgenieClient) -> None:
    """So two of them are two alerts."""
    one, other = (client.status_of(client.create(alias=None)) for _ in range(2))
    assert one["alias"] == one["alertId"] != other["alertId"]
    assert client.get(one["alias"])["count"] == 1


def test_after_a_close_the_same_alias_is_a_new_alert(client: OpsgenieClient) -> None:
    """With an incident of its own, which pages; the old one stays closed."""
    old = client.status_of(client.create())["alertId"]
    closed = client.status_of(client.act("close", user="ada", note="fixed"))
    assert (closed["success"], closed["status"]) == (True, "Closed alert")
    assert client.service() == Healthy(service_id="checkout-api", incident=1)
    new = client.status_of(client.create())["alertId"]
    assert new != old
    assert client.service().incident == 2
    assert [alert["id"] for alert in client.search("status: open")] == [new]
    [over] = client.search("status: closed")
    assert (over["id"], over["report"]["closedBy"]) == (old, "ada")


def test_the_same_alias_again_in_an_incident_that_goes_on_is_a_new_alert(
    client: OpsgenieClient,
) -> None:
    """Another alert keeps the incident running meanwhile."""
    old = client.status_of(client.create())["alertId"]
    client.create(alias="other")
    client.act("close")
    assert client.get()["status"] == "closed"
    new = client.status_of(client.create())["alertId"]
    assert (new != old, client.get()["status"]) == (True, "open")
    assert data_of(client.http.get(f"/v2/alerts/{old}"))["status"] == "closed"
    assert client.service().incident == 1


def test_a_close_is_of_its_own_alert(client: OpsgenieClient) -> None:
    """The incident is over once the last one is closed; to close one twice changes nothing."""
    client.create(alias="a")
    client.create(alias="b")
    client.act("close", "a")
    service = client.service()
    assert isinstance(service, Unhealthy)
    assert service.open_keys == ("Opsgenie: b",)
    again = client.status_of(client.act("close", "a"))
    assert (again["success"], again["status"]) == (True, "Alert is already closed")
    client.act("close", "b")
    assert isinstance(client.service(), Healthy)


def test_what_people_do_in_pager_is_what_a_client_sees(client: OpsgenieClient) -> None:
    """Nothing of it is in the alert's row: the state of the service says it."""
    client.create()
    client.receive(Acknowledgement(service_id="checkout-api", incident=1, by="grace"))
    alert = client.get()
    assert (alert["acknowledged"], alert["owner"]) == (True, "grace")
    assert alert["report"]["acknowledgedBy"] == "grace"
    assert client.search("acknowledged: true")
    client.receive(
        PageAgain(service_id="checkout-api", incident=1, level=1, by="ada", acknowledged=True)
    )
    assert client.get()["acknowledged"] is False
    client.receive(HealthyEvent(service_id="checkout-api"))
    alert = client.get()
    assert (alert["status"], client.search("status: open")) == ("closed", [])
    assert alert["report"]["closeTime"] >= 0


def test_an_alert_that_somebody_else_resolves_is_closed(client: OpsgenieClient) -> None:
    """Also in an incident that goes on."""
    client.create(alias="a")
    client.create(alias="b")
    client.receive(Resolve(service_id="checkout-api", dedup_key="Opsgenie: a"))
    assert [client.get(alias)["status"] for alias in ("a", "b")] == ["closed", "open"]
    assert [alert["alias"] for alert in client.search("status: open")] == ["b"]
    assert [alert["alias"] for alert in client.search("status: closed")] == ["a"]
    assert data_of(client.http.get("/v2/alerts/count?query=status:open")) == {"count": 1}
    client.create(alias="a")
    assert client.get("a")["status"] == "open"


def test_an_alert_is_named_by_id_alias_or_tiny_id(client: OpsgenieClient) -> None:
    """Each with its identifierType; an id needs none."""
    alert = data_of(client.http.get(f"/v2/alerts/{client.status_of(client.create())['alertId']}"))
    for kind, name in (("alias", "checkout-api%2Flatency"), ("tiny", alert["tinyId"])):
        found = data_of(client.http.get(f"/v2/alerts/{name}?identifierType={kind}"))
        assert found["id"] == alert["id"]
    assert client.http.get(f"/v2/alerts/{alert['id']}?identifierType=alias").status_code == 404
    assert client.http.get("/v2/alerts/x?identifierType=tiny").status_code == 404
    assert client.http.get("/v2/alerts/x?identifierType=name").status_code == 422


@pytest.mark.parametrize(
    "alias", ["a b/c?d", "x/close", "count", "requests/1", "ä/€ 日本", "a/", "x" * 600, "tab\there"]
)
def test_any_alias_names_its_alert(client: OpsgenieClient, alias: str) -> None:
    """Also one that looks like a part of the API, percent-encoded as most clients send it."""
    created = client.status_of(client.create(alias=alias))
    if alias != "count":
        assert client.get(alias)["id"] == created["alertId"]
    assert client.status_of(client.act("close", alias))["alertId"] == created["alertId"]
    assert isinstance(client.service(), Healthy)


@pytest.mark.parametrize("end", ["", "/"])
def test_an_alias_with_slashes_is_understood_as_it_is(client: OpsgenieClient, end: str) -> None:
    """The npm client encodes nothing, and writes a slash at the end."""
    client.create(alias="shop/eu/latency")
    path = "/v2/alerts/shop/eu/latency"
    for action in ("acknowledge", "notes", "close"):
        response = client.http.post(
            f"{path}/{action}{end}?identifierType=alias", json={"note": "n", "user": "ada"}
        )
        assert client.status_of(response)["success"]
    found = data_of(client.http.get(f"{path}{end}?identifierType=alias"))
    assert (found["alias"], found["status"]) == ("shop/eu/latency", "closed")


def test_whoever_acknowledges_takes_the_incident(client: OpsgenieClient) -> None:
    """With their name; twice is once."""
    client.create()
    assert client.status_of(client.act("acknowledge", user="ada"))["success"]
    assert client.is_acknowledged
    assert client.get()["owner"] == "ada"
    again = client.status_of(client.act("acknowledge", user="grace"))
    assert (again["success"], client.get()["owner"]) == (True, "ada")


def test_unacknowledge_tells_the_level_again(client: OpsgenieClient) -> None:
    """Where nobody has it, it changes nothing."""
    client.create()
    assert client.status_of(client.act("unacknowledge"))["status"] == "Alert is not acknowledged"
    client.act("acknowledge", user="ada")
    assert client.status_of(client.act("unacknowledge", user="ada"))["success"]
    service = client.service()
    assert isinstance(service, Unhealthy)
    assert (service.level, service.policy_level, client.is_acknowledged) == (2, 1, False)


def test_escalate_tells_the_next_level(client: OpsgenieClient) -> None:
    """Where none is left it says so."""
    client.create()
    escalated = client.status_of(client.act("escalate", escalation={"name": "p"}, user="ada"))
    assert escalated["success"]
    assert client.pages() == ["ada@example.com", "grace@example.com"]
    again = client.status_of(client.act("escalate", escalation={"name": "p"}))
    assert (again["success"], "no level is left" in again["status"]) == (False, True)


def test_a_snooze_is_an_acknowledgement_until_then(client: OpsgenieClient) -> None:
    """At its end the level that was told last is told again, once, whichever node looks."""
    client.create()
    assert client.status_of(client.act("snooze", endTime=in_an_hour(), user="ada"))["success"]
    alert = client.get()
    assert (alert["snoozed"], alert["acknowledged"]) == (True, True)
    inbox = Inbox(client.database, Wakeups())
    end_snoozes(client.database, inbox)
    assert client.is_acknowledged
    over = update(alerts).values(snoozed_until=1)
    client.database.write(lambda connection: connection.execute(over))
    end_snoozes(client.database, inbox)
    client.database.write(lambda connection: connection.execute(over))
    end_snoozes(client.database, inbox)
    service = client.service()
    assert isinstance(service, Unhealthy)
    assert (service.level, service.policy_level, client.is_acknowledged) == (2, 1, False)
    assert client.get()["snoozed"] is False


@pytest.mark.parametrize("action", ["close", "unacknowledge"])
def test_the_end_of_a_snooze_changes_nothing_that_came_after_it(
    client: OpsgenieClient, action: str
) -> None:
    """Somebody has closed it, or has taken it back and acknowledged again."""
    client.create()
    client.act("snooze", endTime=in_an_hour())
    client.act(action)
    client.act("acknowledge", user="grace")
    before = client.service()
    over = update(alerts).values(snoozed_until=1, snoozed_level=1)
    client.database.write(lambda connection: connection.execute(over))
    end_snoozes(client.database, Inbox(client.database, Wakeups()))
    assert client.service() == before


def test_a_deleted_alert_is_closed_and_not_listed(client: OpsgenieClient) -> None:
    """What happened stays with its incident."""
    id_ = client.status_of(client.create(note="seen"))["alertId"]
    deleted = client.http.delete(f"/v2/alerts/{id_}?user=ada&source=cli")
    assert client.status_of(deleted)["status"] == "Deleted alert"
    assert isinstance(client.service(), Healthy)
    assert client.http.get(f"/v2/alerts/{id_}").status_code == 404
    assert client.search() == []
    assert [note.text for note in IncidentNotes(client.database).of("checkout-api", 1)] == ["seen"]


def test_notes_are_those_of_the_alert_and_of_its_incident(client: OpsgenieClient) -> None:
    """People see them in the incident, and the client sees what people have written there."""
    client.create(alias="a")
    client.create(alias="b")
    client.act("notes", "a", note="looking", user="ada")
    client.act("notes", "b", note="another one")
    notes = IncidentNotes(client.database)
    notes.add("checkout-api", 1, "grace", "The disk is full.")
    shown = data_of(client.http.get("/v2/alerts/a/notes?identifierType=alias&order=asc"))
    assert [note["note"] for note in shown] == ["looking", "The disk is full."]
    assert [note.text for note in notes.of("checkout-api", 1)] == [
        "looking",
        "another one",
        "The disk is full.",
    ]
    page = client.http.get("/v2/alerts/a/notes?identifierType=alias&limit=1").json()
    assert [note["note"] for note in page["data"]] == ["The disk is full."]
    rest = client.http.get(page["paging"]["next"].removeprefix("http://testserver")).json()
    assert [note["note"] for note in rest["data"]] == ["looking"]


def test_an_incident_takes_no_more_notes_than_it_takes(client: OpsgenieClient) -> None:
    """The request says so; an action with a note is done all the same. A long one is cut."""
    client.create(note="x" * 5_000)
    notes = IncidentNotes(client.database)
    for number in range(MOST_NOTES - 1):
        notes.add("checkout-api", 1, "ada", str(number))
    refused = client.status_of(client.act("notes", note="one more"))
    assert (refused["success"], "100 notes" in refused["status"]) == (False, True)
    assert client.status_of(client.act("close", note="one more"))["status"] == "Closed alert"


def test_fields_of_an_alert_are_changed(client: OpsgenieClient) -> None:
    """None of it pages anybody, or changes who has the incident; what it says is noted."""
    client.create(tags=["a"], details={"region": "eu"})
    before, path = client.service(), "/v2/alerts/checkout-api%2Flatency"
    by = {"identifierType": "alias"}
    for action, body in (
        ("message", {"message": "New"}),
        ("description", {"description": "Longer"}),
        ("priority", {"priority": "P2"}),
    ):
        assert client.status_of(client.http.put(f"{path}/{action}", params=by, json=body))[
            "success"
        ]
    client.act("tags", tags=["b", "c", "a"])
    client.http.delete(f"{path}/tags", params={**by, "tags": "c"})
    client.act("details", details={"host": "web-1", "code": 7})
    client.http.delete(f"{path}/details", params={**by, "keys": "region, code"})
    client.act("assign", owner={"username": "grace@example.com"})
    client.act("responders", responder={"type": "team", "name": "platform"})
    client.act("teams", team={"name": "platform"})
    alert = client.get()
    assert (alert["message"], alert["description"], alert["priority"]) == ("New", "Longer", "P2")
    assert (alert["tags"], alert["details"]) == (["a", "b"], {"host": "web-1"})
    assert alert["owner"] == "grace@example.com"
    after = client.service()
    assert isinstance(after, Unhealthy)
    assert after.later_alerts.messages == ("New", "Longer")
    assert after.model_copy(update={"later_alerts": LaterAlerts()}) == before


def test_an_update_says_nothing_that_was_said_before(client: OpsgenieClient) -> None:
    """Alertmanager sends each alert first, and then its parts; nor does it open what is closed."""
    client.create(description="p99 is 3.4 s")
    before, path = client.service(), "/v2/alerts/checkout-api%2Flatency"
    for action, text in (("message", "p99 latency above 3 s"), ("description", "p99 is 3.4 s")):
        client.http.put(f"{path}/{action}?identifierType=alias", json={action: text})
    assert client.service() == before
    client.act("close")
    client.http.put(f"{path}/message?identifierType=alias", json={"message": "New"})
    assert client.service() == Healthy(service_id="checkout-api", incident=1)
    assert client.get()["message"] == "New"


NEEDED = [
    ("PUT", "message", "message"),
    ("PUT", "description", "description"),
    ("PUT", "priority", "priority"),
    ("POST", "tags", "tags"),
    ("DELETE", "tags", "tags"),
    ("POST", "details", "details"),
    ("DELETE", "details", "keys"),
    ("POST", "assign", "owner"),
    ("POST", "notes", "note"),
    ("POST", "snooze", "endTime"),
]


def test_an_action_that_lacks_something_says_what(client: OpsgenieClient) -> None:
    """422, whether or not there is such an alert."""
    for method, action, field in NEEDED:
        response = client.http.request(method, f"/v2/alerts/x/{action}")
        assert (action, response.status_code) == (action, 422)
        check_shape(response)
        assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize(
    "end",
    ["soon", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00+01:00", "9999-99-99"],
)
def test_a_snooze_ends_at_a_time_that_comes(client: OpsgenieClient, end: str) -> None:
    """Nobody forgets an incident for a year."""
    client.create()
    assert client.act("snooze", endTime=end).status_code == 422
    assert not client.is_acknowledged


def test_what_is_done_with_no_alert_is_accepted_and_told_later(client: OpsgenieClient) -> None:
    """As in Opsgenie: Alertmanager closes what Pager never knew."""
    for action, fields in (("close", {}), ("acknowledge", {}), ("notes", {"note": "n"})):
        status = client.status_of(client.act(action, "unknown", **fields))
        assert (status["success"], status["status"]) == (False, "Alert does not exist")
        assert (status["alertId"], status["alias"]) == ("", "")


def test_what_became_of_a_request_is_known_to_every_node(client: OpsgenieClient) -> None:
    """Also after a restart; another integration is not told."""
    request_id = client.create().json()["requestId"]
    other = OpsgenieClient(client.database, name="Other")
    path = f"/v2/alerts/requests/{request_id}"
    node = TestClient(application_on(client.database))
    assert data_of(node.get(path, headers={"authorization": f"GenieKey {client.key}"}))["success"]
    assert other.http.get(path).status_code == 404


def aliases(found: Sequence[dict[str, object]]) -> list[object]:
    """Of these alerts."""
    return [alert["alias"] for alert in found]


FOUND = {
    "": "cba",
    "status: open": "ca",
    "status:closed": "b",
    "status: open AND tag: eu": "a",
    'tag: "eu" and tag:shop': "ba",
    "tag: EU": "",
    'message: "DISK full"': "b",
    "alias = a": "a",
    "entity: web-1 AND priority: p1": "a",
    "source: cron": "c",
    "tinyId: 2": "b",
    "acknowledged: false AND status: open": "ca",
    "id: x": "",
}


def test_a_search_finds_what_it_asks_for(client: OpsgenieClient) -> None:
    """And counts it. What cannot be asked for is refused in the shape of all errors."""
    client.create(alias="a", tags=["eu", "shop"], entity="web-1", priority="P1")
    client.create(alias="b", tags=["eu", "shop"], message="The disk full of logs", source="x")
    client.create(alias="c", tags=["europe", 'a "quote"'], source="cron")
    client.act("close", "b")
    for query, expected in FOUND.items():
        assert (query, aliases(client.search(query))) == (query, list(expected))
        count = client.http.get("/v2/alerts/count", params={"query": query})
        assert data_of(count) == {"count": len(expected)}
    for path in ("/v2/alerts", "/v2/alerts/count"):
        response = client.http.get(path, params={"query": "status: open OR tag: eu"})
        assert response.status_code == 422
        check_shape(response)
        assert "joined by AND" in response.json()["errors"]["query"]


def test_a_tag_is_found_whatever_is_in_it(client: OpsgenieClient) -> None:
    """Quotation marks cannot end it."""
    client.create(tags=['say "eu"', "100%", "a\\b"])
    for tag in ("100%", "a\\b"):
        assert len(client.search(f'tag: "{tag}"')) == 1
    assert client.search("tag: eu") == []


def test_a_list_comes_in_pages(client: OpsgenieClient) -> None:
    """Each has the URLs of the others, and the order is kept."""
    for alias in "abcde":
        client.create(alias=alias)
    client.create(alias="b")
    seen: list[object] = []
    path = "/v2/alerts?limit=2&sort=createdAt&order=asc&query=status%3Aopen"
    while path:
        page = client.http.get(path).json()
        seen += aliases(page["data"])
        path = page["paging"].get("next", "").removeprefix("http://testserver")
    assert seen == ["a", "b", "c", "d", "e"]
    assert "offset=4" in page["paging"]["last"]
    assert aliases(client.search(sort="count", limit="1")) == ["b"]
    assert aliases(client.search(sort="updatedAt", limit="1")) == ["b"]
    assert aliases(client.search(sort="alias", order="asc", offset="3")) == ["d", "e"]


def test_a_list_says_which_parameter_is_wrong(client: OpsgenieClient) -> None:
    """422."""
    for name, value in (
        ("limit", "101"),
        ("limit", "0"),
        ("limit", "x"),
        ("offset", "-1"),
        ("offset", "20000"),
        ("sort", "integration.name"),
        ("order", "up"),
        ("searchIdentifier", "my search"),
    ):
        response = client.http.get("/v2/alerts", params={name: value})
        assert response.status_code == 422
        assert list(response.json()["errors"]) == [name]


def test_an_integration_sees_its_own_alerts_alone(client: OpsgenieClient) -> None:
    """Another one of the same service, with the same alias, has one of its own."""
    id_ = client.status_of(client.create())["alertId"]
    tiny = client.get()["tinyId"]
    other = OpsgenieClient(client.database, name="Other")
    assert other.search() == []
    for name, kind in ((id_, "id"), (tiny, "tiny"), ("checkout-api%2Flatency", "alias")):
        assert other.http.get(f"/v2/alerts/{name}?identifierType={kind}").status_code == 404
        closed = other.http.post(f"/v2/alerts/{name}/close?identifierType={kind}")
        assert other.status_of(closed)["status"] == "Alert does not exist"
    assert client.get()["status"] == "open"
    assert other.status_of(other.create())["alertId"] != id_
    assert (client.get()["count"], other.get()["count"]) == (1, 1)


@pytest.mark.parametrize(
    "authorization", [None, "GenieKey nonsense", f"GenieKey {RECORDED_KEY}", "GenieKey " + "0" * 32]
)
def test_nobody_without_a_key_learns_anything(
    client: OpsgenieClient, authorization: str | None
) -> None:
    """401 for every path, in the shape that the clients read."""
    client.create()
    headers = {} if authorization is None else {"authorization": authorization}
    http = TestClient(shared_application(client.database))
    for method, path in (
        ("POST", "/v2/alerts"),
        ("GET", "/v2/alerts"),
        ("POST", "/v2/alerts/x/close/"),
        ("POST", "/v2/alerts/x/acknowledge"),
        ("GET", "/v2/alerts/nonsense/at/all"),
    ):
        response = http.request(method, path, headers=headers)
        assert response.status_code == 401
        check_shape(response)


def test_the_key_of_another_protocol_is_no_key(client: OpsgenieClient) -> None:
    """Nor is that of an integration that was revoked, on a node that has not seen it before."""
    integrations = SqlIntegrations(client.database)
    pagerduty = integrations.make("ada", "PD", "pagerduty", Routing(service_id="checkout-api"))
    headers = {"authorization": f"GenieKey {pagerduty.key}"}
    assert client.http.get("/v2/alerts", headers=headers).status_code == 401
    integrations.revoke("ada", client.new.id)
    assert client.create().status_code == 401


NOT_SERVED = [
    ("PUT", "/v2/alerts", 405),
    ("OPTIONS", "/v2/alerts", 405),
    ("PATCH", "/v2/alerts/x", 405),
    ("POST", "/v2/alerts/x", 405),
    ("PUT", "/v2/alerts/x/close", 405),
    ("POST", "/v2/alerts/count", 405),
    ("GET", "/v2/alerts/x", 404),
    ("GET", "/v2/alerts/x/notes", 404),
    ("GET", "/v2/alerts/requests/x", 404),
    ("GET", "/v2/alerts/x/logs", 404),
    ("GET", "/v2/alerts/x/recipients", 404),
    ("POST", "/v2/alerts/x/attachments", 404),
    ("GET", "/v2/alerts/x/attachments/1", 404),
    ("POST", "/v2/alerts/x/actions/Restart", 404),
    ("GET", "/v2/alerts/saved-searches", 404),
    ("PATCH", "/v2/alerts/saved-searches/x", 404),
]


OTHER_PARTS = [
    ("GET", "/v2/heartbeats"),
    ("POST", "/v2/heartbeats"),
    ("POST", "/v2/heartbeats/nightly-backup/disable"),
    ("GET", "/v2/users"),
    ("POST", "/v2/alert"),
]


@pytest.mark.parametrize(("method", "path"), OTHER_PARTS)
def test_other_parts_of_opsgenies_api_say_that_they_are_not_served(
    client: OpsgenieClient, method: str, path: str
) -> None:
    """In the same shape, to whoever has a key; nobody else learns which there are."""
    for end in ("", "/"):
        response = client.http.request(method, path + end)
        assert response.status_code == 404
        assert response.json()["message"] == "Pager does not serve this path: is it mistyped?"
        check_shape(response)
    stranger = TestClient(shared_application(client.database))
    response = stranger.request(method, path)
    assert response.status_code == 401
    check_shape(response)


def test_what_is_not_served_says_so_in_the_same_shape(client: OpsgenieClient) -> None:
    """With a sentence, also with a slash at the end."""
    for method, path, status in NOT_SERVED:
        for end in ("", "/"):
            response = client.http.request(method, path + end)
            assert (path, response.status_code) == (path, status)
            check_shape(response)
            assert len(response.json()["message"]) > 20


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 422, "body"),
        (b"nonsense", 422, "body"),
        (b"[1, 2", 422, "body"),
        (b"{}", 422, "message"),
        (b'{"message": "  ", "alias": "x"}', 422, "message"),
        (b'{"message": ' + b'"x' * LARGEST_BODY, 413, None),
    ],
    ids=["empty", "text", "array", "object", "no-message", "large"],
)
def test_what_is_no_alert_pages_somebody_and_is_refused(
    client: OpsgenieClient, body: bytes, status: int, field: str | None
) -> None:
    """It may have been one, and nobody reads the answer."""
    response = client.http.post("/v2/alerts", content=body)
    assert response.status_code == status
    check_shape(response)
    assert list(response.json().get("errors", [])) == ([] if field is None else [field])
    service = client.service()
    assert isinstance(service, Unhealthy)
    assert service.message.startswith("The payload is not understood: ")
    assert client.key not in service.message


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "caf\xe9 \x00 \\ud800", "alias": "a\\u0000b", "tags": "x,y", "details": [1]}',
        b'{"message": 7, "tags": [1, null, {"a": 1}], "details": {"a": {"b": 1}}, "priority": "!"}',
        b'{"description": "First line.\\nThe rest.", "message": null, "user": ["x"]}',
        b'{"message": "' + b"x" * (LARGEST_BODY + 10) + b'", "alias": "long"}',
        '{"message": "utf-16", "alias": "a"}'.encode("utf-16"),
    ],
    ids=["bytes", "types", "no-message", "large", "utf-16"],
)
def test_an_odd_alert_is_mended_and_pages(client: OpsgenieClient, body: bytes) -> None:
    """What is wrong in one place keeps nothing else from being read."""
    accepted = client.http.post("/v2/alerts", content=body)
    status = client.status_of(accepted)
    assert status["success"]
    alert = data_of(client.http.get(f"/v2/alerts/{status['alertId']}"))
    assert alert["status"] == "open"
    service = client.service()
    assert isinstance(service, Unhealthy)
    assert not service.message.startswith("The payload")
    closed = client.http.post(f"/v2/alerts/{status['alertId']}/close")
    assert client.status_of(closed)["status"] == "Closed alert"


def test_an_action_that_is_too_large_is_refused(client: OpsgenieClient) -> None:
    """413, before anything is done."""
    client.create()
    response = client.http.post(
        "/v2/alerts/checkout-api/latency/acknowledge?identifierType=alias",
        content=b"x" * (LARGEST_BODY + 1),
    )
    assert response.status_code == 413
    check_shape(response)
    assert not client.is_acknowledged


def test_a_busy_pager_says_when_to_send_it_again(client: OpsgenieClient) -> None:
    """503 and never 429, which some clients take for good."""
    client.database.write(lambda c: c.exec_driver_sql("ALTER TABLE alerts RENAME TO hidden"))
    try:
        for response in (client.create(), client.http.get("/v2/alerts")):
            assert response.status_code == 503
            check_shape(response)
            assert response.headers["retry-after"] == "5"
    finally:
        client.database.write(lambda c: c.exec_driver_sql("ALTER TABLE hidden RENAME TO alerts"))
    assert client.create().status_code == 202
    assert client.pages() == ["ada@example.com"]


def test_an_alert_of_a_service_without_a_policy_is_one_of_the_fallback(database: Database) -> None:
    """The client finds it, and closes it there."""
    client = OpsgenieClient(database, Routing(service_id="checkout-api", field="entity"))
    client.policy()
    created = client.status_of(client.create(entity="search"))
    assert (client.get()["id"], client.get()["status"]) == (created["alertId"], "open")
    assert isinstance(client.service(), Unhealthy)
    client.create(entity="search")
    assert client.get()["count"] == 2
    client.act("close")
    assert isinstance(client.service(), Healthy)


def test_an_alert_goes_to_the_service_that_a_field_names(database: Database) -> None:
    """An alias that is open stays where it is, whatever a later alert names."""
    routing = Routing(service_id="checkout-api", field="team", names={"Search Team": "search"})
    client = OpsgenieClient(database, routing)
    for service_id in ("checkout-api", "search"):
        client.policy(service_id)
    client.create(details={"team": "Search Team"})
    assert isinstance(client.service("search"), Unhealthy)
    client.create(details={"team": "checkout-api"})
    assert isinstance(client.service("checkout-api"), Healthy)
    assert client.get()["count"] == 2
    client.act("close")
    assert isinstance(client.service("search"), Healthy)


def test_where_there_are_too_many_alerts_a_person_closes_the_incident(
    client: OpsgenieClient,
) -> None:
    """A close says so, and the alert stays open."""
    client.create()
    service = client.service()
    too_many = SERVICES.encode(service.model_copy(update={"open_keys": ()}))
    state = update(monitored_services).values(state=too_many)
    client.database.write(lambda connection: connection.execute(state))
    refused = client.status_of(client.act("close"))
    assert (refused["success"], "Somebody closes" in refused["status"]) == (False, True)
    assert client.status_of(client.create())["success"]
    assert (client.get()["status"], client.get()["count"]) == ("open", 2)
    assert len(client.search("status: open")) == 1
    client.receive(HealthyEvent(service_id="checkout-api"))
    assert client.get()["status"] == "closed"


def test_requests_that_are_committed_together_are_written_in_their_order(
    client: OpsgenieClient,
) -> None:
    """Counted, closed and created again in one transaction: the last alert is open."""
    client.create(alias="keeps it running")
    old = client.status_of(client.create())["alertId"]
    go_on = block_writer(client.database)
    requests: list[Callable[[], Response]] = [
        client.create,
        lambda: client.act("close"),
        client.create,
    ]
    with ThreadPoolExecutor() as threads:
        sent: list[Future[Response]] = []
        for send in requests:
            sent.append(threads.submit(send))
            wait_until(lambda: client.database.waiting == len(sent))
        go_on.set()
    assert [client.status_of(each.result())["status"] for each in sent] == [
        "Counted the alert that is open already",
        "Closed alert",
        "Created alert",
    ]
    new, before = client.search(f'alias: "{ALIAS}"')
    assert (new["status"], new["count"]) == ("open", 1)
    assert (before["id"], before["status"], before["count"]) == (old, "closed", 2)


def test_a_close_by_id_closes_no_newer_alert(client: OpsgenieClient) -> None:
    """Nor one that began while the close was on its way."""
    old = client.status_of(client.create())["alertId"]
    go_on = block_writer(client.database)
    requests: list[Callable[[], Response]] = [
        client.create,  # while an Alert waits, no close goes before it
        lambda: client.act("close"),
        client.create,
        lambda: client.http.post(f"/v2/alerts/{old}/close"),
    ]
    with ThreadPoolExecutor() as threads:
        sent: list[Future[Response]] = []
        for send in requests:
            sent.append(threads.submit(send))
            wait_until(lambda: client.database.waiting == len(sent))
        go_on.set()
    *_, created, closed = (client.status_of(each.result()) for each in sent)
    assert created["alertId"] != old
    assert closed["status"] == "Alert is already closed"
    assert (client.get()["id"], client.get()["status"]) == (created["alertId"], "open")


def test_other_alerts_write_nothing_of_this(client: OpsgenieClient) -> None:
    """A plain Alert does not pay for it."""
    client.receive(Alert(service_id="checkout-api", message="down", dedup_key="x"))
    count = select(func.count()).select_from(alerts)
    assert client.database.read(lambda connection: connection.execute(count).scalar_one()) == 0


def test_an_alert_of_an_open_trouble_of_somebody_else_is_an_alert_of_its_own(
    client: OpsgenieClient,
) -> None:
    """It joins the trouble, pages nobody, and is found."""
    client.receive(Alert(service_id="checkout-api", message="down", dedup_key=ALIAS))
    assert client.status_of(client.create())["success"]
    assert client.get()["status"] == "open"
    pages = select(func.count()).select_from(outbox).where(outbox.c.channel == "email")
    assert client.database.read(lambda connection: connection.execute(pages).scalar_one()) == 1


def test_the_integration_shows_what_became_of_its_last_request(client: OpsgenieClient) -> None:
    """For whoever sets it up."""
    client.create()
    client.act("close", user="ada")
    stored = SqlIntegrations(client.database).numbered(client.new.id)
    assert stored is not None
    assert stored.last_outcome == f"Close {ALIAS}: healthy"
    assert '"user"' in stored.last_request


def test_alerts_are_read_on_either_database(either_database: Database) -> None:
    """The same conditions, in the SQL of each."""
    client = OpsgenieClient(either_database)
    client.policy()
    client.create(alias="a", tags=["eu"])
    client.create(alias="b")
    client.act("acknowledge", "a", user="ada")
    client.receive(Resolve(service_id="checkout-api", dedup_key="Opsgenie: b"))
    client.act("snooze", "a", endTime=in_an_hour())
    for query, expected in (
        ("status: open AND acknowledged: true", ["a"]),
        ("status: closed", ["b"]),
        ('tag: eu AND message: "LATENCY"', ["a"]),
    ):
        assert aliases(client.search(query)) == expected
    assert client.get("a")["snoozed"] is True
    client.act("close", "a")
    assert client.get("a")["status"] == "closed"
    assert Alerts(either_database, client.new.id).count() == 2
    for path in ("/%00", "/%00?identifierType=alias", "/requests/%00", "/%ff%00"):
        assert client.http.get(f"/v2/alerts{path}").status_code == 404
    for field in ("entity", "tag", "message", "alias", "id"):
        assert client.search(f'{field}: "\0x"') == []
    assert client.status_of(client.act("close", "\0\x1b"))["status"] == "Alert does not exist"


@pytest.mark.proof
def test_two_nodes_count_one_alert_and_never_wait_for_each_other_in_a_circle(
    shared_postgresql: SharedDatabase,
) -> None:
    """Both create, note and close the same aliases at the same time: none is lost or made twice."""
    one = OpsgenieClient(shared_postgresql.empty())
    one.policy()
    with closing(Database(shared_postgresql.url)) as second:
        other = OpsgenieClient(second, name="not used")
        other.http.headers["authorization"] = f"GenieKey {one.key}"
        with ThreadPoolExecutor(8) as threads:
            sent = [
                threads.submit(client.create, alias=alias, note="n")
                for _ in range(20)
                for alias in "abcd"
                for client in (one, other)
            ]
            assert {each.result().status_code for each in sent} == {202}
        assert [(a["alias"], a["count"]) for a in one.search(sort="alias", order="asc")] == [
            (alias, 40) for alias in "abcd"
        ]
        with ThreadPoolExecutor(8) as threads:
            sent = [
                threads.submit(client.act, "close", alias)
                for alias in "abcd"
                for client in (one, other)
            ]
            closed = [one.status_of(each.result())["status"] for each in sent]
        assert sorted(closed) == ["Alert is already closed"] * 4 + ["Closed alert"] * 4
        assert isinstance(other.service(), Healthy)


def test_every_endpoint_does_what_the_table_says(client: OpsgenieClient) -> None:
    """Documents are made of it."""
    everything = {
        "message": "m",
        "description": "d",
        "note": "n",
        "tags": ["a"],
        "details": {"a": "b"},
        "priority": "P2",
        "owner": {"username": "ada"},
        "endTime": in_an_hour(),
    }
    for endpoint, (use, _) in compatibility.ENDPOINTS.items():
        method, path = endpoint.split()
        created = client.create(alias=endpoint)
        names = {
            "{requestId}": created.json()["requestId"],
            "{identifier}": client.get(endpoint)["id"],
            "{action}": "Restart",
        }
        for name, value in names.items():
            path = path.replace(name, value)
        body = None if method in {"GET", "DELETE"} else everything
        response = client.http.request(method, f"{path}?tags=a&keys=a", json=body)
        good = 200 if method == "GET" else 202
        assert (endpoint, response.status_code) == (endpoint, 404 if use == "refused" else good)


def test_only_an_alert_that_pages_nobody_is_shown_as_refused(client: OpsgenieClient) -> None:
    """Not what is no Alert, and not what has paged the integration's own service."""
    client.http.post("/v2/alerts/x/attachments")
    client.http.post("/v2/alerts/x/snooze")
    client.http.post("/v2/heartbeats", json={"name": "nightly-backup"})
    client.http.post("/v2/alerts", content=b"nonsense")
    other = OpsgenieClient(client.database, Routing(service_id="search"), name="Other")
    assert other.create().status_code >= 400
    wait_until(lambda: refused_lately(client.database))
    assert [row.service_id for row in refused_lately(client.database)] == ["search"]
