"""Lists in pages: a client that follows the links has everything, once."""

from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from contract.web.application import KEY, check_problem, shared_application
from contract.web.installation import Installation, alert
from pager.access.scopes import KeyScope
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database

LISTS = ("/services", "/escalation-policies")
NAMES = [f"service-{number}" for number in range(7)]


@pytest.fixture
def installation(database: Database) -> Installation:
    """Seven services with a policy, of which three are Unhealthy."""
    installation = Installation(database)
    for number, name in enumerate(NAMES):
        installation.policy(name, ("ada",))
        if number % 3 == 0:
            installation.receive(alert(name))
    return installation


def client_of(installation: Installation, key: str = KEY) -> TestClient:
    """A program with that key."""
    app = shared_application(installation.database, KEY)
    return TestClient(app, headers={"Authorization": f"Bearer {key}"})


def followed(client: TestClient, url: str) -> tuple[list[str], int]:
    """The services on all pages, and how many pages there are."""
    names, pages = [], 0
    while True:
        answer = client.get(url)
        assert answer.status_code == 200
        names += [each["service_id"] for each in answer.json()]
        pages += 1
        if (link := answer.links.get("next")) is None:
            return names, pages
        url = urljoin(url, link["url"])


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "pages"), [("", 1), ("?limit=7", 1), ("?limit=6", 2), ("?limit=1", 7)]
)
def test_a_client_that_follows_the_links_has_everything(
    installation: Installation, path: str, query: str, pages: int
) -> None:
    """Each service once, by identifier; the last page has no link."""
    assert followed(client_of(installation), path + query) == (NAMES, pages)


@pytest.mark.parametrize("path", LISTS)
def test_a_page_begins_after_an_identifier(installation: Installation, path: str) -> None:
    """Whether a service has it or not."""
    client = client_of(installation)
    assert [each["service_id"] for each in client.get(f"{path}?after=service-4x").json()] == [
        *("service-5", "service-6")
    ]
    assert client.get(f"{path}?after=zzz").json() == []


def test_unhealthy_services_can_be_listed_alone(installation: Installation) -> None:
    """In pages as well: the link keeps what was asked for."""
    client = client_of(installation)
    assert followed(client, "/services?state=unhealthy&limit=2") == (NAMES[::3], 2)


@pytest.mark.parametrize("path", LISTS)
def test_a_key_for_some_services_lists_these(installation: Installation, path: str) -> None:
    """Also in pages; no link tells that there are others."""
    scope = KeyScope(
        actions=frozenset({"read"}), services=frozenset({NAMES[1], NAMES[6], "unknown"})
    )
    client = client_of(installation, SqlApiKeys(installation.database).make("ada", "few", scope))
    assert followed(client, path) == ([NAMES[1], NAMES[6]], 1)
    assert followed(client, f"{path}?limit=1") == ([NAMES[1], NAMES[6]], 2)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        (f"after={'x' * 201}", "after"),
    ],
)
def test_a_wrong_parameter_is_named(
    installation: Installation, path: str, query: str, detail: str
) -> None:
    """422, with what is good."""
    check_problem(client_of(installation).get(f"{path}?{query}"), 422, detail)


def test_another_state_cannot_be_asked_for(installation: Installation) -> None:
    """422: a list that is not what was asked for would be taken for it."""
    check_problem(client_of(installation).get("/services?state=healthy"), 422, "state")


@pytest.mark.parametrize("path", LISTS)
def test_a_nul_in_an_identifier_does_no_harm(installation: Installation, path: str) -> None:
    """PostgreSQL refuses one."""
    assert client_of(installation).get(f"{path}?after=%00").status_code == 200
