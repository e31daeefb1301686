"""Integrations in the API: who may make one, what is shown of it, and what its key is good for."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import KEY, POLICY, check_problem, shared_application
from pager.access.integrations import KEY as KEY_OF_INTEGRATION
from pager.access.scopes import ACTIONS, EVERYTHING, KeyScope
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import api_keys

CHECKOUT = {"protocol": "pagerduty", "service_id": "checkout-api"}
BY_LABEL = {
    "protocol": "grafana",
    "service_id": "checkout-api",
    "field": "service",
    "names": {"Search (EU)": "search-api"},
}


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application on which checkout-api has a policy."""
    app = shared_application(database, KEY)
    program(app).put("/escalation-policies/checkout-api", json=POLICY)
    return app


@pytest.fixture
def operator(app: FastAPI) -> TestClient:
    """A program that may do everything."""
    return program(app)


def program(app: FastAPI, key: str = KEY) -> TestClient:
    """A program that sends that key."""
    return TestClient(app, headers={"authorization": f"Bearer {key}"})


def event(key: str) -> dict[str, object]:
    """What PagerDuty's clients send."""
    payload = {"summary": "Disk full", "source": "db-1", "severity": "critical"}
    return {"routing_key": key, "event_action": "trigger", "dedup_key": "d", "payload": payload}


def test_one_request_makes_a_key_that_pages(app: FastAPI, operator: TestClient) -> None:
    """The answer has all that the sender is given; no later one has the key."""
    made = operator.post("/integrations", json=CHECKOUT)
    assert made.status_code == 201
    answer = made.json()
    assert KEY_OF_INTEGRATION.fullmatch(answer["key"])
    assert answer == {
        "id": answer["id"],
        "name": "pagerduty for checkout-api",
        "protocol": "pagerduty",
        "service_id": "checkout-api",
        "key": answer["key"],
        "url": "http://testserver/v2/enqueue",
    }
    sender = TestClient(app)
    assert sender.post("/v2/enqueue", json=event(answer["key"])).status_code == 202
    assert operator.get("/services/checkout-api").json()["message"].startswith("Disk full")
    one = operator.get(made.headers["location"])
    assert one.json()["last_outcome"] == "trigger checkout-api: unhealthy"
    assert one.json()["used_at"] is not None
    for shown in (one, operator.get("/integrations")):
        assert answer["key"] not in shown.text


def test_a_new_key_takes_the_place_of_the_old_one(app: FastAPI, operator: TestClient) -> None:
    """At once; all else stays, and the audit log says who did it."""
    made = operator.post("/integrations", json=CHECKOUT)
    old = made.json()
    sender = TestClient(app)
    assert sender.post("/v2/enqueue", json=event(old["key"])).status_code == 202
    renewed = operator.post(f"{made.headers['location']}/key", json={})
    assert renewed.status_code == 200
    new = renewed.json()
    assert new == {**old, "key": new["key"]}
    assert KEY_OF_INTEGRATION.fullmatch(new["key"])
    assert sender.post("/v2/enqueue", json=event(old["key"])).status_code == 401
    assert sender.post("/v2/enqueue", json=event(new["key"])).status_code == 202
    check_problem(operator.post("/integrations/99/key", json={}), 404, "no integration '99'")


def test_any_json_is_read_by_the_paths_that_are_given(app: FastAPI, operator: TestClient) -> None:
    """They can be read again; what is no path is refused."""
    paths = {"title": "problem.what", "dedup_key": "problem.id", "resolved": ["gone"]}
    request = {"protocol": "webhook", "service_id": "checkout-api", "paths": paths}
    made = operator.post("/integrations", json=request)
    sender = TestClient(app)
    url = f"/integrations/v1/webhook/{made.json()['key']}/"
    sent = sender.post(url, json={"problem": {"what": "Disk full", "id": 7}})
    assert (sent.status_code, sent.json()["events"][0]["state"]) == (202, "unhealthy")
    assert operator.get("/services/checkout-api").json()["message"] == "Disk full"
    read = operator.get(made.headers["location"]).json()["paths"]
    assert {name: value for name, value in read.items() if value} == paths
    wrong = operator.post("/integrations", json={**request, "paths": {"title": "a[x"}})
    assert wrong.status_code == 422
    assert "This is not a path." in wrong.text


@pytest.mark.parametrize(
    ("protocol", "url"),
    [
        ("pagerduty", "/v2/enqueue"),
        ("opsgenie", "/"),
        ("goalert", "/api/v2/generic/incoming?token=KEY"),
        ("grafana-oncall", "/integrations/v1/grafana-oncall/KEY/"),
        ("webhook", "/integrations/v1/webhook/KEY/"),
    ],
)
def test_each_protocol_has_its_url(operator: TestClient, protocol: str, url: str) -> None:
    """The key is in it where the protocol does not send it by itself."""
    made = operator.post("/integrations", json={**CHECKOUT, "protocol": protocol}).json()
    assert made["url"] == f"http://testserver{url.replace('KEY', made['key'])}"


def test_a_service_without_a_policy_is_warned_about(operator: TestClient) -> None:
    """It may get one later; a fallback policy will do."""
    request = {**CHECKOUT, "service_id": "new-api"}
    [warning] = operator.post("/integrations", json=request).json()["warnings"]
    assert warning["field"] == "service_id"
    assert "'new-api' has no Escalation Policy" in warning["message"]
    fallback = {**POLICY, "service_id": "pager:fallback"}
    operator.put("/escalation-policies/pager:fallback", json=fallback)
    assert "warnings" not in operator.post("/integrations", json=request).json()


@pytest.mark.parametrize(
    ("protocol", "warned"), [("alertmanager", ["paths"]), ("webhook", []), ("grafana-oncall", [])]
)
def test_paths_that_the_protocol_does_not_use_are_warned_about(
    operator: TestClient, protocol: str, warned: list[str]
) -> None:
    """It is made all the same. Some of Grafana OnCall's webhooks are any JSON."""
    request = {"protocol": protocol, "service_id": "checkout-api", "paths": {"title": "a.b"}}
    made = operator.post("/integrations", json=request)
    assert made.status_code == 201
    assert [w["field"] for w in made.json().get("warnings", [])] == warned


def test_names_without_a_field_are_warned_about(operator: TestClient) -> None:
    """Nothing would look them up."""
    request = {**CHECKOUT, "names": {"Search (EU)": "search-api"}}
    [warning] = operator.post("/integrations", json=request).json()["warnings"]
    assert warning["field"] == "names"


@pytest.mark.parametrize(
    ("wrong", "status", "detail"),
    [
        ({"protocol": "telegraph"}, 422, "protocol: Input should be"),
        ({"service_id": "no service"}, 422, "service_id: String should match"),
        ({"nmae": "x"}, 422, "nmae: Extra inputs are not permitted"),
        ({"names": {"x": "no service"}}, 422, "names.x: String should match"),
        ({"name": "taken"}, 409, "already an integration 'taken'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    operator: TestClient, wrong: dict[str, object], status: int, detail: str
) -> None:
    """As problem details."""
    operator.post("/integrations", json={**CHECKOUT, "name": "taken"})
    check_problem(operator.post("/integrations", json={**CHECKOUT, **wrong}), status, detail)
    assert len(operator.get("/integrations").json()) == 1


def test_they_are_listed_in_pages_and_revoked(
    app: FastAPI, operator: TestClient, database: Database
) -> None:
    """A key that is revoked is refused at once; there is nothing to revoke a second time."""
    for name in ("b", "a"):
        key = operator.post("/integrations", json={**CHECKOUT, "name": name}).json()["key"]
    assert TestClient(app).post("/v2/enqueue", json=event(key)).status_code == 202
    first = operator.get("/integrations?limit=1")
    assert [one["name"] for one in first.json()] == ["a"]
    assert first.headers["link"] == '<?after=a&limit=1>; rel="next"'
    assert [one["name"] for one in operator.get("/integrations?after=a").json()] == ["b"]
    [number] = [one["id"] for one in first.json()]
    assert operator.delete(f"/integrations/{number}").status_code == 204
    assert TestClient(app).post("/v2/enqueue", json=event(key)).status_code == 401
    for method in ("GET", "DELETE"):
        check_problem(operator.request(method, f"/integrations/{number}"), 404, "no integration")
        check_problem(operator.request(method, "/integrations/x"), 404, "no integration 'x'")
    last = SqlAuditLog(database).last(1)[0]
    assert last[1:4] == ("PAGER_API_KEY", "integration revoked", "a")


def test_a_key_reaches_no_further_than_its_services(app: FastAPI, database: Database) -> None:
    """Whoever may make integrations of one service makes none whose events may name another."""
    operator = program(app)
    other = operator.post("/integrations", json={**CHECKOUT, "service_id": "search-api"}).json()
    by_label = operator.post("/integrations", json=BY_LABEL).json()
    scope = KeyScope(actions=frozenset({"integrations"}), services=frozenset({"checkout-api"}))
    team = program(app, SqlApiKeys(database).make("ada", "team", scope))
    own = team.post("/integrations", json=CHECKOUT)
    assert own.status_code == 201
    for request in (BY_LABEL, {**CHECKOUT, "service_id": "search-api"}):
        refused = team.post("/integrations", json=request)
        check_problem(refused, 403, "not good for 'integrations' on")
    for foreign in (other, by_label):
        for method in ("GET", "DELETE"):
            refused = team.request(method, f"/integrations/{foreign['id']}")
            check_problem(refused, 403, "not good for 'integrations'")
    assert [one["name"] for one in team.get("/integrations").json()] == [own.json()["name"]]
    assert team.delete(f"/integrations/{own.json()['id']}").status_code == 204
    assert len(SqlIntegrations(database).all()) == 2


def test_a_key_from_before_there_were_integrations_makes_none(
    app: FastAPI, database: Database
) -> None:
    """Although it was good for everything then."""
    old = program(app, SqlApiKeys(database).make("ada", "old", EVERYTHING))
    before = EVERYTHING.model_copy(update={"actions": frozenset(ACTIONS) - {"integrations"}})
    database.write(
        lambda connection: connection.execute(
            api_keys.update().values(scope=before.model_dump_json())
        )
    )
    check_problem(old.post("/integrations", json=CHECKOUT), 403, "not good for 'integrations'")
    check_problem(old.get("/integrations"), 403, "not good for 'integrations'")
