"""The page that says who is told, and why."""

import pytest

from contract.web.application import shared_application
from contract.web.forms import in_words
from contract.web.installation import Installation, alert
from contract.web.people import Browser, signed_in
from contract.web.shared_policies import add_shared_policies
from pager.adapters.store.core.database import Database

PATH = "/console/explanation"


@pytest.fixture
def browser(database: Database) -> Browser:
    """A viewer's, where a service uses a shared policy and another has an incident."""
    add_shared_policies(database)
    installation = Installation(database)
    installation.policy("checkout-api", ("ada",), ("grace",))
    installation.receive(alert("checkout-api"))
    return signed_in(shared_application(database), database, "viewer")


def text(browser: Browser, query: str = "") -> str:
    answer = browser.get(f"{PATH}?{query}")
    assert answer.status_code == 200
    return in_words(answer.text)


def test_at_first_it_asks(browser: Browser) -> None:
    """For a service, a moment and a person."""
    assert "Of the future an alert is rehearsed: nobody is paged." in text(browser)


def test_an_incident_that_runs_is_told_with_its_reasons(browser: Browser) -> None:
    """And who is not told, and why."""
    shown = text(browser, "service=checkout-api")
    assert "Incident 1 of checkout-api, since" in shown
    assert "ada@example.com: not sent yet" in shown
    assert "Level 1 names ada@example.com" in shown
    assert "Incident 1: the whole story" in shown


def test_a_moment_of_the_future_is_rehearsed(browser: Browser) -> None:
    """The person's answer comes first."""
    shown = text(browser, "service=shared-api&at=2030-01-06+03:00&person=Grace+Hopper")
    rehearsed = "An Alert of shared-api at Sun 2030-01-06 03:00, rehearsed"
    assert shown.index("Grace Hopper is") < shown.index(rehearsed)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("service=checkout-api&at=some+day", "'some day' is no moment."),
        ("service=no%20service", "A service's name has letters"),
        ("service=shard-api", "There is no service called shard-api. Did you mean shared-api?"),
        ("service=shared-api&person=Nobody+at+All", "There is no person called Nobody at All."),
    ],
)
def test_what_is_wrong_is_said(browser: Browser, query: str, said: str) -> None:
    """At the form."""
    assert said in text(browser, query)


def test_the_pages_of_a_service_and_an_incident_lead_to_it(browser: Browser) -> None:
    """With what they are about."""
    for page in ("/console/services/checkout-api", "/incidents/checkout-api/1"):
        assert f"{PATH}?service=checkout-api" in browser.get(page).text


def test_the_moment_of_a_link_is_shown_on_the_clock_of_the_zone(browser: Browser) -> None:
    """What somebody has typed stays as it is."""
    query = {"service": "shared-api", "at": "2030-01-06T03:00:05+00:00"}
    answer = browser.get(PATH, params=query)
    assert 'value="2030-01-06 04:00:05"' in answer.text
    assert 'value="Tuesday 03:00"' in browser.get(PATH, params=query | {"at": "Tuesday 03:00"}).text
