"""The page of one Monitored Service: its state, its incidents, and the buttons that change it."""

import re

import pytest
from httpx2 import Response

from contract.web.forms import in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert
from pager import Acknowledgement, Healthy, HealthyEvent, Unhealthy
from pager.access.roles import Role
from pager.model import Acknowledged, Escalating, Escalation

CHECKOUT = "/console/services/checkout-api"


def shown(installation: Installation, query: str = "", role: Role = "engineer") -> str:
    """The page of checkout-api, in one line."""
    answer = installation.client(role).get(CHECKOUT + query)
    assert answer.status_code == 200
    assert len(answer.content) < LARGEST_PAGE
    return in_words(answer.text)


def result_of(installation: Installation, result: str) -> str:
    """What the page says about the button that led to it, with that result in its URL."""
    html = installation.client().get(f"{CHECKOUT}?result={result}").text
    [text] = re.findall(r'<div id="result" data-live>(.*?)<div id="service"', html, re.DOTALL)
    return in_words(f"<main>{text}")


def escalation(installation: Installation) -> Escalation:
    """The state of the running incident."""
    service = installation.ports.services.load("checkout-api").service
    assert isinstance(service, Unhealthy)
    return service.escalation


def press(
    installation: Installation,
    button: str,
    fields: dict[str, str] | None = None,
    role: Role = "engineer",
) -> Response:
    """Send the form of a button; `fields` replace those of the page, such as its CSRF token."""
    form = {"incident": "1", **(fields or {})}
    return installation.client(role).submit(f"{CHECKOUT}/{button}", **form)


@pytest.fixture
def unhealthy(installation: Installation) -> Installation:
    """Ada was notified about checkout-api; Linus is next."""
    installation.policy("checkout-api", ("ada",), ("linus",))
    installation.receive(alert())
    installation.carry_out()
    return installation


def test_the_page_shows_the_incident_that_runs(unhealthy: Installation) -> None:
    """In short: its story is on a page of its own."""
    page = shown(unhealthy)
    assert "● Unanswered" in page
    assert "level 1/2" in page
    assert "level 2 at" in page
    html = unhealthy.client().get(CHECKOUT).text
    assert 'href="/incidents/checkout-api/1">p99 latency above 3 s</a>' in html


def test_the_button_acknowledges_in_the_name_of_the_account(unhealthy: Installation) -> None:
    """And the page says so afterwards."""
    answer = press(unhealthy, "acknowledge")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{CHECKOUT}?result=acknowledged"
    assert escalation(unhealthy) == Acknowledged(by="ada@example.com")
    assert "You have checkout-api. Nobody else is told." in result_of(unhealthy, "acknowledged")
    page = shown(unhealthy)
    assert "◐ ada has it" in page
    assert "Acknowledge incident" not in page


@pytest.mark.parametrize("result", ["acknowledged", "healthy"])
def test_the_result_of_a_button_is_not_shown_about_another_incident(
    unhealthy: Installation, result: str
) -> None:
    """Nor about an Acknowledgement of another person: an old tab shows what is true now."""
    assert result_of(unhealthy, result) == ""
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1, by="grace"))
    assert result_of(unhealthy, result) == ""


def test_healthy_closes_the_incident(unhealthy: Installation) -> None:
    """Arrow 2 of the brief."""
    assert press(unhealthy, "healthy").headers["location"] == f"{CHECKOUT}?result=healthy"
    assert unhealthy.ports.services.load("checkout-api").service == Healthy(
        service_id="checkout-api", incident=1
    )
    assert result_of(unhealthy, "healthy") == "checkout-api is healthy: its incident is closed."
    page = shown(unhealthy)
    assert "✓ Healthy" in page
    assert "Close…" not in page


@pytest.mark.parametrize("button", ["acknowledge", "healthy"])
def test_a_stale_page_cannot_touch_a_newer_incident(unhealthy: Installation, button: str) -> None:
    """Its buttons name the incident that it showed."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert())
    assert press(unhealthy, button).headers["location"] == f"{CHECKOUT}?result=late"
    assert unhealthy.ports.services.load("checkout-api").service.incident == 2
    assert escalation(unhealthy) == Escalating()
    assert result_of(unhealthy, "late").startswith(
        "Nothing has changed for checkout-api: somebody was faster"
    )


def test_an_acknowledged_incident_is_not_acknowledged_again(unhealthy: Installation) -> None:
    """It stays acknowledged by the first one."""
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    assert press(unhealthy, "acknowledge").headers["location"] == f"{CHECKOUT}?result=late"
    assert escalation(unhealthy) == Acknowledged(by="Grace")


@pytest.mark.parametrize("button", ["acknowledge", "healthy"])
def test_a_viewer_sees_the_service_and_changes_nothing(
    unhealthy: Installation, button: str
) -> None:
    """There is no button, and a form that was sent without one is refused."""
    assert "<form" not in unhealthy.client("viewer").get(CHECKOUT).text.partition("<main")[2]
    answer = press(unhealthy, button, role="viewer")
    assert answer.status_code == 403
    assert "takes the role engineer, and yours is viewer" in answer.text
    assert escalation(unhealthy) == Escalating()


@pytest.mark.parametrize("button", ["acknowledge", "healthy"])
@pytest.mark.parametrize(
    "fields",
    [{"csrf": ""}, {"csrf": "guess"}, {"incident": ""}, {"incident": "0"}, {"incident": "1e0"}],
)
def test_a_form_that_is_not_ours_changes_nothing(
    unhealthy: Installation, button: str, fields: dict[str, str]
) -> None:
    """A page of another site may send it from the visitor's own browser."""
    answer = press(unhealthy, button, fields)
    assert answer.status_code == 403
    assert escalation(unhealthy) == Escalating()


def test_each_incident_is_listed(unhealthy: Installation) -> None:
    """The newest first; each is a link to its page."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert(message="it is back"))
    html = unhealthy.client().get(CHECKOUT).text
    rows = html.partition("<h2>Incidents</h2>")[2]
    links = re.findall(r'href="(/incidents/[^"]*)">([^<]*)</a>', rows)
    assert links == [
        ("/incidents/checkout-api/2", "it is back"),
        ("/incidents/checkout-api/1", "p99 latency above 3 s"),
    ]


def test_many_incidents_are_on_the_list_of_all(unhealthy: Installation) -> None:
    """The page of the service has the newest, and says where the others are."""
    for _ in range(20):
        unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert())
    html = unhealthy.client().get(CHECKOUT).text
    assert len(re.findall(r'class="past ', html.replace("short ", ""))) == 20
    assert 'href="/incidents?service=checkout-api&amp;since=">All its incidents' in html


def test_an_old_link_to_an_incident_leads_to_its_page(unhealthy: Installation) -> None:
    """Mails and chats have such links."""
    answer = unhealthy.client().get(f"{CHECKOUT}?incident=1&before=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/checkout-api/1")


@pytest.mark.parametrize("name", ["unknown", "%3Cscript%3E", "x" * 201])
def test_an_unknown_service_is_answered_with_a_page(installation: Installation, name: str) -> None:
    """404 for people, and not problem details for programs."""
    answer = installation.client().get(f"/console/services/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>" not in answer.text.replace(r'<script src="', "")
    assert "Go to Now" in answer.text


@pytest.mark.parametrize("path", ["", "/acknowledge", "/healthy"])
def test_the_page_and_its_buttons_take_an_account(unhealthy: Installation, path: str) -> None:
    """Strangers are redirected to the login."""
    answer = unhealthy.stranger().request("POST" if path else "GET", CHECKOUT + path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/login?")


def test_an_alert_is_raised_by_hand(installation: Installation) -> None:
    """As the service itself would: level 1 is told, and the journal has who raised it."""
    installation.policy("checkout-api", ("ada",))
    answer = press(installation, "alert", {"message": " The shop shows no prices\0 \r\n"})
    assert answer.headers["location"] == f"{CHECKOUT}?result=raised"
    service = installation.ports.services.load("checkout-api").service
    assert isinstance(service, Unhealthy)
    assert service.message == "The shop shows no prices"
    assert "The alert is raised: the first level is told." in shown(installation, "?result=raised")
    story = in_words(installation.client().get("/incidents/checkout-api/1").text)
    assert "Alert from ada@example.com The shop shows no prices" in story


def test_an_alert_that_is_raised_by_hand_joins_an_incident_that_runs(
    unhealthy: Installation,
) -> None:
    """Nobody is told again, and the page says so."""
    answer = press(unhealthy, "alert", {"message": "It is worse"})
    assert answer.headers["location"] == f"{CHECKOUT}?result=noted"
    assert "nobody is told again" in result_of(unhealthy, "noted")
    assert unhealthy.ports.outbox.claim("email", 9) == []


def test_an_alert_that_could_page_nobody_is_refused(installation: Installation) -> None:
    """So is one without a text: nothing is stored."""
    assert press(installation, "alert", {"message": "  "}).status_code == 422
    answer = press(installation, "alert", {"message": "down"})
    assert answer.headers["location"] == f"{CHECKOUT}?result=refused"
    assert installation.ports.services.load("checkout-api").service == Healthy(
        service_id="checkout-api"
    )


def test_viewers_raise_no_alert(installation: Installation) -> None:
    """Neither with the form nor without it."""
    installation.policy("checkout-api", ("ada",))
    assert "Raise" not in shown(installation, role="viewer")
    assert press(installation, "alert", {"message": "down"}, "viewer").status_code == 403
