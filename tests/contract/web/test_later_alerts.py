"""Later Alerts of an incident that say something else: where people and programs read them."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from contract.web.application import KEY, link, shared_application
from contract.web.forms import in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from pager import Acknowledgement, Notification
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.views.incidents import incident_of
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.timeline import lines
from pager.adapters.terminal.journal import timeline
from pager.model import LONGEST_LATER_MESSAGE, MOST_LATER_MESSAGES

MINUTE = timedelta(minutes=1)
DOWN = "CHECKOUT DOWN, all <orders> fail"
MOMENT = r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC"


@pytest.fixture
def unhealthy(installation: Installation) -> Installation:
    """Ada was notified; five minutes later another Alert said that everything is down."""
    installation.policy("checkout-api", ("ada",), ("linus",))
    installation.receive(alert())
    installation.advance(5 * MINUTE)
    installation.receive(alert(message=DOWN))
    installation.advance(MINUTE)
    return installation


def status(installation: Installation) -> dict[str, object]:
    """The service as the API tells it."""
    program = TestClient(
        shared_application(installation.database, KEY), headers={"Authorization": f"Bearer {KEY}"}
    )
    found: dict[str, object] = program.get("/services/checkout-api").json()
    assert program.get("/services").json() == [found]
    return found


def test_the_api_tells_what_they_said_and_when(unhealthy: Installation) -> None:
    """Null while there are none."""
    began = incident_of(unhealthy.database, "checkout-api", 1)
    assert began is not None
    later = status(unhealthy)["later_alerts"]
    assert isinstance(later, dict)
    [newest] = later["newest"]
    assert (later["count"], newest["message"]) == (1, DOWN)
    assert newest["at"] > (began.begun_at + 4 * MINUTE).isoformat()


def test_an_alert_that_was_heard_before_is_not_stored(unhealthy: Installation) -> None:
    """It costs a read."""
    before = unhealthy.ports.services.load("checkout-api")
    entries = Journal(unhealthy.database).of("checkout-api")
    for message in (DOWN, "p99 latency above 3 s", DOWN):
        unhealthy.receive(alert(message=message))
    assert unhealthy.ports.services.load("checkout-api") == before
    assert Journal(unhealthy.database).of("checkout-api") == entries


def test_every_page_shows_them(unhealthy: Installation) -> None:
    """All that are kept; escaped."""
    ada = unhealthy.client()
    for path in ("/", "/incidents/checkout-api/1", "/console/services/checkout-api", link()):
        html = ada.get(path).text
        assert re.search(rf"1 more alert since: {MOMENT} {DOWN}", in_words(html))
        assert "<orders>" not in html
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1, by="ada@example.com"))
    assert DOWN in in_words(ada.get(link()).text)


def test_the_timeline_says_that_it_was_noted(unhealthy: Installation) -> None:
    """And that nobody was notified: in the console, in the terminal, and as JSON."""
    noted = ("noted", "for the next page; nobody is notified (version 2)")
    entries = Journal(unhealthy.database).of("checkout-api", 1)
    assert [line for entry in entries for line in lines(entry)][-2:] == [
        ("received", f'the Alert "{DOWN}" for checkout-api'),
        noted,
    ]
    page = in_words(unhealthy.client().get("/incidents/checkout-api/1").text)
    assert " ".join(noted) in page
    assert f"Another alert {DOWN}" in page
    terminal = StringIO()
    Console(file=terminal, width=200).print(timeline(entries))
    assert noted[1] in terminal.getvalue()


def test_the_next_level_is_sent_what_they_said(unhealthy: Installation) -> None:
    """As it was decided, and as the audit decides again."""
    unhealthy.receive(timeout())
    claims = unhealthy.ports.outbox.claim("email", 9)
    pages = [claim.effect for claim in claims if isinstance(claim.effect, Notification)]
    assert [page.later_alerts.messages for page in pages] == [(), (DOWN,)]
    assert list(audit(unhealthy.database).differences) == []


def test_the_moment_of_an_acknowledgement_stays(unhealthy: Installation) -> None:
    """A later Alert that is noted does not change when somebody took it in hand."""
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1))
    acknowledged = incident_of(unhealthy.database, "checkout-api", 1)
    unhealthy.advance(MINUTE)
    unhealthy.receive(alert(message="still down"))
    assert incident_of(unhealthy.database, "checkout-api", 1) == acknowledged


def test_long_texts_leave_the_pages_small(unhealthy: Installation) -> None:
    """Whatever a monitor says."""
    for number in range(MOST_LATER_MESSAGES + 2):
        unhealthy.receive(alert(message=f"{number}" + "&" * 2 * LONGEST_LATER_MESSAGE))
    assert "8 more alerts since; the newest of them" in unhealthy.client().get(link()).text
    for path in ("/", "/incidents/checkout-api/1", "/console/services/checkout-api", link()):
        assert len(unhealthy.client().get(path).content) < LARGEST_PAGE
