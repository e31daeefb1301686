"""Services that use a shared policy, by the API: one by one, and many at once."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import ALERT, KEY, POLICY, check_problem, shared_application
from contract.web.on_call_api.team import (
    ADA,
    DATABASE,
    GRACE,
    JSON,
    PAYMENTS,
    WEEKLY,
    limited,
    program,
    put,
    set_up,
)
from pager.adapters.store.core.database import Database

CHECKOUT = "/escalation-policies/checkout-api"
SERVICES = "/policies/Payments/services"
USE: JSON = {"service_id": "checkout-api", "uses": "Payments"}


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application of its own."""
    return shared_application(database, KEY)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A program on a server where Grace is on call."""
    client = program(app)
    set_up(client)
    alone = {**WEEKLY, "participants": ["Grace Hopper"], "starts": "2020-01-06T09:00"}
    put(client, "/schedules/Database", {**DATABASE, "layers": [{"rotations": [alone]}]})
    return client


def test_a_service_uses_a_shared_policy(client: TestClient) -> None:
    """In the place of one of its own, with the same conditions and history."""
    own = client.put(CHECKOUT, json=POLICY).headers["etag"]
    used = client.put(CHECKOUT, json={"uses": "Payments"}, headers={"if-match": own})
    assert (used.status_code, used.json()) == (200, USE)
    read = client.get(CHECKOUT)
    assert (read.json(), read.headers["etag"]) == (USE, used.headers["etag"])
    assert client.get("/escalation-policies").json() == [USE]
    assert [edit["policy"] for edit in client.get(f"{CHECKOUT}/history").json()] == [USE, POLICY]
    assert client.put(CHECKOUT, json=USE, headers={"if-match": own}).status_code == 412
    assert client.put(CHECKOUT, json=USE, headers={"if-none-match": "*"}).status_code == 412


def test_what_it_is_just_now_is_a_plain_policy(client: TestClient) -> None:
    """Whoever is on call, and then the team; who is nobody is said."""
    client.put(CHECKOUT, json=USE)
    now = client.get(f"{CHECKOUT}/now").json()
    assert now == {
        "service_id": "checkout-api",
        "levels": [
            {"targets": [GRACE], "acknowledgement_delay": "PT15M"},
            {"targets": [ADA, GRACE], "acknowledgement_delay": "PT30M"},
        ],
    }
    put(client, "/schedules/Database", {"time_zone": "UTC"})
    [level], [gap] = (client.get(f"{CHECKOUT}/now").json()[name] for name in ("levels", "gaps"))
    assert level["targets"] == [ADA, GRACE]
    assert gap == "Payments, Level 1 reaches nobody: nobody is on call in Database"


def test_the_fallback_counts_where_it_would_at_a_step(client: TestClient) -> None:
    """404 where nobody would be notified."""
    check_problem(client.get(f"{CHECKOUT}/now"), 404, "Nobody would be notified about")
    fallback = {**POLICY, "service_id": "pager:fallback"}
    client.put("/escalation-policies/pager:fallback", json=fallback)
    assert client.get(f"{CHECKOUT}/now").json() == fallback
    client.put(CHECKOUT, json=POLICY)
    assert client.get(f"{CHECKOUT}/now").json() == POLICY


def test_an_alert_notifies_whoever_is_on_call(client: TestClient) -> None:
    """The policy is what it is at the step."""
    client.put(CHECKOUT, json=USE)
    assert client.post("/alerts", json=ALERT).status_code == 202
    pages = client.get("/services/checkout-api").json()["notifications"]
    assert [page["target"] for page in pages] == [GRACE]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"uses": "Paiments"}, "uses: There is no policy called 'Paiments'"),
        ({"uses": "Payments", "service_id": "search-api"}, "service_id: The URL says"),
        ({"uses": "Payments", "levels": []}, "levels: Extra inputs are not permitted"),
        ({"uses": 7}, "uses: Input should be a valid string"),
        ({**POLICY, "gaps": ["Level 1: nobody"]}, "gaps: "),
    ],
)
def test_a_use_that_is_wrong_changes_nothing(client: TestClient, body: JSON, detail: str) -> None:
    """422, which names the field."""
    check_problem(client.put(CHECKOUT, json=body), 422, detail)
    assert client.get(CHECKOUT).status_code == 404


def test_many_services_use_a_policy_from_now_on(client: TestClient) -> None:
    """The answer says what each had, in the order in which they were named."""
    put(client, "/policies/Before", PAYMENTS)
    client.put(CHECKOUT, json=POLICY)
    client.put("/escalation-policies/search-api", json={"uses": "Before"})
    names = ["search-api", "checkout-api", "new-api"]
    answer = client.post(SERVICES, json={"service_ids": names})
    assert answer.status_code == 200
    assert [(one["service_id"], one["had"], one["used"]) for one in answer.json()] == [
        ("search-api", "shared policy", "Before"),
        ("checkout-api", "own policy", None),
        ("new-api", "nothing", None),
    ]
    for one in answer.json():
        path = f"/escalation-policies/{one['service_id']}"
        assert client.get(path).headers["etag"] == f'"{one["version"]}"'
        assert client.get(path).json()["uses"] == "Payments"
        assert client.get(f"{path}/history").json()[0]["author"] == "PAGER_API_KEY"


def test_the_services_that_use_it_come_in_pages(client: TestClient) -> None:
    """Sorted; without those that have another policy by now."""
    client.post(SERVICES, json={"service_ids": ["c", "a", "b", "checkout-api"]})
    client.put(CHECKOUT, json=POLICY)
    first = client.get(f"{SERVICES}?limit=2")
    assert first.json() == ["a", "b"]
    assert first.headers["link"] == '<?after=b&limit=2>; rel="next"'
    last = client.get(f"{SERVICES}?after=b&limit=2")
    assert (last.json(), "link" in last.headers) == (["c"], False)


@pytest.mark.parametrize(
    ("service_ids", "detail"),
    [
        ([], "service_ids: "),
        (["a", "b", "a"], "service_ids: Name each service once."),
        (["a", "no service"], "service_ids.1: String should match"),
        ([f"service-{number}" for number in range(1_001)], "at most 1000 items"),
    ],
)
def test_a_list_that_is_wrong_changes_nothing(
    client: TestClient, service_ids: list[str], detail: str
) -> None:
    """422."""
    check_problem(client.post(SERVICES, json={"service_ids": service_ids}), 422, detail)
    assert client.get(SERVICES).json() == []


def test_nobody_uses_a_policy_that_is_not_there(client: TestClient) -> None:
    """404, and nothing is changed."""
    path = "/policies/Paiments/services"
    client.put(CHECKOUT, json=POLICY)
    refused = client.post(path, json={"service_ids": ["checkout-api", "search-api"]})
    check_problem(refused, 404, "no policy called 'Paiments'")
    check_problem(client.get(path), 404, "no policy called 'Paiments'")
    assert client.get("/escalation-policies").json() == [POLICY]


def test_a_key_reaches_no_further_than_its_services(
    app: FastAPI, client: TestClient, database: Database
) -> None:
    """It lets its own services use the policy, and sees no others."""
    own = frozenset({"checkout-api"})
    some = limited(app, database, "read", "policies", services=own)
    both = {"service_ids": ["checkout-api", "search-api"]}
    check_problem(some.post(SERVICES, json=both), 403, "'policies' on 'search-api'")
    assert client.get(SERVICES).json() == []
    assert some.post(SERVICES, json={"service_ids": ["checkout-api"]}).status_code == 200
    client.post(SERVICES, json={"service_ids": ["search-api"]})
    assert some.get(SERVICES).json() == ["checkout-api"]
    check_problem(some.get("/escalation-policies/search-api/now"), 403, "'read' on 'search-api'")
