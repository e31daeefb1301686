"""The policy editor in a real browser: by keyboard, without a script, and on a phone."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from browser import violations
from contract.house import CSRF, House, SignedIn
from contract.test_http import application_on
from pager.adapters.http.console.visitor import Visitor
from pager.adapters.sql.database import Database

PATH = "/console/services/checkout-api/policy"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty SQLite database."""
    database = Database(f"sqlite:///{tmp_path / 'pager.db'}")
    yield House(database)
    database.close()


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where a real server listens; whoever comes is Ada, an engineer."""
    app = SignedIn(
        application_on(house.database, None, "127.0.0.1"),
        Visitor("ada@example.com", "engineer", CSRF),
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_a_policy_is_written_by_keyboard_without_a_script(
    browser: Browser,
    url: str,
    house: House,
) -> None:
    """Each press leads to where the next word is typed; Enter in a field saves nothing."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{url}/console/policies")
    page.get_by_label("New policy for the Monitored Service").fill("checkout-api")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Target 1").fill("ada@example.com")
    page.get_by_role("button", name="Add a Level").press("Enter")
    second = page.get_by_role("group", name="Level 2").get_by_role("textbox", name="Target 1")
    expect(second).to_be_focused()
    second.fill("grace@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rehearse")).to_be_focused()
    expect(page.get_by_text("After 15 min")).to_be_visible()
    assert house.ports.policies.of("checkout-api") is None
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert house.ports.policies.of("checkout-api") is not None


def test_an_error_has_the_focus_and_leads_to_its_field(
    browser: Browser,
    url: str,
) -> None:
    """Whoever reads by ear hears it first."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{url}{PATH}")
    page.get_by_role("textbox", name="Target 1").fill("ada")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[role=alert][autofocus]")).to_be_focused()
    page.get_by_role("link", name="Level 1, Target 1").press("Enter")
    expect(page.get_by_role("textbox", name="Target 1")).to_be_focused()
    expect(page.get_by_role("textbox", name="Target 1")).to_have_accessible_description(
        "✗ An email address must have an @-sign. A good e-mail address looks like ada@example.com. "
        "A Target is an e-mail address, or a phone number with its country's code such as "
        "+33612345678, which gets an SMS."
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_a_policy_is_good_for_everybody(
    browser: Browser,
    url: str,
    house: House,
    scheme: Literal["light", "dark"],
) -> None:
    """Axe has nothing against it, and nothing sticks out of a phone."""
    house.policy("checkout-api", ("ada", "grace"), ("edsger",))
    house.policy("checkout-api", ("ada",), ("edsger",))
    context = browser.new_context(
        bypass_csp=True, viewport={"width": 320, "height": 640}, color_scheme=scheme
    )
    page = context.new_page()
    for path in (
        "/console/policies",
        "/console/policies/new?service_id=check+out",
        f"{PATH}?acknowledged=20",
        f"{PATH}?version=1",
        f"{PATH}/history",
        f"{PATH}/history/1",
        f"{PATH}/remove",
    ):
        page.goto(url + path)
        check(page)
    other = context.new_page()
    for tab in (page, other):
        tab.goto(url + PATH)
    page.get_by_role("button", name="Remove Level 2").click()
    page.get_by_role("button", name="Save", exact=True).click()
    other.get_by_role("button", name="Add a Level").click()
    check(other)
    other.get_by_role("button", name="Save", exact=True).click()
    check(other)
    other.get_by_role("button", name="Remove Level 3").click()
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_role("heading", name="Somebody else was faster")).to_be_visible()
    check(other)


def check(page: Page) -> None:
    """It is accessible, and as wide as the screen at most."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
