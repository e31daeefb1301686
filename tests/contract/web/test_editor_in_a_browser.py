"""The policy editor in a real browser: by keyboard, without a script, and on a phone."""

from collections.abc import Iterator
from typing import Literal

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, expect

from browser import violations
from contract.web.installation import Installation, alert
from contract.web.people import COOKIE, signed_in
from contract.web.serving import served
from pager.adapters.store.core.database import Database

pytestmark = pytest.mark.proof

PATH = "/console/services/checkout-api/policy"


@pytest.fixture
def url(app: FastAPI) -> Iterator[str]:
    """The URL of a real server."""
    with served(app) as served_url:
        yield served_url


@pytest.fixture
def plain(browser: Browser, app: FastAPI, database: Database, url: str) -> Iterator[Page]:
    """The browser of an engineer, without a script."""
    with browser.new_context(java_script_enabled=False, base_url=url) as context:
        sign_in(context, app, database, url)
        yield context.new_page()


def sign_in(context: BrowserContext, app: FastAPI, database: Database, url: str) -> None:
    """Sign in as Ada, an engineer."""
    token = signed_in(app, database, "engineer").cookies[COOKIE]
    context.add_cookies([{"name": COOKIE, "value": token, "url": url}])


def test_a_policy_is_written_by_keyboard(plain: Page, database: Database) -> None:
    """Each button sets the focus to where to go on; Enter in a delay saves nothing."""
    policies = Installation(database).ports.policies
    plain.goto("/console/policies")
    plain.get_by_label("Name of the service").fill("checkout-api")
    plain.keyboard.press("Enter")
    plain.get_by_role("textbox", name="Targets").fill("ada@example.com")
    plain.get_by_role("button", name="Add a level").press("Enter")
    second = plain.get_by_role("group", name="Level 2").get_by_role("textbox", name="Targets")
    expect(second).to_be_focused()
    second.press_sequentially("grace@example.com\n")
    plain.keyboard.press("Tab")
    plain.keyboard.press("Enter")
    expect(plain.get_by_role("heading", name="Rehearsal")).to_be_focused()
    expect(plain.locator("#rehearsed").get_by_text("+15 min")).to_be_visible()
    assert policies.of("checkout-api") is None
    plain.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(plain.get_by_role("status")).to_contain_text("Saved.")
    assert policies.of("checkout-api") is not None


def test_an_error_has_the_focus_and_leads_to_its_field(plain: Page) -> None:
    """Screen readers read it first."""
    plain.goto(PATH)
    field = plain.get_by_role("textbox", name="Targets")
    field.fill("ada")
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator("[role=alert][autofocus]")).to_be_focused()
    plain.get_by_role("link", name="Level 1, targets").press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(
        "✗ “ada”: An email address must have an @-sign. A good e-mail address looks like "
        "ada@example.com. E-mail addresses, or phone numbers such as +33612345678 for an SMS. "
        "Paste any list."
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_a_policy_is_accessible_and_narrow(
    browser: Browser,
    app: FastAPI,
    database: Database,
    url: str,
    scheme: Literal["light", "dark"],
) -> None:
    """Axe finds nothing, and nothing is wider than a phone; also in errors and conflicts."""
    installation = Installation(database)
    installation.policy("checkout-api", ("ada", "grace"), ("edsger",))
    installation.policy("checkout-api", ("ada",), ("edsger",))
    phone = browser.new_context(
        base_url=url,
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": 320, "height": 640},
    )
    with phone:
        sign_in(phone, app, database, url)
        page, other = phone.new_page(), phone.new_page()
        for path in (
            "/console/policies",
            "/console/policies/new?service_id=check+out",
            f"{PATH}?acknowledged=20",
            f"{PATH}/history",
            f"{PATH}/history/1",
            f"{PATH}/copy",
            f"{PATH}/remove",
            f"{PATH}/test",
        ):
            page.goto(path)
            check(page)
        for tab in (page, other):
            tab.goto(PATH)
        press(page, "Remove level 2", "Save")
        for button in ("Add a level", "Save", "Remove level 3", "Save"):
            press(other, button)
            check(other)
        expect(other.get_by_role("heading", name="Somebody else was faster")).to_be_visible()


def press(page: Page, *buttons: str) -> None:
    """Press the buttons, one after the other."""
    for name in buttons:
        with page.expect_navigation():
            page.get_by_role("button", name=name, exact=True).click()


def check(page: Page) -> None:
    """Check that the page is accessible, and not wider than the screen."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.fixture
def dialogs() -> list[str]:
    """The types of the dialogs that the page has opened."""
    return []


@pytest.fixture
def scripted(
    browser: Browser, app: FastAPI, database: Database, url: str, dialogs: list[str]
) -> Iterator[Page]:
    """The editor with its script; every question whether to leave is answered with no."""

    def stay(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.dismiss()

    with browser.new_context(base_url=url) as context:
        sign_in(context, app, database, url)
        page = context.new_page()
        page.on("dialog", stay)
        page.goto(PATH)
        yield page


def test_leaving_unsaved_work_takes_a_confirmation(
    scripted: Page, url: str, dialogs: list[str]
) -> None:
    """Whether it was typed here or on the page before; the page's own buttons ask nothing."""
    scripted.get_by_role("link", name="Policies").click()
    expect(scripted).to_have_url(f"{url}/console/policies")
    scripted.goto(PATH)
    targets = scripted.get_by_role("textbox", name="Targets")
    targets.press_sequentially("ada@example.com")
    for count in (1, 2):
        scripted.get_by_role("link", name="Policies").click()
        expect(targets).to_have_value("ada@example.com")
        assert dialogs == ["beforeunload"] * count
        scripted.get_by_role("button", name="Rehearse").first.click()
        expect(scripted.get_by_text("If nobody answers")).to_be_visible()
    scripted.get_by_role("button", name="Save", exact=True).click()
    expect(scripted.get_by_role("status")).to_contain_text("Saved.")
    scripted.get_by_role("link", name="Policies").click()
    expect(scripted).to_have_url(f"{url}/console/policies")
    assert dialogs == ["beforeunload"] * 2


def test_leaving_a_conflict_takes_a_confirmation(
    scripted: Page, database: Database, dialogs: list[str]
) -> None:
    """The draft is not saved yet, as the page says."""
    scripted.get_by_role("textbox", name="Targets").fill("ada@example.com")
    Installation(database).policy("checkout-api", ("grace",))
    press(scripted, "Save")
    scripted.get_by_role("link", name="Policies").click()
    expect(scripted.get_by_role("heading", name="Somebody else was faster")).to_be_visible()
    assert dialogs == ["beforeunload"]
    press(scripted, "Save mine instead of theirs")
    expect(scripted.get_by_role("status")).to_contain_text("Saved.")
    assert dialogs == ["beforeunload"]


def test_a_draft_that_is_too_large_is_not_sent(scripted: Page, database: Database) -> None:
    """The server would refuse it, and what was pasted would be lost."""
    targets = scripted.get_by_role("textbox", name="Targets")
    addresses = "\n".join(f"{number:020}@example.com" for number in range(1_000))
    targets.fill(addresses)
    scripted.get_by_role("button", name="Save", exact=True).click()
    assert "more than can be edited" in targets.evaluate("area => area.validationMessage")
    expect(targets).to_have_value(addresses)
    targets.fill("ada@example.com")
    scripted.get_by_role("button", name="Save", exact=True).click()
    expect(scripted.get_by_role("status")).to_contain_text("Saved.")
    assert Installation(database).ports.policies.of("checkout-api") is not None


def test_a_new_level_is_scrolled_into_view_as_a_whole(scripted: Page) -> None:
    """Browsers scroll only to the first line of what has the focus."""
    scripted.set_viewport_size({"width": 1280, "height": 800})
    press(scripted, "Add a level")
    expect(scripted.get_by_role("group", name="Level 2")).to_be_in_viewport(ratio=1)


def test_the_rehearsal_and_the_checks_follow_what_is_typed(scripted: Page) -> None:
    """After a pause, with one request; the field keeps what is typed, and the focus."""
    rehearsals: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            rehearsals.append(request.url)

    scripted.on("request", note)
    targets = scripted.get_by_role("textbox", name="Targets")
    targets.press_sequentially("Ada Lovelace <ada@example.com>, 0612")
    chips = scripted.get_by_role("list", name="Targets of level 1")
    expect(chips).to_contain_text("0612 SMS ✗ not valid")
    expect(scripted.locator("#rehearsed")).to_contain_text("once each level has valid targets")
    expect(scripted.get_by_text("Left out: “Ada Lovelace”")).to_be_visible()
    targets.press("Backspace")
    for _ in range(5):
        targets.press("Backspace")
    expect(scripted.locator("#rehearsed")).to_contain_text("Level 1: ada@example.com")
    scripted.get_by_label("If nobody acknowledges within").fill("1 h")
    expect(scripted.locator("#rehearsed")).to_contain_text("+1 h")
    waits = scripted.get_by_text("This is from before")
    expect(waits).to_be_hidden()
    scripted.get_by_label("If nobody acknowledges within").fill("1 hx")
    expect(waits).to_be_visible()
    expect(scripted.locator("#rehearsed")).to_contain_text("+1 h")
    scripted.get_by_label("If nobody acknowledges within").fill("1 h")
    expect(waits).to_be_hidden()
    expect(targets).to_have_value("Ada Lovelace <ada@example.com>")
    expect(scripted.get_by_label("If nobody acknowledges within")).to_be_focused()
    assert 5 <= len(rehearsals) <= 8  # a slow machine pauses while it types
    press(scripted, "Save")
    expect(scripted.get_by_role("status").first).to_contain_text("Saved.")


def test_a_lost_connection_is_said_beside_save(scripted: Page) -> None:
    """The rehearsal is of what was typed before; it follows again once there is a connection."""
    scripted.context.set_offline(True)
    targets = scripted.get_by_role("textbox", name="Targets")
    targets.fill("ada@example.com")
    offline = scripted.locator("#offline")
    expect(offline).to_contain_text("No connection to Pager")
    scripted.context.set_offline(False)
    targets.fill("grace@example.com")
    expect(scripted.locator("#rehearsed")).to_contain_text("Level 1: grace@example.com")
    expect(offline).to_be_hidden()


def test_what_an_edit_means_for_an_incident_is_asked_although_it_was_shown_beside(
    scripted: Page, database: Database
) -> None:
    """What the script has put there need not have been read."""
    installation = Installation(database)
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    scripted.goto(PATH)
    scripted.get_by_role("textbox", name="Targets").fill("grace@example.com")
    expect(scripted.locator("#running")).to_contain_text("If you save this")
    press(scripted, "Save")
    expect(scripted.get_by_role("alert").filter(has_text="Not saved yet")).to_be_visible()
    press(scripted, "Save")
    expect(scripted.get_by_role("status").first).to_contain_text("Saved.")
