"""Maintenance windows by the API: what is taken, what is refused, and what they mean for Alerts."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from contract.web.application import ALERT, KEY, POLICY, check_problem, shared_application
from pager.access.scopes import ACTIONS, Action, KeyScope
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts

WINDOWS = "/maintenance-windows"
CHECKOUT = "checkout-api"
EDITOR: frozenset[Action] = frozenset({"policies", "read"})


@pytest.fixture
def client(database: Database) -> TestClient:
    """A program that may do everything; checkout-api has a policy."""
    client = program(database, KEY)
    client.put("/escalation-policies/checkout-api", json=POLICY)
    return client


def program(database: Database, key: str) -> TestClient:
    """A program with that key."""
    app = shared_application(database, KEY)
    return TestClient(app, headers={"authorization": f"Bearer {key}"})


def made(client: TestClient, **window: object) -> dict[str, str | int | None]:
    """The window that was made."""
    response = client.post(WINDOWS, json={"service_id": CHECKOUT, "end": "PT2H", **window})
    assert response.status_code == 201, response.text
    answer: dict[str, str | int | None] = response.json()
    return answer


def moment(value: object) -> datetime:
    """The moment in an answer."""
    return datetime.fromisoformat(str(value))


def test_a_window_that_was_made_keeps_an_alert_from_notifying(
    client: TestClient, database: Database
) -> None:
    """The receipt and the status say so; the end of the window pages."""
    window = made(client, reason="A new disk")
    assert (window["state"], window["reason"]) == ("running", "A new disk")
    assert moment(window["ends_at"]) - moment(window["starts_at"]) == timedelta(hours=2)
    assert client.post("/alerts", json=ALERT).status_code == 202
    service = client.get("/services/checkout-api").json()
    assert (service["state"], service["policy_level"]) == ("unhealthy", 0)
    assert service["waits_for_maintenance"]
    assert service["maintenance_until"] == window["ends_at"]
    assert service["notifications"] == []
    assert moment(service["acknowledgement_timeout"]["due_at"]) >= moment(window["ends_at"])
    ended = client.delete(f"{WINDOWS}/{window['id']}").json()
    assert (ended["state"], ended["ended_by"]) == ("over", "PAGER_API_KEY")
    [timeout] = SqlPorts(database).timer.due()
    assert timeout.service_id == CHECKOUT
    after = client.get("/services/checkout-api").json()
    assert after["maintenance_until"] is None


@pytest.mark.parametrize(
    ("window", "seconds"),
    [
        ({"end": "PT90M"}, 5_400),
        ({"end": "P30D"}, 30 * 86_400),
        ({"starts_at": "2020-01-01T00:00:00Z", "end": "PT1H"}, 3_600),
        ({"reason": "\N{SNOWMAN}" * 200}, 7_200),
    ],
)
def test_the_end_is_a_moment_or_a_length(
    client: TestClient, window: dict[str, str], seconds: int
) -> None:
    """A start that is past is now."""
    answer = made(client, **window)
    length = moment(answer["ends_at"]) - moment(answer["starts_at"])
    assert length == timedelta(seconds=seconds)
    assert answer["state"] == "running"


def test_a_window_may_be_planned_in_any_zone(client: TestClient) -> None:
    """The answer is in UTC."""
    start = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    answer = made(
        client,
        starts_at=start.isoformat().replace("+00:00", "Z"),
        end=f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}+01:00",
    )
    assert answer["state"] == "planned"
    assert moment(answer["starts_at"]) == start
    assert moment(answer["ends_at"]) == start + timedelta(hours=1)


@pytest.mark.parametrize(
    ("window", "detail"),
    [
        ({"end": "PT0S"}, "The end is past: choose one that is to come."),
        ({"end": "2020-01-01T00:00:00Z"}, "The end is past: choose one that is to come."),
        ({"end": "P31D"}, "A window lasts 30 days at the most: choose an earlier end."),
        ({"end": "9999-12-31T23:59:59Z"}, "A window lasts 30 days at the most"),
        ({"end": "9999-12-31T23:59:59-14:00"}, "A window lasts 30 days at the most"),
        ({"end": "0001-01-01T00:00:00+14:00"}, "The end is past"),
        ({"end": "PT1H", "starts_at": "9999-12-31T23:59:59-14:00"}, "A window can begin 365 days"),
        ({"end": "P999999999D"}, "A window lasts 30 days at the most"),
        ({"end": "PT1H", "starts_at": "9999-12-31T23:59:59Z"}, "A window can begin 365 days"),
        ({"end": "2027-01-01T00:00:00"}, "end"),
        ({"end": 7200}, "end"),
        ({"end": "PT1H", "starts_at": 1}, "starts_at"),
        ({"end": None}, "end"),
        ({"end": "PT1H", "reason": "x" * 201}, "reason: "),
        ({"end": "PT1H", "reason": "\0"}, "reason: "),
        ({"end": "PT1H", "service_id": "checkout api"}, "service_id: "),
        ({"end": "PT1H", "until": "x"}, "until: "),
    ],
)
def test_a_bad_window_is_refused(
    client: TestClient, window: dict[str, object], detail: str
) -> None:
    """With the field that is wrong; and nothing is stored."""
    response = client.post(WINDOWS, json={"service_id": CHECKOUT, **window})
    check_problem(response, 422, detail)
    [wrong, *_] = response.json()["errors"]
    assert wrong["field"].partition(".")[0] in {*window, "service_id"}
    assert client.get(WINDOWS).json() == []


def test_windows_are_listed_the_newest_first(client: TestClient) -> None:
    """Page by page, of one service or of one state."""
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    first = made(client)
    second = made(client, service_id="search-api")
    third = made(client, starts_at=later)
    client.delete(f"{WINDOWS}/{first['id']}")
    client.delete(f"{WINDOWS}/{third['id']}")
    fourth = made(client, starts_at=later)

    def listed(query: str) -> list[tuple[int, str]]:
        return [(each["id"], each["state"]) for each in client.get(f"{WINDOWS}?{query}").json()]

    assert listed("") == [
        (fourth["id"], "planned"),
        (third["id"], "cancelled"),
        (second["id"], "running"),
        (first["id"], "over"),
    ]
    assert listed("limit=1") == [(fourth["id"], "planned")]
    assert listed(f"before={third['id']}&limit=1") == [(second["id"], "running")]
    assert listed("service_id=search-api") == [(second["id"], "running")]
    assert listed("state=planned") == [(fourth["id"], "planned")]
    assert listed("state=past") == [(third["id"], "cancelled"), (first["id"], "over")]
    assert listed("service_id=%00") == []
    check_problem(client.get(f"{WINDOWS}?state=asleep"), 422, "state: ")


def test_what_is_over_stays_as_it_is(client: TestClient) -> None:
    """A second DELETE does no harm, and what there is not is not found."""
    window = made(client)
    address = f"{WINDOWS}/{window['id']}"
    ended = client.delete(address).json()
    assert client.delete(address).json() == ended
    check_problem(client.delete(f"{WINDOWS}/999999"), 404, "There is no such maintenance window")
    check_problem(client.delete(f"{WINDOWS}/{2**63}"), 422, "number: ")
    check_problem(client.delete(f"{WINDOWS}/x"), 422, "number: ")


@pytest.mark.parametrize(
    ("scope", "make", "read"),
    [
        (KeyScope(actions=EDITOR, services=None), 201, 1),
        (KeyScope(actions=EDITOR, services=frozenset({CHECKOUT})), 201, 1),
        (KeyScope(actions=EDITOR, services=frozenset({"search-api"})), 403, 0),
        (KeyScope(actions=frozenset(ACTIONS) - {"policies"}, services=None), 403, 1),
    ],
)
def test_a_key_makes_and_ends_windows_where_it_may_edit_policies(
    client: TestClient, database: Database, scope: KeyScope, make: int, read: int
) -> None:
    """Whoever keeps others from being notified could as well edit the policy."""
    window = made(client)
    other = program(database, SqlApiKeys(database).make("ada", "deploy", scope))
    assert len(other.get(WINDOWS).json()) == read
    assert len(other.get(f"{WINDOWS}?service_id={CHECKOUT}").json()) == read
    request = {"service_id": CHECKOUT, "end": "PT1H"}
    assert other.post(WINDOWS, json=request).status_code == make
    ended = other.delete(f"{WINDOWS}/{window['id']}")
    assert ended.status_code == (200 if make == 201 else 403)


def test_each_change_is_in_the_audit_log(client: TestClient, database: Database) -> None:
    """With who did it, to which service, and when the window was to be."""
    window = made(client, reason="A new disk")
    client.delete(f"{WINDOWS}/{window['id']}")
    planned = made(client, starts_at=(datetime.now(UTC) + timedelta(days=2)).isoformat())
    client.delete(f"{WINDOWS}/{planned['id']}")
    entries = SqlAuditLog(database).last(10)
    assert [(entry.author, entry.action, entry.subject) for entry in entries] == [
        ("PAGER_API_KEY", "maintenance cancelled", CHECKOUT),
        ("PAGER_API_KEY", "maintenance made", CHECKOUT),
        ("PAGER_API_KEY", "maintenance ended", CHECKOUT),
        ("PAGER_API_KEY", "maintenance made", CHECKOUT),
    ]
    start = moment(window["starts_at"])
    assert entries[3].detail == (
        f"window {window['id']}, from {start:%Y-%m-%d %H:%M} UTC for 2 h: A new disk"
    )
