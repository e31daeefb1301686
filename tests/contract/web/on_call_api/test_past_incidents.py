"""Incidents as they really were, by the API."""

import pytest
from fastapi.testclient import TestClient

from contract.web.application import KEY, check_problem, shared_application
from contract.web.installation import Installation, alert
from contract.web.on_call_api.team import limited, program
from pager import Acknowledgement, HealthyEvent
from pager.adapters.store.core.database import Database

PATH = "/past-incidents?since=2020-01-01T00:00:00Z"


@pytest.fixture
def installation(database: Database) -> Installation:
    """Two services, with an incident each."""
    installation = Installation(database)
    for service_id in ("checkout-api", "search-api"):
        installation.policy(service_id, ("ada", "grace"), ("edsger",))
        installation.receive(alert(service_id))
    return installation


@pytest.fixture
def client(database: Database, installation: Installation) -> TestClient:
    """A program that may read all."""
    return program(shared_application(database, KEY))


def test_an_incident_says_when_it_was_and_who_was_told(
    client: TestClient, installation: Installation
) -> None:
    """Its pages in their order; null where it was not acknowledged, or is not over."""
    installation.receive(Acknowledgement(service_id="search-api", incident=1))
    installation.receive(HealthyEvent(service_id="search-api"))
    found = {one["service_id"]: one for one in client.get(PATH).json()}
    targets = [page["target"] for page in found["checkout-api"]["told"]]
    assert targets == ["ada@example.com", "grace@example.com"]
    assert found["checkout-api"]["told"][0]["at"] <= found["checkout-api"]["begun_at"]
    assert found["checkout-api"]["acknowledged_at"] is None
    assert found["checkout-api"]["ended_at"] is None
    assert found["search-api"]["acknowledged_at"] is not None
    assert found["search-api"]["ended_at"] is not None


def test_the_list_is_read_in_pages(client: TestClient) -> None:
    """The link to the next one has the place."""
    first = client.get(f"{PATH}&limit=1")
    [newest] = first.json()
    second = client.get(f"/past-incidents{first.links['next']['url']}")
    [oldest] = second.json()
    assert {newest["service_id"], oldest["service_id"]} == {"checkout-api", "search-api"}
    assert "next" not in second.links


def test_older_ones_are_left_out(client: TestClient) -> None:
    """Those that began before."""
    assert client.get("/past-incidents?since=2099-01-01T00:00:00Z").json() == []


def test_a_key_reads_the_incidents_of_its_services(
    database: Database, installation: Installation
) -> None:
    """And no others."""
    services = frozenset({"checkout-api"})
    client = limited(shared_application(database, KEY), database, "read", services=services)
    assert [one["service_id"] for one in client.get(PATH).json()] == ["checkout-api"]


@pytest.mark.parametrize("wrong", ["after=nonsense", "after=-1/a/1", "limit=0", "after=1/a"])
def test_what_cannot_be_read_is_refused(client: TestClient, wrong: str) -> None:
    """The parameter is named."""
    check_problem(client.get(f"{PATH}&{wrong}"), 422, f"{wrong.split('=', maxsplit=1)[0]}: ")


def test_without_a_beginning_it_is_the_last_quarter(client: TestClient) -> None:
    """As far back as teams look, most times."""
    assert len(client.get("/past-incidents").json()) == 2
