"""A policy that begins again, and an Acknowledgement that expires, on the pages that show them."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient

from contract.web.application import link, shared_application
from contract.web.forms import FormPage, in_words
from contract.web.installation import Installation, alert, timeout
from pager import Acknowledgement, AcknowledgementExpired
from pager.adapters.store.views.status import ServiceStatus
from pager.adapters.urls import incident_path

INCIDENT = incident_path("checkout-api", 1)
SERVICE = "/console/services/checkout-api"
HOURS = timedelta(hours=4)
BY_GRACE = Acknowledgement(service_id="checkout-api", incident=1, by="grace@example.com")
EXPIRES = r"Level {level} is told again at [\d: -]+ UTC unless it is closed by then\."


def shown(installation: Installation, path: str) -> str:
    """The page, in one line."""
    answer = installation.client().get(path)
    assert answer.status_code == 200
    return in_words(answer.text)


@pytest.fixture
def unhealthy(installation: Installation) -> Installation:
    """Ada was told about checkout-api; Linus is next, and then both once more."""
    installation.policy("checkout-api", ("ada",), ("linus",))
    policy = installation.ports.policies.of("checkout-api")
    assert policy is not None
    both = {"repeat": 1, "acknowledgement_expiry": HOURS}
    installation.ports.policies.put(policy.model_copy(update=both))
    installation.receive(alert())
    installation.carry_out()
    return installation


@pytest.fixture
def acknowledged(unhealthy: Installation) -> Installation:
    """Grace has it, for four hours."""
    unhealthy.receive(BY_GRACE)
    unhealthy.carry_out()
    return unhealthy


def test_every_page_says_when_an_acknowledgement_expires(acknowledged: Installation) -> None:
    """Now, the incident's page, and the one behind the link; the story says so, too."""
    expires = EXPIRES.format(level=1)
    assert re.search(f"Nobody else is told. {expires}", shown(acknowledged, "/"))
    page = shown(acknowledged, INCIDENT)
    assert re.search(f"Close the incident when it is over. {expires}", page)
    assert re.search(r"grace@example.com acknowledged. It expires at [\d: -]+ UTC", page)
    by_link = in_words(acknowledged.stranger().get(link()).text)
    assert re.search(f"Nobody else is told. {expires}", by_link)


def test_an_acknowledgement_that_stays_says_nothing(installation: Installation) -> None:
    """As before, and although its timeout is still running."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    installation.carry_out()
    installation.receive(BY_GRACE)
    for path in ("/", INCIDENT):
        assert "told again" not in shown(installation, path)


def test_an_expired_acknowledgement_is_told_with_whose_it_was(acknowledged: Installation) -> None:
    """To those who read who was told, and why."""
    expired = AcknowledgementExpired(service_id="checkout-api", incident=1, level=1)
    acknowledged.receive(expired)
    acknowledged.carry_out()
    page = shown(acknowledged, INCIDENT)
    assert "Level 1, told again: expired acknowledgement of grace@example.com ada@example" in page
    assert "The acknowledgement of grace@example.com has expired: level 1 again" in page
    by_link = in_words(acknowledged.stranger().get(link()).text)
    assert "Level 1, told again: expired acknowledgement of grace@example.com:" in by_link


def test_what_comes_next_is_the_first_level_again(unhealthy: Installation) -> None:
    """On the last Level of a policy that begins again: on each page, and on the button."""
    unhealthy.receive(timeout())
    unhealthy.carry_out()
    for path in ("/", SERVICE):
        assert re.search(r"level 1 at [\d: -]+ UTC", shown(unhealthy, path))
    page = shown(unhealthy, INCIDENT)
    steps = ["level 1, ada@", "level 2, linus@", "nobody is left to tell"]
    places = [page.index(step, page.index("Next at")) for step in steps]
    assert all(one < other for one, other in pairwise(places))
    browser = unhealthy.client()
    form = FormPage(browser, browser.get(INCIDENT))
    assert "Tell level 1 now" in form.buttons
    form.press("Tell level 1 now")
    unhealthy.carry_out()
    page = shown(unhealthy, INCIDENT)
    assert "level 1/2" in page
    assert "did not wait for an answer: level 1 again" in page
    assert "Level 1, sent on by" in page


def test_clients_read_both(acknowledged: Installation) -> None:
    """When it expires, and how often the policy has begun again; null and 0 where not."""
    client = TestClient(shared_application(acknowledged.database, None, "testserver"))

    def status() -> ServiceStatus:
        answer = client.get("/services/checkout-api").raise_for_status()
        return ServiceStatus.model_validate_json(answer.text)

    assert status().acknowledgement_expires_at is not None
    assert (status().acknowledgement_timeout, status().begun_again) == (None, 0)
    acknowledged.receive(AcknowledgementExpired(service_id="checkout-api", incident=1, level=1))
    acknowledged.receive(timeout(level=2), timeout(level=3))
    after = status()
    assert after.acknowledgement_expires_at is None
    assert (after.level, after.policy_level, after.begun_again) == (4, 1, 1)
    pages = [(page.expired_of, page.begun_again) for page in after.notifications]
    assert pages == [(None, 0), ("grace@example.com", 0), (None, 0), (None, 1)]
