"""The pages of incidents in a browser: they follow by themselves, and keep what is typed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser import violations
from contract.web.application import shared_application
from contract.web.installation import Installation, alert
from contract.web.people import COOKIE, signed_in
from contract.web.serving import served
from pager import Acknowledgement

pytestmark = pytest.mark.proof

PHONE = ViewportSize(width=390, height=844)
LONG = "Nightly load failed\n" + "a table differs\n" * 60


@pytest.fixture
def page(browser: Browser, installation: Installation) -> Iterator[Page]:
    """The page of an incident with a long text, on a phone."""
    installation.policy("checkout-api", ("ada",), ("linus",))
    installation.receive(alert(message=LONG))
    installation.carry_out()
    app = shared_application(installation.database)
    session = signed_in(app, installation.database, "engineer").cookies[COOKIE]
    with (
        served(app) as url,
        browser.new_context(base_url=url, viewport=PHONE, bypass_csp=True) as context,
    ):
        context.add_cookies([{"name": COOKIE, "value": session, "url": url}])
        page = context.new_page()
        page.goto("/incidents/checkout-api/1")
        yield page


def test_a_note_is_kept_while_it_is_typed_and_the_page_goes_on(
    page: Page, installation: Installation
) -> None:
    """Somebody else acknowledges meanwhile: the page says so, and the note is not lost."""
    expect(page.get_by_role("button", name="Acknowledge")).to_be_in_viewport(ratio=1)
    page.get_by_text("Add a note", exact=True).click()
    page.get_by_label("Your note").fill("It was the disk.")
    installation.receive(Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    expect(page.locator("#story")).to_contain_text("Grace acknowledged")
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(page.get_by_label("Your note")).to_have_value("It was the disk.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#story")).to_contain_text("noted")
    expect(page.locator("#story")).to_contain_text("It was the disk.")


def test_a_long_text_is_scrolled_with_the_keyboard(page: Page) -> None:
    """Axe finds nothing; what comes next stands before the text."""
    assert violations(page) == []
    text = page.get_by_label("What the alert says")
    text.focus()
    expect(text).to_be_focused()
    boxes = [page.locator(part).bounding_box() for part in ("#next", "#text")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] < boxes[1]["y"]
