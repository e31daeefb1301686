"""Why somebody is paged, or is not, by the API."""

import pytest
from fastapi.testclient import TestClient

from contract.web.application import ALERT, KEY, check_problem, shared_application
from contract.web.on_call_api.team import limited, program, put, set_up
from pager.adapters.store.core.database import Database
from pager.explain.values import Explanation

PATH = "/escalation-policies/checkout-api/explanation"
LATER = "2099-01-14T12:00:00Z"
"""Ada is on call. It is in the future for as long as these tests may be run."""


@pytest.fixture
def client(database: Database) -> TestClient:
    """A program on a server where a service uses the policy of a team."""
    client = program(shared_application(database, KEY))
    set_up(client)
    put(client, "/escalation-policies/checkout-api", {"uses": "Payments"})
    return client


def test_a_moment_in_the_future_is_rehearsed(client: TestClient) -> None:
    """With the reasons of each page; and why somebody is not told."""
    query = f"at={LATER}&person=Grace%20Hopper&acknowledged_after=PT5M&time_zone=UTC"
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 200
    found = Explanation.model_validate_json(answer.text)
    assert [(told.person, told.target) for told in found.steps[0].told] == [
        ("Ada Lovelace", "ada@example.com")
    ]
    assert found.answer[0] == "Grace Hopper is not told"
    assert found.answer[-1].endswith("Somebody acknowledged at Wed 2099-01-14 12:05")
    in_tokyo = client.get(f"{PATH}?at={LATER}&time_zone=Asia/Tokyo").json()
    assert in_tokyo["summary"].endswith("at Wed 2099-01-14 21:00, rehearsed")


def test_without_a_moment_it_is_now(client: TestClient) -> None:
    """The incident that runs, if there is one."""
    put(
        client,
        "/policies/Payments",
        {"levels": [{"targets": [{"type": "team", "name": "Payments"}]}]},
    )
    assert client.get(PATH).json()["incident"] is None
    assert client.post("/alerts", json=ALERT).status_code == 202
    assert client.get(PATH).json()["incident"] == 1


def test_a_service_whose_policy_was_removed_tells_nobody(client: TestClient) -> None:
    """And it says why."""
    assert client.delete("/escalation-policies/checkout-api").status_code == 204
    answer = client.get(f"{PATH}?person=Ada%20Lovelace")
    assert answer.json()["steps"] == []
    assert answer.json()["answer"][0] == "Ada Lovelace is not told: no policy reaches anybody"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            PATH.replace("checkout", "chekout"),
            "There is no service called chekout-api. Did you mean checkout-api?",
        ),
        (
            f"{PATH}?person=Grace%20Hoper",
            "There is no person called Grace Hoper. Did you mean Grace Hopper?",
        ),
    ],
)
def test_a_name_that_nobody_knows_is_not_found(client: TestClient, path: str, said: str) -> None:
    """With the nearest one: an answer about nobody would be taken for one about somebody."""
    check_problem(client.get(path), 404, said)


def test_a_key_for_some_services_is_told_no_other_names(
    client: TestClient, database: Database
) -> None:
    """Not even the nearest."""
    app = shared_application(database, KEY)
    narrow = limited(app, database, "read", services=frozenset({"chekout-api"}))
    answer = narrow.get(PATH.replace("checkout", "chekout"))
    check_problem(answer, 404, "There is no service called chekout-api. Which ones there are is")


def test_what_a_heartbeat_names_is_known(client: TestClient) -> None:
    """Its Alerts would be refused, and that is the answer."""
    put(client, "/heartbeats/backup", {"service_id": "backup-job", "interval": "PT1H"})
    found = client.get("/escalation-policies/backup-job/explanation").json()
    assert found["steps"] == []


@pytest.mark.parametrize(
    "wrong",
    ["at=monday", "time_zone=Europe/Pari", "acknowledged_after=-PT1M", f"person={'a' * 101}"],
)
def test_what_cannot_be_read_is_refused(client: TestClient, wrong: str) -> None:
    """The parameter is named."""
    check_problem(client.get(f"{PATH}?{wrong}"), 422, f"{wrong.split('=', maxsplit=1)[0]}: ")
