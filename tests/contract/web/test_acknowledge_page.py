"""The page behind an acknowledge link: what it shows, before and after acknowledging."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect

from browser import REFRESH_INTERVAL
from contract.web.application import LINKS, link
from contract.web.forms import in_words
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from contract.web.serving import served
from pager import Acknowledgement, EmailTarget, HealthyEvent, Notification
from pager.access.roles import Role
from pager.ports import Outcome

MOMENT = r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC"
MINUTE = r"(20[0-9]{2}-[0-9]{2}-[0-9]{2} )?[0-9]{2}:[0-9]{2} UTC"
CHECKOUT = 'href="/console/services/checkout-api"'
INCIDENT = 'href="/incidents/checkout-api/1"'


def html_of(installation: Installation, url: str | None = None) -> str:
    """The page of Ada's link, or of another link."""
    return installation.stranger().get(url or link()).text


def shown(installation: Installation, url: str | None = None) -> str:
    """The same page, in one line."""
    return in_words(html_of(installation, url))


def graces_link() -> str:
    """The acknowledge link that Grace was sent."""
    return LINKS.link(
        Notification(
            service_id="checkout-api",
            incident=1,
            level=1,
            target=EmailTarget(address="grace@example.com"),
            message="p99 latency above 3 s",
        )
    )


@pytest.fixture
def unhealthy(installation: Installation) -> Installation:
    """Ada and Grace were notified about checkout-api; Linus is next."""
    installation.policy("checkout-api", ("ada", "grace"), ("linus",))
    installation.receive(alert())
    installation.carry_out()
    return installation


def test_the_page_shows_a_running_incident_like_the_console(unhealthy: Installation) -> None:
    """Since when, its Level, who was notified, and when it escalates."""
    page = shown(unhealthy)
    assert "● Unanswered checkout-api 0 min level 1/2" in page
    assert re.search(f"level 2 at {MINUTE}", page)
    assert "Level 1: ada@example.com ✓ sent grace@example.com ✓ sent" in page


@pytest.mark.proof
def test_an_open_page_follows_what_happens(
    browser: Browser, app: FastAPI, unhealthy: Installation
) -> None:
    """It refreshes itself: the button goes away when it is no longer needed."""
    with served(app) as url, browser.new_context(base_url=url) as context:
        page = context.new_page()
        page.clock.install()
        page.goto(urlsplit(link()).path)
        page.get_by_role("button", name="Acknowledge").focus()
        unhealthy.receive(timeout())
        page.clock.run_for(REFRESH_INTERVAL)
        expect(page.get_by_text("Level 2:")).to_be_visible()
        expect(page.get_by_role("button", name="Acknowledge")).to_be_focused()
        unhealthy.receive(
            Acknowledgement(service_id="checkout-api", incident=1, by="grace@example.com")
        )
        page.clock.run_for(REFRESH_INTERVAL)
        expect(page.get_by_text("grace@example.com has it")).to_be_visible()
        expect(page.get_by_role("button")).to_have_count(0)
        unhealthy.receive(HealthyEvent(service_id="checkout-api"))
        page.clock.run_for(REFRESH_INTERVAL)
        expect(page.get_by_role("heading", name="This incident is over")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)


def test_the_page_says_in_whose_name_the_button_acknowledges(unhealthy: Installation) -> None:
    """Below the button, which fills the width of a phone and stays in sight."""
    page = html_of(unhealthy)
    assert "Acknowledge You acknowledge as ada@example.com." in in_words(page)
    assert '<button class="wide">Acknowledge</button>' in page


def test_an_exhausted_incident_can_still_be_acknowledged(unhealthy: Installation) -> None:
    """The page says that nobody answered, and who was told, without details."""
    unhealthy.receive(timeout(), timeout(level=2))
    unhealthy.carry_out(Outcome("failed", "451 secret-host.example.com", timedelta(minutes=5)))
    page = shown(unhealthy)
    assert "‼ Nobody answered" in page
    assert "Level 2: linus@example.com … tried again" in page
    assert "secret-host" not in page
    assert "<button" in html_of(unhealthy)


def test_of_many_targets_twenty_are_named(installation: Installation) -> None:
    """The page stays small."""
    installation.policy("checkout-api", tuple(f"somebody{n}" for n in range(25)))
    installation.receive(alert(message="x" * 8_000))
    answer = installation.stranger().get(link())
    assert "somebody19@example.com … on its way and 5 more" in in_words(answer.text)
    assert "somebody20@" not in answer.text
    assert len(answer.content) < LARGEST_PAGE


def test_the_page_after_acknowledging_links_to_the_incident(unhealthy: Installation) -> None:
    """Where the incident is closed once it is fixed."""
    unhealthy.stranger().post(link())
    page = html_of(unhealthy)
    assert re.search(f"You have it, since {MOMENT}. Nobody else is told.", in_words(page))
    assert "an engineer closes it on the page of the incident" in in_words(page)
    assert INCIDENT in page
    assert "<button" not in page


@pytest.mark.parametrize(("role", "offered"), [("viewer", False), ("engineer", True)])
def test_who_has_an_account_that_may_close_it_is_offered_to(
    unhealthy: Installation, role: Role, *, offered: bool
) -> None:
    """On the page of the incident, where they sign in for it."""
    unhealthy.client(role)
    unhealthy.stranger().post(link())
    page = html_of(unhealthy)
    assert ("Open the incident to close it" in page) is offered
    assert INCIDENT in page


def test_a_second_person_sees_who_acknowledged_first(unhealthy: Installation) -> None:
    """After pressing the button too; the first person still sees their own name."""
    unhealthy.stranger().post(graces_link())
    unhealthy.stranger().post(link())
    page = shown(unhealthy)
    assert re.search(f"grace@example.com has it, since {MOMENT}. Nobody else is told.", page)
    assert "You have it" not in page
    assert "You have it" in shown(unhealthy, graces_link())


def test_an_acknowledgement_without_a_name_names_nobody(unhealthy: Installation) -> None:
    """A program may send one without `by`."""
    unhealthy.receive(Acknowledgement(service_id="checkout-api", incident=1))
    assert re.search(f"Somebody has it, since {MOMENT}. Nobody else", shown(unhealthy))


def test_an_incident_that_is_over_says_since_when(unhealthy: Installation) -> None:
    """Even if many came after it; and links to the service."""
    unhealthy.receive(HealthyEvent(service_id="checkout-api"))
    for _ in range(30):
        unhealthy.receive(alert(), HealthyEvent(service_id="checkout-api"))
    page = html_of(unhealthy)
    assert re.search(f"Incident 1 of checkout-api is over since {MOMENT}", in_words(page))
    assert CHECKOUT in page
    assert "<button" not in page


def test_an_acknowledgement_that_cannot_be_stored_is_answered_with_a_page(
    unhealthy: Installation,
) -> None:
    """503 for people, with a button to try again."""
    files = unhealthy.database.read(lambda each: each.exec_driver_sql("PRAGMA database_list").one())
    Path(files.file).rename(f"{files.file}.elsewhere")
    answer = unhealthy.stranger().post(link())
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert f'href="{urlsplit(link()).path}">Try again</a>' in answer.text


def test_an_unknown_incident_is_over(installation: Installation) -> None:
    """410: its service may have been deleted."""
    answer = installation.stranger().get(link(7))
    assert answer.status_code == 410
    assert "Incident 7 of checkout-api is over." in in_words(answer.text)
