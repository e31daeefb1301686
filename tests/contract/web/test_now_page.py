"""The first page of the console: the state of every Monitored Service, Unhealthy ones first."""

import re
from datetime import datetime, timedelta

import pytest

from contract.web.application import application_on
from contract.web.forms import in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from contract.web.people import signed_in
from pager import (
    Acknowledgement,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
    SmsTarget,
    Target,
)
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.channels.test_page_sender import SENT
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.ports import Outcome
from pager.settings import Settings

IS_LOOPBACK = {
    "http://127.0.0.1:8080": True,
    "http://localhost:8080": True,
    "http://[::1]:8080": True,
    "http://192.0.2.1:8080": False,
    "https://pager.example.com": False,
}
"""Public URLs, and whether only this machine can open them."""


def shown(installation: Installation, query: str = "") -> str:
    """The page, in one line without its tags."""
    answer = installation.client().get(f"/{query}")
    assert answer.status_code == 200
    assert len(answer.content) < LARGEST_PAGE
    return in_words(answer.text)


def rows(installation: Installation, query: str = "") -> list[str]:
    """The services that have a row, from the top."""
    html = installation.client().get(f"/{query}").text
    return re.findall(r'id="fold-([^"]+)', html)


def test_an_unhealthy_service_shows_what_people_ask_first(installation: Installation) -> None:
    """Its Level, its Alert, who was notified, whether the page was sent, when it escalates."""
    installation.policy("checkout-api", ("ada", "grace"), ("linus",))
    installation.receive(alert())
    installation.carry_out()
    page = shown(installation)
    assert "checkout-api" in page
    assert page.startswith("1 unanswered")
    assert "● Unanswered p99 latency above 3 s" in page
    assert "Level 1/2" in page
    assert "Told: ada@example.com ✓ sent grace@example.com ✓ sent" in page
    html = installation.client().get("/").text
    assert re.search(r'level 2 <time data-countdown datetime="20\d\d-', html)


def test_one_press_acknowledges(installation: Installation) -> None:
    """The form names the incident; viewers have no button."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    browser = installation.client()
    html = browser.get("/").text
    assert 'action="/console/services/checkout-api/acknowledge"' in html
    assert 'name="incident" value="1"' in html
    assert browser.csrf() in html
    assert "Acknowledge" not in installation.client("viewer").get("/").text


def test_the_row_shows_who_acknowledged(installation: Installation) -> None:
    """And no next level."""
    installation.policy("checkout-api", ("ada",), ("linus",))
    installation.receive(
        alert(), Acknowledgement(service_id="checkout-api", incident=1, by="Grace H.")
    )
    page = shown(installation)
    assert "1 in hand" in page
    assert "◐ Grace H. has it" in page
    assert "Acknowledged by Grace H." in page
    assert "level 2 at" not in page


def test_what_needs_somebody_first_is_first(installation: Installation) -> None:
    """Exhausted incidents, then what escalates next, then what somebody has acknowledged."""
    installation.advance(timedelta(hours=1))
    for name in ("c-old", "b-newer", "a-newest"):
        installation.policy(name, ("ada",), ("linus",))
        installation.receive(alert(name))
        installation.carry_out()
        installation.advance(timedelta(minutes=5))
    assert rows(installation) == ["c-old", "b-newer", "a-newest"]
    installation.receive(timeout("b-newer"))
    installation.carry_out()
    assert rows(installation) == ["c-old", "a-newest", "b-newer"]
    installation.receive(timeout("b-newer", 2))
    assert rows(installation) == ["b-newer", "c-old", "a-newest"]
    installation.receive(Acknowledgement(service_id="c-old", incident=1))
    assert rows(installation) == ["b-newer", "a-newest", "c-old"]


def test_each_row_has_the_times_of_its_own_incident(installation: Installation) -> None:
    """When it became Unhealthy, and when it was acknowledged."""
    for name in ("billing", "search-api"):
        installation.policy(name, ("ada",))
        installation.receive(alert(name))
    installation.advance(timedelta(hours=1))
    installation.receive(Acknowledgement(service_id="billing", incident=1, by="Grace"))
    installation.advance(timedelta(hours=2))
    installation.receive(timeout("search-api"))
    html = installation.client().get("/").text
    [acknowledged] = re.findall(r"Acknowledged by Grace, (\S+ \S+) UTC", in_words(html))
    for begun in re.findall(r'data-age datetime="([^"]+)"', html):
        duration = datetime.fromisoformat(f"{acknowledged}Z") - datetime.fromisoformat(begun)
        assert abs(duration - timedelta(hours=1)) < timedelta(minutes=30)


def test_an_exhausted_incident_stands_out(installation: Installation) -> None:
    """It comes before all others; Healthy services are last."""
    for name in ("a-acknowledged", "b-escalating", "c-exhausted", "d-healthy"):
        installation.policy(name, ("ada",))
    installation.receive(*map(alert, ("a-acknowledged", "b-escalating", "c-exhausted")))
    installation.receive(
        Acknowledgement(service_id="a-acknowledged", incident=1), timeout("c-exhausted")
    )
    page = shown(installation)
    places = [
        page.index(name) for name in ("c-exhausted", "b-escalating", "a-acknowledged", "d-healthy")
    ]
    assert places == sorted(places)
    assert "Nobody answered" in page
    assert "2 unanswered · 1 in hand · 1 healthy" in page
    assert 'class="incident exhausted"' in installation.client().get("/").text


def test_a_page_that_was_not_sent_has_its_error(installation: Installation) -> None:
    """And the time of the next attempt."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    installation.carry_out(Outcome("failed", "451 try later", timedelta(minutes=5)))
    page = shown(installation)
    assert "ada@example.com ✗ failed: 451 try later; again" in page


@pytest.mark.proof
def test_of_many_targets_failed_ones_are_shown_first(installation: Installation) -> None:
    """The others are counted: the page does not grow with the number of Targets."""
    names = tuple(f"person-{number}" for number in range(300))
    installation.policy("checkout-api", names)
    installation.receive(alert())
    [claim] = installation.ports.outbox.claim("email", 1)
    installation.ports.outbox.settle(claim, Outcome("refused", "550 no such mailbox"))
    installation.carry_out()
    page = shown(installation)
    assert "person-0@example.com ✗ refused: 550 no such mailbox" in page
    assert "and 294 more" in page


@pytest.mark.proof
def test_many_unhealthy_services_are_shown_in_parts(
    installation: Installation,
) -> None:
    """The page stays small, however long their Alerts and their names are."""
    names = [f"service-{number:03}-" + "x" * 180 for number in range(45)]
    for name in names:
        installation.policy(name, ("ada",))
        installation.receive(alert(name, "long " * 2_000))
    in_parts: list[str] = []
    while len(in_parts) < len(names):
        query = f"?unhealthy={len(in_parts)}"
        page = shown(installation, query)
        in_parts += rows(installation, query)
        assert len(in_parts) == len(names) or f"{len(names) - len(in_parts)} more →" in page
    assert in_parts == names
    assert "45 unanswered" in shown(installation)


def test_many_healthy_services_are_shown_in_parts(installation: Installation) -> None:
    """And the search finds one of them."""
    for number in range(150):
        installation.policy(f"service-{number:03}", ("ada",))
    assert "service-099" in shown(installation)
    assert "service-100" not in shown(installation)
    assert "service-149" in shown(installation, "?healthy=100")
    results = shown(installation, "?search=CE-12")
    assert "service-120" in results
    assert "service-119" not in results


@pytest.mark.parametrize("query", ["?unhealthy=-1", "?healthy=x", "?healthy=99999999999999999999"])
def test_a_wrong_query_is_answered_with_a_page(installation: Installation, query: str) -> None:
    """422."""
    answer = installation.client().get(f"/{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


def test_a_service_without_a_policy_is_marked(installation: Installation) -> None:
    """Nobody could be paged for it."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert(), HealthyEvent(service_id="checkout-api"))
    installation.ports.policies.remove("checkout-api")
    assert "no policy: nobody can be paged" in shown(installation)


def test_a_row_that_cannot_be_read_hides_no_other(installation: Installation) -> None:
    """It is named, and counts as if it were Unhealthy: never as "All healthy"."""
    for name in ("checkout-api", "search-api"):
        installation.policy(name, ("ada",))
        installation.receive(alert(name))
    installation.database.write(
        lambda connection: connection.exec_driver_sql(
            "UPDATE monitored_services SET state = '{}' WHERE service_id = 'search-api'"
        )
    )
    page = shown(installation)
    assert "● Unanswered p99 latency above 3 s" in page
    assert "cannot be read: search-api" in page
    installation.receive(HealthyEvent(service_id="checkout-api"))
    for search in ("", "?search=zzz"):
        page = shown(installation, search)
        assert page.startswith("The state of 1 service cannot be read")
        assert "All healthy" not in page
        assert "three steps" not in page


def test_a_search_still_counts_all_unhealthy_services(installation: Installation) -> None:
    """In the heading, whatever is searched for."""
    for name in ("checkout-api", "search-api"):
        installation.policy(name, ("ada",))
    installation.receive(alert())
    page = shown(installation, "?search=zzz")
    assert page.startswith("1 unanswered")
    assert "No service has “zzz” in its name" in page


def test_an_empty_installation_shows_the_first_steps(installation: Installation) -> None:
    """A first policy, a test page, and a first Alert with a command to copy."""
    page = shown(installation)
    assert "Give your first service a policy" in page
    installation.policy("checkout-api", ("ada",))
    page = shown(installation)
    assert "with an API key, which an administrator makes" in page
    assert "curl" in page
    assert "/alerts" in page
    assert "checkout-api" in page
    assert "✓ Done: a test page was sent" not in page
    SqlAuditLog(installation.database).add("a test", SENT, "ada@example.com")
    assert "✓ Done: a test page was sent" in shown(installation)
    installation.receive(alert(), HealthyEvent(service_id="checkout-api"))
    assert "curl" not in shown(installation)


@pytest.mark.parametrize("public_url", IS_LOOPBACK)
def test_a_public_url_on_loopback_is_pointed_out(database: Database, public_url: str) -> None:
    """Links in e-mails would open on this machine only."""
    app = application_on(database, links=AcknowledgeLinks(public_url, [b"a key"]))
    page = in_words(signed_in(app, database, "viewer").get("/").text)
    assert ("open on this machine only" in page) == IS_LOOPBACK[public_url]


def test_the_message_of_an_alert_on_now_is_escaped(installation: Installation) -> None:
    """And so is the name of who acknowledged."""
    installation.policy("checkout-api", ("ada",))
    script = "<script>alert(1)</script>"
    installation.receive(
        alert(message=script), Acknowledgement(service_id="checkout-api", incident=1, by=script)
    )
    html = installation.client().get("/").text
    assert script not in html
    assert html.count("&lt;script&gt;alert(1)") >= 3


def test_the_page_takes_an_account(installation: Installation) -> None:
    """Strangers are redirected to the login."""
    answer = installation.stranger().get("/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/login?then=%2F"


def test_a_mistyped_address_is_answered_with_a_page(installation: Installation) -> None:
    """404 for people, and not 401 for programs."""
    answer = installation.stranger().get("/console")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "target", [EmailTarget(address="ada@example.com"), SmsTarget(phone_number="+33612345678")]
)
def test_a_channel_that_is_not_set_up_but_used_is_pointed_out(
    installation: Installation, target: Target
) -> None:
    """With how many policies use it, and a link to what to do; one that nobody uses is not."""
    installation.ports.policies.put(
        EscalationPolicy(service_id="checkout-api", levels=(Level(targets=(target,)),))
    )
    app = application_on(installation.database, unset_channels=("sms",))
    html = signed_in(app, installation.database, "viewer").get("/").text
    is_used = isinstance(target, SmsTarget)
    assert ("SMS is not set up: 1 policy uses it." in in_words(html)) is is_used
    assert ('href="/console/channels"' in html) is is_used


def test_pages_that_have_not_left_are_pointed_out(installation: Installation) -> None:
    """With what the provider answers."""
    installation.policy("checkout-api", ("ada", "grace"))
    installation.receive(alert())
    assert "stuck" not in shown(installation)
    installation.carry_out(Outcome("failed", "451 try later", timedelta(minutes=5)))
    page = shown(installation)
    assert (
        "⚠ 2 e-mails are stuck, the oldest for 0 min (451 try later). Pager keeps trying." in page
    )


def test_settings_are_named_where_they_are_set_and_nowhere_else(database: Database) -> None:
    """On the page that says how to set up a channel."""
    pages = signed_in(application_on(database, unset_channels=("sms",)), database, "viewer")
    page = in_words(pages.get("/console/channels").text)
    assert "E-mail ✓ Set up" in page
    assert "SMS ◐ Not set up" in page
    for setting in re.findall(r"PAGER_[A-Z_]+", page):
        assert setting.removeprefix("PAGER_").lower() in Settings.model_fields
    assert "PAGER_TWILIO_ACCOUNT_SID" in page
    assert "PAGER_SMTP_URL" not in page
    assert "PAGER_" not in pages.get("/").text
