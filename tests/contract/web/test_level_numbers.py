"""The number that a policy has for a Level, on every page that names one."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from contract.web.application import link, shared_application
from contract.web.forms import in_words
from contract.web.installation import Installation, alert, timeout
from contract.web.shared_policies import EDSGER, LINUS, NIGHTS, level
from pager import EmailTarget
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.timeline import lines
from pager.adapters.urls import incident_path
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PersonTarget, PolicyUse, ScheduleTarget, SharedPolicy

INCIDENT = incident_path("checkout-api", 1)
SERVICE = "/console/services/checkout-api"
ADA = Person(
    name="Ada",
    contact_methods=(
        ContactMethod(target=EmailTarget(address="ada@example.com")),
        ContactMethod(
            target=EmailTarget(address="ada@home.example.com"), after=timedelta(minutes=5)
        ),
    ),
)
THREE = SharedPolicy(
    name="Payments",
    levels=(
        level(PersonTarget(name="Ada")),
        level(ScheduleTarget(name=NIGHTS.name)),
        level(PersonTarget(name="Linus")),
    ),
)
"""Ada is told in a second way after five minutes; nobody is on call on Level 2."""


@pytest.fixture
def unhealthy(installation: Installation) -> Installation:
    """Ada was told in both ways, and then Linus, on the last Level."""
    for entry in (ADA, LINUS, EDSGER, NIGHTS, THREE):
        SqlOnCall(installation.database).put(entry)
    installation.ports.policies.put(PolicyUse(service_id="checkout-api", uses=THREE.name))
    installation.receive(alert(), timeout())
    installation.carry_out()
    return installation


def shown(installation: Installation, path: str) -> str:
    """The page, in one line."""
    return in_words(installation.client().get(path).raise_for_status().text)


def test_what_comes_next_is_the_level_of_the_policy(unhealthy: Installation) -> None:
    """Level 2 is left out, and the next one is Level 3 all the same."""
    assert "Level 1/3" in shown(unhealthy, "/")
    for path in ("/", SERVICE, INCIDENT):
        assert "Tell level 3 now" in shown(unhealthy, path)
    assert "Level 1, by the next contact methods" in shown(unhealthy, INCIDENT)
    assert "level 3" in in_words(unhealthy.stranger().get(link()).text)


def test_the_policy_of_the_moment_names_its_levels_so(unhealthy: Installation) -> None:
    """Also where a Level is two steps, and where it begins again."""
    page = shown(unhealthy, f"{SERVICE}/policy")
    assert "at once Level 1 Ada" in page
    assert "5 min to acknowledge, then the next contact methods are used." in page
    assert "+5 min Level 1, by the next contact methods" in page
    assert "10 min to acknowledge, then level 3 is notified." in page
    assert "+15 min Level 3 Linus" in page
    assert "after that nobody else is notified." in page


def test_the_pages_say_the_same_once_it_is_told(unhealthy: Installation) -> None:
    """And so do the API, the post-mortem and the terminal."""
    unhealthy.receive(timeout(level=2))
    unhealthy.carry_out()
    assert "Level 3/3" in shown(unhealthy, "/")
    page = shown(unhealthy, INCIDENT)
    assert "10 min without an answer: level 3" in page
    assert "Tell level 3 again" in page
    assert "Highest Level told: 3" in unhealthy.client().get(f"{INCIDENT}/post-mortem.md").text
    client = TestClient(shared_application(unhealthy.database, None, "testserver"))
    service = client.get("/services/checkout-api").raise_for_status().json()
    assert (service["level"], service["policy_level"]) == (3, 3)
    pages = [(page["policy_level"], page["continues"]) for page in service["notifications"]]
    assert pages == [(1, False), (1, True), (3, False)]
    entries = Journal(unhealthy.database).of("checkout-api", 1)
    told = [what for entry in entries for verb, what in lines(entry) if verb in ("sent", "became")]
    assert told == [
        "Unhealthy (incident 1, Level 1) (version 1)",
        "Unhealthy (incident 1, Level 1, step 2) (version 2)",
        "ada@example.com, Level 1: 250 accepted",
        "ada@home.example.com, Level 1: 250 accepted",
        "Unhealthy (incident 1, Level 3) (version 3)",
        "linus@example.com, Level 3: 250 accepted",
    ]
