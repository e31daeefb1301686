"""The page of one Monitored Service: its state, its timeline, and the buttons that change it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from httpx2 import Response

from contract.web.forms import in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from pager import Acknowledgement, Healthy, HealthyEvent, Unhealthy
from pager.access.roles import Role
from pager.model import Acknowledged, Escalating, Escalation
from pager.ports import Outcome

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


def test_the_page_shows_the_incident(unhealthy: Installation) -> None:
    """Its state, who was notified, whether the page was sent, and all that happened."""
    page = shown(unhealthy)
    assert "! Unhealthy, nobody has acknowledged" in page
    assert "Level 1 of 2" in page
    assert "Escalates to Level 2" in page
    assert "ada@example.com Level 1 sent" in page
    assert 'received the Alert "p99 latency above 3 s" for checkout-api' in page
    assert "decided to notify ada@example.com, a delay of 15 min" in page


def test_the_timeline_has_the_newest_first(unhealthy: Installation) -> None:
    """That is what people want to know at 3 a.m."""
    unhealthy.receive(timeout(), Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    timeline = shown(unhealthy).partition("the newest first")[2]
    messages = ("Acknowledgement of", "Timeout of", "the Alert")
    places = [timeline.index(message) for message in messages]
    assert places == sorted(places)


def test_the_button_acknowledges_in_the_name_of_the_account(unhealthy: Installation) -> None:
    """And the page says so afterwards."""
    answer = press(unhealthy, "acknowledge")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{CHECKOUT}?result=acknowledged"
    assert escalation(unhealthy) == Acknowledged(by="ada@example.com")
    assert "You have checkout-api. Nobody else is told." in result_of(unhealthy, "acknowledged")
    page = shown(unhealthy)
    assert "received from ada@example.com: the Acknowledgement of incident 1" in page
    assert "◐ Acknowledged by ada@example.com" in page
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
    assert "received from ada@example.com: a Healthy event of incident 1" in page
    assert "✓ Healthy" in page
    assert "close incident" not in page


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


def test_earlier_incidents_can_be_read(unhealthy: Installation) -> None:
    """Each has its own timeline; the buttons are about the running one."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert(message="it is back"))
    page = shown(unhealthy, "?incident=1")
    assert "What happened in incident 1" in page
    assert "p99 latency above 3 s" in page
    assert "Acknowledge incident 2" in page
    assert re.search(r"Incident 2: \S+ \S+ UTC, running", page)
    assert re.search(r"Incident 1: \S+ \S+ UTC, for 0 min", page)
    assert "has nothing of it" in shown(unhealthy, "?incident=7")


def test_a_long_timeline_is_shown_in_parts(unhealthy: Installation) -> None:
    """No entry is missing, and each page stays small."""
    for _ in range(20):
        unhealthy.receive(HealthyEvent(service_id="checkout-api"), alert(message="long " * 2_000))
        unhealthy.carry_out()
    names = tuple(f"person-{number}" for number in range(120))
    unhealthy.policy("checkout-api", ("ada",), names)
    unhealthy.receive(timeout().model_copy(update={"incident": 21}))
    unhealthy.carry_out()
    notified, query, parts = [], "", 0
    while True:
        answer = unhealthy.client().get(f"{CHECKOUT}{query}")
        assert len(answer.content) < LARGEST_PAGE
        notified += re.findall(r"sent (person-\d+)@", in_words(answer.text))
        parts += 1
        earlier = re.search(r'href="[^"?]*([^"]*)#timeline">Earlier →', answer.text)
        if earlier is None:
            break
        query = unescape(earlier[1])
    assert sorted(notified) == sorted(names)
    assert parts > 2


@pytest.mark.parametrize("before", ["x", "bnVsbA", "WzFd4", "!", "a" * 2_000])
def test_a_wrong_place_in_the_timeline_is_answered_with_a_page(
    unhealthy: Installation, before: str
) -> None:
    """422, whatever somebody has made of the link."""
    answer = unhealthy.client().get(f"{CHECKOUT}?before={before}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


def test_the_answer_of_a_mail_server_is_shown(installation: Installation) -> None:
    """An operator needs it to mend the fault; it is escaped."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    installation.carry_out(Outcome("failed", "451 <b>try</b> later", timedelta(minutes=5)))
    html = installation.client().get(CHECKOUT).text
    assert "451 &lt;b&gt;try&lt;/b&gt; later" in html
    assert "<b>" not in html


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
    page = shown(installation, "?result=raised")
    assert "The alert is raised: level 1 is told." in page
    assert 'from ada@example.com: the Alert "The shop shows no prices"' in page


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
