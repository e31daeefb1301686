"""Why somebody is paged, or is not, by the API."""

import pytest
from fastapi.testclient import TestClient

from contract.web.application import ALERT, KEY, check_problem, shared_application
from contract.web.on_call_api.team import FIRST_TURN, program, put, set_up
from pager.adapters.store.core.database import Database
from pager.explain.values import Explanation

PATH = "/escalation-policies/checkout-api/explanation"


@pytest.fixture
def client(database: Database) -> TestClient:
    """A program on a server where a service uses the policy of a team."""
    client = program(shared_application(database, KEY))
    set_up(client)
    put(client, "/escalation-policies/checkout-api", {"uses": "Payments"})
    return client


def test_a_moment_in_the_future_is_rehearsed(client: TestClient) -> None:
    """With the reasons of each page; and why somebody is not told."""
    query = f"at={FIRST_TURN}&person=Grace%20Hopper&acknowledged_after=PT5M&time_zone=UTC"
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 200
    found = Explanation.model_validate_json(answer.text)
    assert [(told.person, told.target) for told in found.steps[0].told] == [
        ("Ada Lovelace", "ada@example.com")
    ]
    assert found.answer[0] == "Grace Hopper is not told"
    assert found.answer[-1].endswith("Somebody acknowledged at Wed 2027-01-06 12:05")
    in_tokyo = client.get(f"{PATH}?at={FIRST_TURN}&time_zone=Asia/Tokyo").json()
    assert in_tokyo["summary"].endswith("at Wed 2027-01-06 21:00, rehearsed")


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


def test_a_service_that_nobody_knows_tells_nobody(client: TestClient) -> None:
    """And it says why."""
    answer = client.get("/escalation-policies/search-api/explanation?person=Ada%20Lovelace")
    assert answer.json()["steps"] == []
    assert answer.json()["answer"][0] == "Ada Lovelace is not told: no policy reaches anybody"


@pytest.mark.parametrize(
    "wrong",
    ["at=monday", "time_zone=Europe/Pari", "acknowledged_after=-PT1M", f"person={'a' * 101}"],
)
def test_what_cannot_be_read_is_refused(client: TestClient, wrong: str) -> None:
    """The parameter is named."""
    check_problem(client.get(f"{PATH}?{wrong}"), 422, f"{wrong.split('=', maxsplit=1)[0]}: ")
