"""The console in a real browser: accounts, API keys, and pages that refresh themselves."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import REFRESH_INTERVAL
from contract.web.application import application_on
from contract.web.installation import Installation, alert, timeout
from contract.web.people import COOKIE, PASSWORD, signed_in
from contract.web.test_editor_in_a_browser import check, press, url
from pager import Acknowledgement, Healthy, Unhealthy
from pager.adapters.store.access.invitations import SqlInvitations
from pager.adapters.store.core.database import Database
from pager.ports import Outcome

pytestmark = pytest.mark.proof

__all__ = ["url"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_first_link_to_an_invitation_and_a_key(
    browser: Browser, database: Database, url: str, scheme: Literal["light", "dark"]
) -> None:
    """On a phone, in both color schemes; axe finds nothing on any page, also with errors."""
    first = SqlInvitations(database).for_first_account()
    with browser.new_context(
        base_url=url,
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": 320, "height": 640},
    ) as phone:
        page = phone.new_page()
        page.goto(f"/console/join/{first}")
        send(page, "Create the account", Name="Ada Lovelace", Password="short")
        expect(page.get_by_label("Name")).to_have_accessible_description(
            "✗ A name has 1 to 100 letters, digits or . _ @ + - (such as ada@example.com). "
            "You sign in with it. Your e-mail address is best, such as ada@example.com. "
            "Capital letters become small ones."
        )
        send(page, "Create the account", Name="ada@example.com", Password=PASSWORD)
        page.goto("/console/accounts")
        send(page, "Make the account", Name="grace@example.com")
        expect(page.get_by_role("status")).to_contain_text("This link is for grace@example.com.")
        page.get_by_role("link", name="grace@example.com").click()
        check(page)
        press(page, "Change the role")
        page.goto("/console/keys")
        check(page)
        send(page, "Make the key", Name="alertmanager")
        page.get_by_label("Services", exact=True).fill("checkout-api")
        press(page, "Make the key")
        check(page)
        expect(page.get_by_role("status")).to_contain_text("Authorization: Bearer pager_1_")
        phone.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy the key").click()
        expect(page.get_by_role("button", name="Copied")).to_be_focused()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#key").text_content()
        page.goto("/console/keys")
        page.get_by_role("link", name="alertmanager").click()
        page.get_by_text("Revoke alertmanager…").click()
        check(page)
        press(page, "Revoke alertmanager")
        expect(page.get_by_role("status")).to_contain_text("The API key alertmanager is revoked")
        page.goto("/console/me")
        page.get_by_text("Sign out…").click()
        check(page)
        page.get_by_role("button", name="Sign out this device").click()
        send(page, "Sign in", Name="ada@example.com", Password="a wrong password")
        send(page, "Sign in", Name="ada@example.com", Password=PASSWORD)
        page.locator("header summary").click()
        expect(page.get_by_role("link", name="Accounts")).to_be_visible()


@pytest.fixture
def now(browser: Browser, installation: Installation, url: str) -> Iterator[Page]:
    """The browser of an administrator, whose clock the test moves."""
    administrator = signed_in(
        application_on(installation.database), installation.database, "administrator"
    )
    with browser.new_context(base_url=url) as context:
        context.add_cookies([{"name": COOKIE, "value": administrator.cookies[COOKIE], "url": url}])
        page = context.new_page()
        page.clock.install()
        yield page


def test_the_first_steps_refresh_themselves(
    now: Page, installation: Installation, url: str
) -> None:
    """And keep what is typed in their field."""
    now.goto("/")
    now.get_by_label("Name of the service").fill("check")
    with now.expect_response(url + "/"):
        now.clock.run_for(REFRESH_INTERVAL)
    expect(now.get_by_label("Name of the service")).to_have_value("check")
    installation.policy("checkout-api", ("ada",))
    now.clock.run_for(REFRESH_INTERVAL)
    expect(now.get_by_role("button", name="Make an API key for checkout-api")).to_be_visible()
    installation.receive(alert())
    now.clock.run_for(REFRESH_INTERVAL)
    expect(now.get_by_role("article")).to_be_visible()
    expect(now.get_by_text("Your first page, in three steps")).to_have_count(0)


def test_in_a_storm_the_healthy_services_can_still_be_paged_through(
    now: Page, installation: Installation
) -> None:
    """The page shows fewer of them; the link goes on where the list ends now."""
    for number in range(120):
        installation.policy(f"service-{number:03}", ("ada", "grace", "edsger"))
    now.goto("/")
    expect(now.locator("#healthy-services li")).to_have_count(100)
    installation.receive(*(alert(f"service-{number:03}", "&" * 200) for number in range(20)))
    installation.carry_out(Outcome("failed", "&" * 200, timedelta(minutes=5)))
    now.clock.run_for(REFRESH_INTERVAL)
    expect(now.locator("#healthy-services li")).to_have_count(25)
    now.get_by_label("More healthy services").get_by_role("link").click()
    expect(now.locator("#healthy-services li").first).to_contain_text("service-045")


@pytest.mark.parametrize("where", ["/", "/console/services/checkout-api"])
def test_a_refresh_never_swaps_buttons_under_a_click(
    now: Page, installation: Installation, where: str
) -> None:
    """A click on Acknowledge does not close the incident, if the buttons have just changed."""
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    now.goto(where)
    now.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    acknowledge = now.get_by_role("button", name="Acknowledge incident 1")
    acknowledge.focus()
    box = acknowledge.bounding_box()
    assert box is not None
    installation.receive(
        Acknowledgement(service_id="checkout-api", incident=1, by="grace@example.com")
    )
    now.clock.run_for(REFRESH_INTERVAL)
    expect(acknowledge).to_have_count(0)
    expect(now.locator("main :focus")).to_have_count(0)
    now.mouse.click(box["x"] + 5, box["y"] + 5)
    now.keyboard.press("Enter")
    service = installation.ports.services.load("checkout-api").service
    assert isinstance(service, Unhealthy)
    now.clock.run_for(2_000)
    now.get_by_text("Close…").click()
    now.get_by_role("button", name=re.compile("close", re.IGNORECASE)).last.click()
    expect(now.get_by_text(re.compile("incident is closed"))).to_be_visible()
    assert isinstance(installation.ports.services.load("checkout-api").service, Healthy)


def test_a_refresh_keeps_the_focus(now: Page, installation: Installation) -> None:
    """So that the page can be used with the keyboard."""
    for name in ("checkout-api", "search-api"):
        installation.policy(name, ("ada",), ("grace",))
        installation.receive(alert(name))
    now.goto("/")
    link = now.get_by_role("link", name="search-api", exact=True)
    link.focus()
    installation.carry_out()
    now.clock.run_for(REFRESH_INTERVAL)
    expect(now.get_by_text("ada@example.com ✓ sent")).to_have_count(2)
    expect(link).to_be_focused()
    button = now.get_by_role("button", name="Acknowledge incident 1 of checkout-api")
    button.focus()
    installation.receive(timeout())
    now.clock.run_for(REFRESH_INTERVAL)
    expect(now.get_by_text("2/2")).to_be_visible()
    expect(button).to_be_focused()


def send(page: Page, button: str, **fields: str) -> None:
    """Fill in the fields with these labels, and press the button."""
    check(page)
    for label, value in fields.items():
        page.get_by_label(label, exact=True).last.fill(value)
    press(page, button)
    check(page)
