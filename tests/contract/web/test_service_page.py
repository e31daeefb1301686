"""The page of one Monitored Service: how it is, what happened, and the buttons that change it."""

import re
from datetime import timedelta

import pytest
from httpx2 import Response

from contract.web.forms import in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from pager import Acknowledgement, Healthy, HealthyEvent, Unhealthy
from pager.access.roles import Role
from pager.model import Acknowledged, Escalating
from pager.ports import Outcome

CHECKOUT = "/console/services/checkout-api"


def shown(installation: Installation, query: str = "", role: Role = "engineer") -> str:
    """The page of checkout-api, in one line."""
    answer = installation.client(role).get(CHECKOUT + query)
    assert answer.status_code == 200
    assert len(answer.content) < LARGEST_PAGE
    return in_words(answer.text)


def press(
    installation: Installation,
    button: str,
    fields: dict[str, str] | None = None,
    role: Role = "engineer",
) -> Response:
    """Send the form of a button, signed as the page signs it unless the `fields` say otherwise."""
    form = {"incident": "1", **(fields or {})}
    return installation.client(role).submit(f"{CHECKOUT}/{button}", **form)


@pytest.fixture
def unhealthy(installation: Installation) -> Installation:
    """Ada was notified about checkout-api; Linus is next."""
    installation.policy("checkout-api", ("ada",), ("linus",))
    installation.receive(alert())
    installation.carry_out()
    return installation


def test_the_page_tells_the_incident(unhealthy: Installation) -> None:
    """How it is, who was notified and whether that arrived, and all that happened."""
    page = shown(unhealthy)
    assert "! Unhealthy, nobody has acknowledged" in page
    assert "Level 1 of 2" in page
    assert "Escalates to Level 2" in page
    assert "ada@example.com Level 1 sent" in page
    assert 'received the Alert "p99 latency above 3 s" for checkout-api' in page
    assert "decided to notify ada@example.com, a delay of 15 min" in page


def test_the_newest_is_told_first(unhealthy: Installation) -> None:
    """That is what people want to know at 3 a.m."""
    unhealthy.receive(timeout(), Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    story = shown(unhealthy).partition("the newest first")[2]
    places = [story.index(said) for said in ("Acknowledgement of", "Timeout of", "the Alert")]
    assert places == sorted(places)


def test_acknowledge_names_the_incident_and_who_it_was(unhealthy: Installation) -> None:
    """And then it says that it is in hand."""
    answer = press(unhealthy, "acknowledge")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{CHECKOUT}?result=acknowledged"
    service = unhealthy.ports.services.load("checkout-api").service
    assert isinstance(service, Unhealthy)
    assert service.escalation == Acknowledged(by="ada@example.com")
    page = shown(unhealthy, "?result=acknowledged")
    assert "received from ada@example.com: the Acknowledgement of incident 1" in page
    assert "You have it in hand" in page
    assert "◐ Acknowledged by ada@example.com" in page
    assert "Acknowledge incident" not in page


@pytest.mark.parametrize("result", ["acknowledged", "healthy"])
def test_what_came_of_a_button_is_not_told_of_another_incident(
    unhealthy: Installation, result: str
) -> None:
    """A tab that was left open, or an address that was handed on, says how it is."""
    page = shown(unhealthy, f"?result={result}")
    assert "You have it in hand" not in page
    assert "The incident is closed" not in page
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1, by="grace"))
    assert "You have it in hand" not in shown(unhealthy, f"?result={result}")


def test_healthy_closes_the_incident(unhealthy: Installation) -> None:
    """Arrow 2 of the brief."""
    assert press(unhealthy, "healthy").headers["location"] == f"{CHECKOUT}?result=healthy"
    assert unhealthy.ports.services.load("checkout-api").service == Healthy(
        service_id="checkout-api", incident=1
    )
    page = shown(unhealthy, "?result=healthy")
    assert "The incident is closed: checkout-api is Healthy." in page
    assert "received from ada@example.com: a Healthy event of incident 1" in page
    assert "✓ Healthy" in page
    assert "close incident" not in page


@pytest.mark.parametrize("button", ["acknowledge", "healthy"])
def test_a_stale_page_cannot_touch_a_newer_incident(unhealthy: Installation, button: str) -> None:
    """Its buttons name the incident that it showed."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert())
    assert press(unhealthy, button).headers["location"] == f"{CHECKOUT}?result=late"
    service = unhealthy.ports.services.load("checkout-api").service
    assert isinstance(service, Unhealthy)
    assert (service.incident, service.escalation) == (2, Escalating())
    assert "Nothing has changed" in shown(unhealthy, "?result=late")


def test_an_acknowledged_incident_is_not_acknowledged_again(unhealthy: Installation) -> None:
    """Who was first stays who has it in hand."""
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    assert press(unhealthy, "acknowledge").headers["location"] == f"{CHECKOUT}?result=late"
    assert "Acknowledged by Grace" in shown(unhealthy)


@pytest.mark.parametrize("button", ["acknowledge", "healthy"])
def test_a_viewer_looks_and_touches_nothing(unhealthy: Installation, button: str) -> None:
    """There is no button, and without one it is refused."""
    assert "<form" not in unhealthy.client("viewer").get(CHECKOUT).text.partition("<main")[2]
    answer = press(unhealthy, button, role="viewer")
    assert answer.status_code == 403
    assert "takes the role engineer; yours is viewer" in answer.text
    assert "nobody has acknowledged" in shown(unhealthy)


@pytest.mark.parametrize("button", ["acknowledge", "healthy"])
@pytest.mark.parametrize(
    "fields",
    [{"csrf": ""}, {"csrf": "guess"}, {"incident": ""}, {"incident": "0"}, {"incident": "1e0"}],
)
def test_a_form_that_is_not_ours_changes_nothing(
    unhealthy: Installation, button: str, fields: dict[str, str]
) -> None:
    """Another page may send one from the visitor's own browser."""
    answer = press(unhealthy, button, fields)
    assert answer.status_code == 403
    assert "Nothing has changed" in answer.text
    assert "nobody has acknowledged" in shown(unhealthy)


def test_earlier_incidents_can_be_read(unhealthy: Installation) -> None:
    """Each has its own story; the buttons keep to the running one."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert(message="it is back"))
    page = shown(unhealthy, "?incident=1")
    assert "What happened in incident 1" in page
    assert "p99 latency above 3 s" in page
    assert "Acknowledge incident 2" in page
    assert re.search(r"Incident 2: \S+ \S+ UTC, running", page)
    assert re.search(r"Incident 1: \S+ \S+ UTC, for 0 min", page)
    assert "has nothing of it" in shown(unhealthy, "?incident=7")


def test_a_long_story_comes_in_parts(unhealthy: Installation) -> None:
    """None of it is lost, and no page grows."""
    for _ in range(60):
        unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert(message="long " * 2_000))
        unhealthy.carry_out()
    names = tuple(f"person-{number}" for number in range(120))
    unhealthy.policy("checkout-api", ("ada",), names)
    unhealthy.receive(
        timeout().model_copy(update={"incident": 61}),
    )
    unhealthy.carry_out()
    told = []
    for skip in (0, 50, 100):
        told += re.findall(r"sent (person-\d+)@", shown(unhealthy, f"?skip={skip}"))
    assert sorted(told) == sorted(names)


def test_what_a_mail_server_says_is_told(installation: Installation) -> None:
    """That is what the operator can do something about."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    installation.carry_out(Outcome("failed", "451 <b>try</b> later", timedelta(minutes=5)))
    html = installation.client().get(CHECKOUT).text
    assert "451 &lt;b&gt;try&lt;/b&gt; later" in html
    assert "<b>" not in html


@pytest.mark.parametrize("name", ["unknown", "%3Cscript%3E", "x" * 201])
def test_a_service_that_is_not_known_is_a_page_that_says_so(
    installation: Installation, name: str
) -> None:
    """For people, not for programs."""
    answer = installation.client().get(f"/console/services/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>" not in answer.text.replace(r'<script src="', "")
    assert "To the services" in answer.text


@pytest.mark.parametrize("path", ["", "/acknowledge", "/healthy"])
def test_nobody_gets_there_without_an_account(unhealthy: Installation, path: str) -> None:
    """Neither to look nor to press a button."""
    answer = unhealthy.stranger().request("POST" if path else "GET", CHECKOUT + path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/login?")
