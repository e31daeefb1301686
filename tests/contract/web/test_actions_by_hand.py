"""What people do by hand on the pages: escalate now, page again, hand on, give back, undo."""

import re

import pytest

from contract.web.forms import FormPage, in_words
from contract.web.installation import Installation, alert, timeout
from contract.web.people import ADA
from pager import Acknowledgement, Unhealthy
from pager.model import Acknowledged, Escalating

SERVICE = "/console/services/checkout-api"
ACKNOWLEDGED = Acknowledgement(service_id="checkout-api", incident=1, by=ADA)


@pytest.fixture
def unhealthy(installation: Installation) -> Installation:
    """Ada was told about checkout-api; Linus is next."""
    installation.policy("checkout-api", ("ada",), ("linus",))
    installation.receive(alert())
    installation.carry_out()
    return installation


def press(installation: Installation, button: str, path: str = "/") -> FormPage:
    """Press that button on the page; gives the page that is shown then."""
    browser = installation.client()
    return FormPage(browser, browser.get(path)).press(button)


def told(installation: Installation) -> list[str]:
    """Who is to be told now."""
    claims = installation.ports.outbox.claim("email", 9)
    return [claim.effect.target.key for claim in claims if claim.effect.type == "notification"]


def service(installation: Installation) -> Unhealthy:
    """As it is stored."""
    stored = installation.ports.services.load("checkout-api").service
    assert isinstance(stored, Unhealthy)
    return stored


def test_the_next_level_is_told_now(unhealthy: Installation) -> None:
    """Without waiting for the timeout."""
    page = press(unhealthy, "Tell level 2 now").text
    assert "The next level is told about checkout-api." in page
    assert told(unhealthy) == ["linus@example.com"]
    assert "Level 2/2" in page


def test_the_same_level_is_told_again(unhealthy: Installation) -> None:
    """And its number stays."""
    page = press(unhealthy, "Tell level 1 again").text
    assert "The last level is told again about checkout-api." in page
    assert told(unhealthy) == ["ada@example.com"]
    assert "Level 1/2" in page


def test_whoever_has_it_hands_it_on(unhealthy: Installation) -> None:
    """To the next level: then nobody has it."""
    unhealthy.receive(ACKNOWLEDGED)
    press(unhealthy, "Hand it on: tell level 2")
    assert (told(unhealthy), service(unhealthy).escalation) == (["linus@example.com"], Escalating())


def test_an_acknowledgement_by_mistake_is_undone(unhealthy: Installation) -> None:
    """Right after the button, on the same page: level 1 is told again."""
    page = press(unhealthy, "Acknowledge incident 1 of checkout-api")
    assert "You have checkout-api. Nobody else is told." in page.text
    page.press("Undo: tell level 1 again")
    assert service(unhealthy).escalation == Escalating()
    assert told(unhealthy) == ["ada@example.com"]


def test_nobody_else_is_offered_to_undo_it(unhealthy: Installation) -> None:
    """Although they may give the incident back."""
    unhealthy.receive(
        Acknowledgement(service_id="checkout-api", incident=1, by="grace@example.com")
    )
    page = unhealthy.client().get("/?done=acknowledged&service=checkout-api").text
    assert "Undo" not in page
    assert "Give it back" in page


@pytest.mark.parametrize("action", ["escalate", "page-again"])
def test_a_page_that_is_out_of_date_does_nothing(unhealthy: Installation, action: str) -> None:
    """The next level was told, or somebody has acknowledged meanwhile."""
    for meanwhile, state in ((timeout(), Escalating()), (ACKNOWLEDGED, Acknowledged(by=ADA))):
        step = {"incident": "1", "level": str(service(unhealthy).level), "page": "now"}
        unhealthy.receive(meanwhile)
        told(unhealthy)
        answer = unhealthy.client().submit(f"{SERVICE}/{action}", **step)
        assert answer.headers["location"] == "/?done=late&service=checkout-api"
        assert (told(unhealthy), service(unhealthy).escalation) == ([], state)


def test_a_form_that_names_no_step_is_refused(unhealthy: Installation) -> None:
    """No page has one."""
    for step in ({"incident": "1"}, {"incident": "1", "level": "0"}, {"level": "1"}):
        answer = unhealthy.client().submit(f"{SERVICE}/page-again", **step)
        assert answer.status_code == 403


def test_viewers_have_no_such_button(unhealthy: Installation) -> None:
    """Nor may they send the form."""
    page = unhealthy.client("viewer").get("/").text
    assert "page-again" not in page
    assert "escalate" not in page


def test_where_nobody_is_left_nobody_can_be_told_next(unhealthy: Installation) -> None:
    """The last level can be told again."""
    unhealthy.receive(timeout())
    page = in_words(unhealthy.client().get("/").text)
    assert "Tell level 3 now" not in page
    assert "Tell level 2 again" in page


CLOSE = re.compile(
    r'<details class="menu close">.*?</details>|<form [^>]*action="[^"]*/healthy"', re.DOTALL
)


@pytest.mark.parametrize("path", [SERVICE, "/incidents/checkout-api/1"])
def test_closing_asks_first_where_nobody_has_answered(unhealthy: Installation, path: str) -> None:
    """The only form that closes is behind the question."""
    page = unhealthy.client().get(path).text
    [question] = CLOSE.findall(page)
    text = in_words(f"<main>{question}")
    assert "becomes healthy, and nobody has answered. The next alert begins a new" in text
    assert f'action="{SERVICE}/healthy"' in question


@pytest.mark.parametrize("path", ["/", SERVICE, "/incidents/checkout-api/1"])
def test_closing_asks_first_where_somebody_else_has_it(unhealthy: Installation, path: str) -> None:
    """And says who."""
    unhealthy.receive(
        Acknowledgement(service_id="checkout-api", incident=1, by="grace@example.com")
    )
    [question] = CLOSE.findall(unhealthy.client().get(path).text)
    assert "although grace@example.com has it" in in_words(f"<main>{question}")
    assert f'action="{SERVICE}/healthy"' in question
