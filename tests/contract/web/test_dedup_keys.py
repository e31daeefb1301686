"""Troubles of a service over the API: an Alert names its trouble, and a resolve closes it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from contract.web.application import POLICY, check_problem, link, shared_application
from contract.web.forms import in_words
from contract.web.installation import Installation
from pager import Acknowledgement, Alert, Message, Resolve
from pager.adapters.dedup_keys import LONGEST_KEY, dedup_key_of
from pager.adapters.store.core.database import Database
from pager.adapters.store.upkeep.incidents import add_missing_incidents
from pager.adapters.store.views.incidents import incident_of
from pager.adapters.store.views.status import ServiceStatus
from pager.adapters.terminal.journal import status_text
from pager.model import MOST_OPEN_KEYS

NAME = "checkout-api"
DISK = {"service_id": NAME, "message": "disk full", "dedup_key": "disk"}
TLS = {"service_id": NAME, "message": "certificate expires", "dedup_key": "tls"}


@pytest.fixture
def client(database: Database) -> TestClient:
    """A client of a server on which checkout-api has a policy."""
    client = TestClient(shared_application(database, None, "testserver"))
    client.put(f"/escalation-policies/{NAME}", json=POLICY)
    return client


def receipt(client: TestClient, path: str, body: object) -> dict[str, Any]:  # type: ignore[explicit-any]  # JSON
    """The receipt of what is sent."""
    response = client.post(path, json=body)
    assert response.status_code == 202, response.text
    answer: dict[str, Any] = response.json()  # type: ignore[explicit-any]  # JSON
    return answer


def open_keys(client: TestClient) -> object:
    """The dedup keys of the troubles that are open, as the API says."""
    return client.get(f"/services/{NAME}").json()["open_dedup_keys"]


def test_the_service_is_healthy_once_its_last_trouble_is_resolved(client: TestClient) -> None:
    """What is open is listed; a resolve that is sent again changes nothing."""
    client.post("/alerts", json=[DISK, TLS])
    assert open_keys(client) == ["disk", "tls"]
    resolve = {"service_id": NAME, "dedup_key": "disk"}
    assert receipt(client, "/resolves", resolve) == {
        "service_id": NAME,
        "state": "unhealthy",
        "incident": 1,
        "changed": True,
    }
    assert receipt(client, "/resolves", resolve)["changed"] is False
    assert open_keys(client) == ["tls"]
    last = receipt(client, "/resolves/", {"service_id": NAME, "dedupKey": "tls"})
    assert (last["state"], last["changed"]) == ("healthy", True)
    assert open_keys(client) is None
    assert receipt(client, "/resolves", resolve)["changed"] is False


@pytest.mark.parametrize(
    ("sent", "taken_as"),
    [
        ("disk", "disk"),
        ("Größe: 100 %", "Größe: 100 %"),
        (42, "42"),
        (4.5, "4.5"),
        (True, "true"),
        ({"host": "a"}, '{"host": "a"}'),
        (None, None),
        ("", None),
        (" \n", None),
        ("x" * LONGEST_KEY, "x" * LONGEST_KEY),
        ("x" * (LONGEST_KEY + 1), dedup_key_of("x" * (LONGEST_KEY + 1))),
        ("a\nb", dedup_key_of("a\nb")),
        ("a\x00b", dedup_key_of("a\x00b")),
        ("\ud800", dedup_key_of("\ud800")),
    ],
    ids=repr,
)
def test_a_dedup_key_is_read_in_any_form(
    client: TestClient, sent: object, taken_as: str | None
) -> None:
    """The same form in a resolve means the same trouble; a warning says what it was taken as."""
    headers = {"content-type": "application/json"}
    alert = json.dumps({"service_id": NAME, "message": "x", "dedup_key": sent})
    answer = client.post("/alerts", content=alert, headers=headers)
    assert answer.status_code == 202
    assert open_keys(client) == [taken_as]
    is_mended = sent not in {taken_as, ""} if isinstance(sent, str) else sent is not None
    assert ("warnings" in answer.json()) is is_mended
    resolve = json.dumps({"service_id": NAME, "dedup_key": sent})
    answer = client.post("/resolves", content=resolve, headers=headers)
    assert answer.json()["state"] == "healthy"


@pytest.mark.parametrize(
    "body",
    [
        {"dedup_key": "disk"},
        {"service_id": NAME, "dedupe_key": "disk"},
        {"service_id": NAME, "alias": "disk"},
        {"service_id": NAME, "fingerprint": "disk"},
        {"service_id": NAME, "type": "alert"},
        [{"service_id": NAME}],
        "disk",
    ],
    ids=str,
)
def test_a_resolve_that_may_mean_another_trouble_is_refused(
    client: TestClient, body: object
) -> None:
    """422: it would silence a page. It changes nothing."""
    client.post("/alerts", json={"service_id": NAME, "message": "x"})
    assert client.post("/resolves", json=body).status_code == 422
    assert open_keys(client) == [None]


def test_a_healthy_event_is_not_taken_for_a_resolve(client: TestClient) -> None:
    """It would close all troubles: the answer says where to send it."""
    client.post("/alerts", json=[DISK, TLS])
    response = client.post("/healthy-events", json={"service_id": NAME, "dedup_key": "disk"})
    assert response.status_code == 422
    assert "/resolves" in response.json()["detail"]
    assert open_keys(client) == ["disk", "tls"]


@pytest.mark.parametrize("path", ["/healthy-events", "/resolves"])
def test_a_key_that_stands_twice_closes_nothing(client: TestClient, path: str) -> None:
    """It is not clear what is over."""
    client.post("/alerts", json=[DISK, TLS])
    body = f'{{"service_id": "search-api", "service_id": "{NAME}", "dedup_key": "disk"}}'
    refused = client.post(path, content=body)
    check_problem(refused, 422, "service_id: This key stands twice in one object")
    assert open_keys(client) == ["disk", "tls"]


def test_a_resolve_that_is_sent_as_an_alert_is_refused(client: TestClient) -> None:
    """The answer says where to send it."""
    response = client.post("/alerts", json={"type": "resolve", "service_id": NAME})
    assert (response.status_code, "/resolves" in response.text) == (422, True)


def test_receipts_say_that_only_a_person_closes_the_incident(client: TestClient) -> None:
    """Of each Alert and resolve, once there were too many troubles."""
    alerts = [
        {"service_id": NAME, "message": "host down", "dedup_key": f"host-{n}"}
        for n in range(MOST_OPEN_KEYS + 1)
    ]
    *told_apart, last = client.post("/alerts", json=alerts).json()
    assert not any("warnings" in answer for answer in told_apart)
    assert "a person must" in last["warnings"][0]["message"]
    late = receipt(client, "/resolves", {"service_id": NAME, "dedup_key": "host-1"})
    assert (late["state"], late["changed"], len(late["warnings"])) == ("unhealthy", False, 1)
    status = client.get(f"/services/{NAME}").json()
    assert (status["open_dedup_keys"], status["has_too_many_dedup_keys"]) == ([], True)
    assert "warnings" not in receipt(client, "/healthy-events", {"service_id": NAME})


# --- Where people read of them -------------------------------------------------------------


def of_disk_and_tls(*after: Message) -> list[Message]:
    """Two troubles with dedup keys, and what came after that."""
    disk = Alert(service_id=NAME, message="disk full", dedup_key="disk")
    tls = Alert(service_id=NAME, message="certificate expires", dedup_key="<tls>")
    return [disk, tls, *after]


PAGES = ("/", "/incidents/checkout-api/1", "/console/services/checkout-api", link())


def test_every_page_says_which_troubles_are_open(installation: Installation) -> None:
    """Escaped; and one that is left of several is named too."""
    installation.policy(NAME, ("ada",))
    installation.receive(*of_disk_and_tls())
    ada = installation.client()
    for path in PAGES:
        html = ada.get(path).text
        assert "2 troubles are open: disk <tls>" in in_words(html)
        assert "<tls>" not in html
    installation.receive(Resolve(service_id=NAME, dedup_key="disk"))
    for path in PAGES:
        assert "1 trouble is open: <tls>" in in_words(ada.get(path).text)


@pytest.mark.parametrize("key", [None, "disk"])
def test_no_page_speaks_of_troubles_where_there_is_one(
    installation: Installation, key: str | None
) -> None:
    """The text of its Alert says what it is."""
    installation.policy(NAME, ("ada",))
    installation.receive(Alert(service_id=NAME, message="disk full", dedup_key=key))
    ada = installation.client()
    for path in PAGES:
        assert "open:" not in in_words(ada.get(path).text)


@pytest.mark.proof
def test_every_page_says_that_only_a_person_can_close_it(installation: Installation) -> None:
    """And has the button that does, for those who are signed in."""
    installation.policy(NAME, ("ada",))
    installation.receive(
        *(
            Alert(service_id=NAME, message="host down", dedup_key=f"host-{n}")
            for n in range(MOST_OPEN_KEYS + 1)
        )
    )
    ada = installation.client()
    for path in PAGES:
        words = in_words(ada.get(path).text)
        assert "more than 500 troubles, so only a person can close it" in words
        assert ("Close the incident" in words) is (path != link())


def test_whoever_closes_the_incident_reads_how_many_troubles_are_open(
    installation: Installation,
) -> None:
    """Before it is closed."""
    installation.policy(NAME, ("ada",))
    installation.receive(*of_disk_and_tls())
    words = in_words(installation.client().get("/incidents/checkout-api/1").text)
    assert "becomes healthy, with 2 troubles open, and nobody has answered" in words


def test_the_story_says_what_each_resolve_did(installation: Installation) -> None:
    """In plain words, and below in those of the machine."""
    installation.policy(NAME, ("ada",))
    installation.receive(
        *of_disk_and_tls(
            Resolve(service_id=NAME, dedup_key="disk"), Resolve(service_id=NAME, dedup_key="<tls>")
        )
    )
    words = in_words(installation.client().get("/incidents/checkout-api/1").text)
    assert "Another alert: 2 troubles are open certificate expires" in words
    assert "“disk” is over: 1 is still open" in words
    assert "“<tls>” is over: it was the last trouble, so the incident is closed" in words
    assert 'the resolve of "disk" for checkout-api' in words


def test_somebody_has_the_incident_since_they_acknowledged(installation: Installation) -> None:
    """Whichever troubles come and go after that; the row of the incident is written once."""
    installation.policy(NAME, ("ada",))
    installation.receive(*of_disk_and_tls())
    installation.advance(timedelta(minutes=5))
    installation.receive(Acknowledgement(service_id=NAME, incident=1, by="ada"))
    before = incident_of(installation.database, NAME, 1)
    installation.advance(timedelta(minutes=5))
    installation.receive(Resolve(service_id=NAME, dedup_key="disk"))
    assert incident_of(installation.database, NAME, 1) == before
    assert add_missing_incidents(installation.database) == 0
    installation.receive(Resolve(service_id=NAME, dedup_key="<tls>"))
    after = incident_of(installation.database, NAME, 1)
    assert before is not None
    assert after is not None
    assert after.changed_at - before.changed_at >= timedelta(minutes=5)
    ended = in_words(installation.client().get("/incidents").text)
    assert "over" in ended.lower()


def test_the_terminal_says_how_many_troubles_are_open(client: TestClient) -> None:
    """`pager journal` has them in the line of the service."""
    client.post("/alerts", json=[DISK, TLS])
    status = ServiceStatus.model_validate_json(client.get(f"/services/{NAME}").text)
    assert "open troubles: 2" in status_text(status)
    too_many = status.model_copy(update={"has_too_many_dedup_keys": True})
    assert "only a person can close it" in status_text(too_many)


def test_two_keys_that_cannot_be_shown_are_two_keys() -> None:
    """Each has a digest of its own, and the same one each time."""
    keys = ["a\nb", "a\tb", "x" * 300, "x" * 301, "\ud800", "?"]
    known = [dedup_key_of(key) for key in keys]
    assert len({*known}) == len(keys)
    assert known == [dedup_key_of(key) for key in keys]
