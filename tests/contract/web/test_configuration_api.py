"""The whole configuration in the API: read, planned, and applied as a whole."""

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contract.web.application import KEY, check_problem, shared_application
from contract.web.installation import Installation, alert, timeout
from pager.access.scopes import Action, KeyScope
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.web.api.configuration import MOST_INCIDENTS
from pager.adapters.web.limits import LARGEST_CONFIGURATION

OF_A_TEAM: dict[str, object] = {  # as it is written
    "people": {
        "Ada Lovelace": {"contact_methods": [{"email": "ada@example.com"}]},
        "Grace Hopper": {
            "contact_methods": [
                {"email": "grace@example.com"},
                {"sms": "+33612345678", "after": "5 min"},
            ]
        },
    },
    "teams": {"Database": ["Ada Lovelace", "Grace Hopper"]},
    "schedules": {
        "Nights": {
            "time_zone": "Europe/Paris",
            "layers": [
                {
                    "rotations": [
                        {
                            "name": "Weekly",
                            "participants": ["Ada Lovelace"],
                            "starts": "2026-11-23 09:00",
                            "shift_length": "7 days",
                        }
                    ]
                }
            ],
        }
    },
    "policies": {
        "Database": {
            "levels": [{"targets": [{"team": "Database"}], "acknowledgement_delay": "10 min"}]
        }
    },
    "services": {
        "checkout-api": {"uses": "Database"},
        "login": {
            "levels": [
                {
                    "targets": [{"email": "login@example.com"}],
                    "acknowledgement_delay": "15 min",
                }
            ]
        },
    },
    "fallback": {"uses": "Database"},
    "heartbeats": {"backup": {"service": "checkout-api", "interval": "1 day", "grace": "30 min"}},
    "integrations": {"Grafana": {"protocol": "grafana", "service": "checkout-api"}},
    "properties": ["no Level is empty"],
}
NAMES = [
    ("people", "Ada Lovelace"),
    ("people", "Grace Hopper"),
    ("teams", "Database"),
    ("schedules", "Nights"),
    ("policies", "Database"),
    ("services", "checkout-api"),
    ("services", "login"),
    ("fallback", ""),
    ("heartbeats", "backup"),
    ("integrations", "Grafana"),
    ("properties", "no Level is empty"),
]


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application that takes one key for everything."""
    return shared_application(database, KEY)


@pytest.fixture
def operator(app: FastAPI) -> TestClient:
    """A program that may do everything."""
    return program(app)


def program(app: FastAPI, key: str = KEY) -> TestClient:
    """A program that sends that key."""
    return TestClient(app, headers={"authorization": f"Bearer {key}"})


def changes(answer: object) -> list[tuple[str, str, str]]:
    """What a plan would change, or an application has changed."""
    assert isinstance(answer, dict)
    return [(one["kind"], one["name"], one["what"]) for one in answer["changes"]]


def test_what_is_planned_is_applied_and_then_there_is_nothing_to_do(operator: TestClient) -> None:
    """The plan changes nothing, and its ETag is good for what it has shown."""
    planned = operator.post("/configuration/plan", json=OF_A_TEAM)
    assert planned.status_code == 200
    added = [(*name, "added") for name in NAMES]
    assert changes(planned.json()) == added
    assert operator.get("/people").json() == []
    condition = {"if-match": planned.headers["etag"]}
    applied = operator.put("/configuration", json=OF_A_TEAM, headers=condition)
    assert (applied.status_code, changes(applied.json())) == (200, added)
    assert operator.get("/services/checkout-api").status_code == 200
    again = operator.post("/configuration/plan", json=OF_A_TEAM)
    assert again.json() == {
        "changes": [],
        "incidents": [],
        "more_incidents": False,
        "violations": [],
        "unverified": [],
        "warnings": [],
    }
    assert again.headers["etag"] == applied.headers["etag"]


def test_what_is_read_can_be_applied(operator: TestClient) -> None:
    """And changes nothing: that is what an export is."""
    operator.put("/configuration", json=OF_A_TEAM)
    read = operator.get("/configuration")
    assert read.json() == OF_A_TEAM
    assert operator.post("/configuration/plan", json=read.json()).json()["changes"] == []
    condition = {"if-match": read.headers["etag"]}
    applied = operator.put("/configuration", json=read.json(), headers=condition)
    assert (applied.json(), applied.headers["etag"]) == ({"changes": []}, read.headers["etag"])
    assert operator.get("/configuration").content == read.content


def test_a_kind_that_is_named_is_wholly_what_the_body_says(operator: TestClient) -> None:
    """All others stay."""
    operator.put("/configuration", json=OF_A_TEAM)
    body = {"heartbeats": {}, "fallback": "none", "services": {"login": {"uses": "Database"}}}
    applied = operator.put("/configuration", json=body)
    assert changes(applied.json()) == [
        ("services", "checkout-api", "removed"),
        ("services", "login", "changed"),
        ("fallback", "", "removed"),
        ("heartbeats", "backup", "removed"),
    ]
    assert operator.get("/configuration").json() == {**OF_A_TEAM, **body}


def test_what_was_edited_since_the_plan_is_not_overwritten(operator: TestClient) -> None:
    """Also by another application."""
    planned = operator.post("/configuration/plan", json=OF_A_TEAM).headers["etag"]
    operator.put("/people/Linus", json={})
    refused = operator.put("/configuration", json=OF_A_TEAM, headers={"if-match": planned})
    check_problem(refused, 412, "Somebody has edited the configuration since")
    assert [one["name"] for one in operator.get("/people").json()] == ["Linus"]
    wrong = operator.put("/configuration", json=OF_A_TEAM, headers={"if-match": '"12"'})
    check_problem(wrong, 400, "ETag of GET /configuration")


def test_everything_that_is_wrong_is_said(operator: TestClient) -> None:
    """By the plan and by the application; nothing is changed."""
    body = {**OF_A_TEAM, "teams": {"Database": ["Nobody"]}, "policies": {}}
    for method, path in (("POST", "/configuration/plan"), ("PUT", "/configuration")):
        refused = operator.request(method, path, json=body)
        check_problem(refused, 422, "no person called Nobody")
        assert len(refused.json()["errors"]) == 3
        wrong = {"people": {"Ada": {"contact_methods": [{"email": "ada"}], "mood": 1}}, "x": 1}
        refused = operator.request(method, path, json=wrong)
        assert refused.status_code == 422
        fields = [error["field"] for error in refused.json()["errors"]]
        assert fields == ["people.Ada.contact_methods.0.email", "people.Ada.mood", "x"]
    assert operator.get("/people").json() == []


def test_a_new_name_has_nothing_that_nobody_sees(operator: TestClient) -> None:
    """By the plan and by the application, as where one is put; the character is named."""
    for method, path in (("POST", "/configuration/plan"), ("PUT", "/configuration")):
        refused = operator.request(method, path, json={"people": {"Ada\u202e": {}}})
        check_problem(refused, 422, "U+202E (RIGHT-TO-LEFT OVERRIDE) is in this name")
    assert operator.get("/people").json() == []


def test_what_is_no_property_is_refused(operator: TestClient) -> None:
    """As where the properties alone are put: nobody could ever say whether it holds."""
    body = {"properties": ["no Level is empty", "nobody sleeps"]}
    for method, path in (("POST", "/configuration/plan"), ("PUT", "/configuration")):
        refused = operator.request(method, path, json=body)
        check_problem(refused, 422, "properties.1: 'nobody sleeps' is no property that Pager knows")
    assert operator.get("/properties").json() == {"properties": []}


def test_the_plan_says_what_it_means_for_incidents_that_run(
    operator: TestClient, installation: Installation
) -> None:
    """Who would have been told next, and who is told now, at what time."""
    installation.policy("checkout-api", ("ada",), ("grace",))
    installation.receive(alert())
    body = {
        "services": {
            "checkout-api": {
                "levels": [
                    {"targets": [{"email": "ada@example.com"}]},
                    {"targets": [{"email": "edsger@example.com"}]},
                ]
            }
        }
    }
    [incident] = operator.post("/configuration/plan", json=body).json()["incidents"]
    assert (incident["service_id"], incident["incident"]) == ("checkout-api", 1)
    before, after = incident["before"], incident["after"]
    assert (before["level"], after["level"]) == (2, 2)
    assert before["at"] == after["at"]
    assert [before["targets"][0]["address"], after["targets"][0]["address"]] == [
        "grace@example.com",
        "edsger@example.com",
    ]
    [incident] = operator.post("/configuration/plan", json={"services": {}}).json()["incidents"]
    assert incident["after"] is None


def test_the_plan_says_when_the_step_is_due(
    operator: TestClient, installation: Installation
) -> None:
    """When the Acknowledgement Timeout that runs is: that of the Level that was notified last."""
    installation.policy("checkout-api", ("ada",), ("linus",), ("grace",))
    installation.receive(alert())
    installation.carry_out()
    installation.receive(timeout())
    installation.carry_out()
    status = operator.get("/services/checkout-api").json()
    [incident] = operator.post("/configuration/plan", json={"services": {}}).json()["incidents"]
    assert incident["before"]["level"] == 3
    assert incident["before"]["at"] == status["acknowledgement_timeout"]["due_at"]


@pytest.mark.proof
def test_of_a_storm_the_plan_tells_some_incidents(
    operator: TestClient, installation: Installation
) -> None:
    """And that there are others; so many and no more are all of them."""
    names = [f"service-{number:03}" for number in range(MOST_INCIDENTS + 1)]
    for name in names[1:]:
        installation.policy(name, ("ada",), ("grace",))
        installation.receive(alert(name))
    plan = operator.post("/configuration/plan", json={"services": {}}).json()
    assert (len(plan["incidents"]), plan["more_incidents"]) == (MOST_INCIDENTS, False)
    installation.policy(names[0], ("ada",), ("grace",))
    installation.receive(alert(names[0]))
    plan = operator.post("/configuration/plan", json={"services": {}}).json()
    assert (len(plan["incidents"]), plan["more_incidents"]) == (MOST_INCIDENTS, True)


def test_the_plan_says_which_properties_would_not_hold_any_more(operator: TestClient) -> None:
    """Those of the server, with who and why; what is wrong already is not the plan's."""
    operator.put("/configuration", json=OF_A_TEAM)
    body: dict[str, object] = {"teams": {"Database": ()}}
    plan = operator.post("/configuration/plan", json=body).json()
    assert plan["unverified"] == []
    subjects = {one["subject"] for one in plan["violations"]}
    assert "checkout-api" in subjects
    assert {one["sentence"] for one in plan["violations"]} == {"no Level is empty"}
    assert "nobody is in the team Database" in plan["violations"][0]["what"]
    operator.put("/configuration", json=body)
    again = operator.post("/configuration/plan", json={"heartbeats": {}}).json()
    assert (len(again["changes"]), again["violations"]) == (1, [])


def test_the_plan_warns_of_senders_whose_service_would_have_no_policy(
    operator: TestClient,
) -> None:
    """Their Alerts would be refused. What was so before is no news."""
    operator.put("/configuration", json=OF_A_TEAM)
    without = {"services": {}, "fallback": "none"}
    reason = (
        "checkout-api has no Escalation Policy, and there is no fallback policy: its Alerts are "
        "refused."
    )
    assert operator.post("/configuration/plan", json=without).json()["warnings"] == [
        f"heartbeat backup, service: {reason}",
        f"integration Grafana, service: {reason}",
    ]
    operator.put("/configuration", json=without)
    plan = operator.post("/configuration/plan", json={"properties": []}).json()
    assert (len(plan["changes"]), plan["warnings"]) == (1, [])


def test_overrides_and_marks_and_keys_stay(operator: TestClient, database: Database) -> None:
    """No document has them, unless it says which overrides there are."""
    operator.put("/configuration", json=OF_A_TEAM)
    made = operator.post(
        "/schedules/Nights/overrides", json={"person": "Grace Hopper", "end": "PT12H"}
    )
    assert made.status_code == 201
    assert operator.put("/configuration", json=OF_A_TEAM).json() == {"changes": []}
    [override] = SqlOnCall(database).directory().schedules["Nights"].overrides
    assert override.person == "Grace Hopper"
    read = operator.get("/configuration?overrides=true").json()
    [override] = read["schedules"]["Nights"]["overrides"]
    assert override["person"] == "Grace Hopper"
    assert operator.put("/configuration", json=read).json() == {"changes": []}
    body = json.loads(json.dumps({"schedules": OF_A_TEAM["schedules"]}))
    body["schedules"]["Nights"]["overrides"] = []
    assert changes(operator.put("/configuration", json=body).json()) == [
        ("schedules", "Nights", "changed")
    ]
    assert SqlOnCall(database).directory().schedules["Nights"].overrides == ()


def test_an_integration_that_is_removed_is_refused_at_once(
    app: FastAPI, operator: TestClient
) -> None:
    """What was known of its key is forgotten."""
    operator.put("/configuration", json=OF_A_TEAM)
    made = operator.post("/integrations", json={"protocol": "webhook", "service_id": "login"})
    url = f"/integrations/v1/webhook/{made.json()['key']}"
    sender = TestClient(app)
    assert sender.post(url, json={"title": "Disk full"}).status_code == 202
    operator.put("/configuration", json={"integrations": OF_A_TEAM["integrations"]})
    assert sender.post(url, json={"title": "Disk full"}).status_code == 401


@pytest.mark.parametrize(
    ("actions", "services", "allowed"),
    [
        ({"read"}, None, ["GET", "POST"]),
        ({"read"}, {"checkout-api"}, []),
        ({"policies"}, None, []),
        ({"policies", "integrations"}, None, ["PUT"]),
        ({"policies", "integrations", "read"}, {"checkout-api"}, []),
    ],
)
def test_it_takes_a_key_for_all_services(
    app: FastAPI,
    database: Database,
    actions: set[Action],
    services: set[str] | None,
    allowed: list[str],
) -> None:
    """To read for a plan, to edit for an application: and integrations, where it has them."""
    scope = KeyScope(
        actions=frozenset(actions), services=None if services is None else frozenset(services)
    )
    caller = program(app, SqlApiKeys(database).make("ada", "ci", scope))
    answers = {
        "GET": caller.get("/configuration"),
        "POST": caller.post("/configuration/plan", json=OF_A_TEAM),
        "PUT": caller.put("/configuration", json=OF_A_TEAM),
    }
    assert [method for method, answer in answers.items() if answer.status_code == 200] == allowed
    refused = {answer.status_code for method, answer in answers.items() if method not in allowed}
    assert refused <= {403}


def test_a_key_for_some_services_applies_nothing(app: FastAPI, database: Database) -> None:
    """Also what is of none of them."""
    scope = KeyScope(actions=frozenset({"policies"}), services=frozenset({"checkout-api"}))
    caller = program(app, SqlApiKeys(database).make("ada", "ci", scope))
    assert caller.put("/configuration", json={"people": {"Linus": {}}}).status_code == 403
    assert SqlOnCall(database).directory().people == {}


def test_a_configuration_may_be_large(operator: TestClient) -> None:
    """Larger than any other body; not without any bound."""
    people = {f"Person {number}": {"account": f"{number:0100}"} for number in range(10_000)}
    body = json.dumps({"people": people}).encode()
    assert 1024 * 1024 < len(body) < LARGEST_CONFIGURATION
    headers = {"content-type": "application/json"}
    planned = operator.post("/configuration/plan", content=body, headers=headers)
    assert (planned.status_code, len(planned.json()["changes"])) == (200, 10_000)
    too_large = b" " * (LARGEST_CONFIGURATION + 1)
    refused = operator.post("/configuration/plan", content=too_large, headers=headers)
    check_problem(refused, 413, "at most 10,485,760 bytes")
