"""Now as people see it, with seven incidents: what a screen shows, and what is in the eye first."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from contract.web.people import COOKIE
from sample import Sample, sample

pytestmark = pytest.mark.proof

DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)


@pytest.fixture(scope="module")
def served() -> Iterator[Sample]:
    """A team's services: seven of them are in trouble."""
    with sample() as team:
        yield team


@pytest.fixture
def now(browser: Browser, served: Sample, viewport: ViewportSize) -> Iterator[Page]:
    """The page, in a window of that size."""
    with browser.new_context(base_url=served.url, viewport=viewport) as context:
        context.add_cookies([{"name": COOKIE, "value": served.session, "url": served.url}])
        page = context.new_page()
        page.goto("/")
        yield page


def lower_edge(element: Locator) -> float:
    """Pixels from the top of the page."""
    box = element.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize("viewport", [DESK])
def test_seven_incidents_are_on_one_screen(now: Page) -> None:
    """Each with its text, service, age, level, what comes next, and its button."""
    rows = now.get_by_role("article")
    expect(rows).to_have_count(7)
    assert lower_edge(rows.last) < DESK["height"]
    for row in rows.all():
        assert row.locator(".text a").inner_text()
        assert row.locator(".service a").inner_text()
        assert re.fullmatch(r"\d+ min|1 h \d+ min", row.locator(".age time").inner_text())
        assert re.search(r"\d/\d", row.locator(".level").inner_text())
        expect(row.locator("button, summary.button").first).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("viewport", [DESK])
def test_rows_are_low_and_do_not_overlap(now: Page) -> None:
    """At most 56 pixels each, however long the text and the name of the service are."""
    boxes = [row.bounding_box() for row in now.get_by_role("article").all()]
    for box in boxes:
        assert box is not None
        assert box["height"] <= 56


@pytest.mark.parametrize("viewport", [PHONE])
def test_a_phone_shows_the_worst_whole_and_where_the_next_begins(now: Page) -> None:
    """The button is as wide as the row, and 48 pixels high."""
    first, second = now.get_by_role("article").all()[:2]
    expect(first).to_be_in_viewport(ratio=1)
    expect(second.locator(".text")).to_be_in_viewport()
    box = first.get_by_role("button").bounding_box()
    assert box is not None
    assert (box["height"], box["width"] > 300) == (48, True)
    assert now.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("viewport", [DESK])
def test_the_text_of_the_alert_is_the_strongest(now: Page) -> None:
    """No other fact of the row is as heavy or as large."""
    weigh = """element => {
        const style = getComputedStyle(element);
        return [Number(style.fontWeight), parseFloat(style.fontSize)];
    }"""
    row = now.get_by_role("article").nth(1)
    weight, size = row.locator(".text a").evaluate(weigh)
    for fact in (".service a", ".age", ".level", ".next"):
        other_weight, other_size = row.locator(fact).evaluate(weigh)
        assert other_weight < weight
        assert other_size < size


@pytest.mark.parametrize("viewport", [DESK])
def test_a_row_that_is_unfolded_stays_so_while_the_page_refreshes(now: Page) -> None:
    """Its text is whole there, and who was told."""
    row = now.get_by_role("article", name="checkout-api")
    row.locator("summary").click()
    now.evaluate("refresh()")
    expect(row.get_by_text("runbook: https://wiki.example.com/runbooks/latency")).to_be_visible()
    expect(row.get_by_text("grace@example.com ✓ sent")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK])
def test_the_icon_is_red_while_something_is_unanswered(now: Page) -> None:
    """And as usual on a page of accounts."""
    icon = now.locator("#icon")
    expect(icon).to_have_attribute("href", "/console/alarm.svg")
    now.goto("/console/me")
    expect(icon).to_have_attribute("href", "/console/icon.svg")


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_the_menu_of_the_account_opens_and_closes_with_the_keyboard(now: Page) -> None:
    """Escape closes it, and the focus is where it was."""
    menu = now.locator("header details")
    summary = menu.locator("summary")
    summary.press("Enter")
    expect(menu.get_by_role("link", name="API keys")).to_be_visible()
    menu.get_by_role("link", name="API keys").press("Escape")
    expect(menu.get_by_role("link", name="API keys")).to_be_hidden()
    expect(summary).to_be_focused()


@pytest.mark.parametrize("viewport", [DESK])
def test_the_checks_stand_beside_what_they_are_about(now: Page) -> None:
    """In the row of links, and not a second time in the menu."""
    now.get_by_role("navigation", name="Pager").get_by_role("link", name="Checks").click()
    expect(now.get_by_role("heading", name="Checks", level=1)).to_be_visible()
    now.locator("header summary").click()
    expect(now.locator("header details").get_by_role("link", name="Checks")).to_be_hidden()


@pytest.mark.parametrize(
    "viewport", [ViewportSize(width=width, height=800) for width in (320, 390, 500, 641)]
)
def test_the_row_of_links_fits_where_it_is_narrow(now: Page, viewport: ViewportSize) -> None:
    """What has no room in it is in the menu."""
    assert now.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    bar = now.locator("header.top").bounding_box()
    assert bar is not None
    assert bar["height"] < 60
    is_wide = viewport["width"] > 640
    now.locator("header summary").click()
    shown = now.get_by_role("link", name="Checks")
    expect(shown).to_have_count(1)
    expect(now.locator("header details").get_by_role("link", name="Checks")).to_have_count(
        0 if is_wide else 1
    )


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_what_a_button_has_done_is_said_once_and_moves_no_row(now: Page) -> None:
    """Another button would be under the finger; and the address may be opened again later."""
    before = now.get_by_role("article").first.bounding_box()
    now.clock.install()
    now.goto("/?done=late&service=search")
    toast = now.get_by_text("Nothing has changed for search")
    expect(toast).to_be_in_viewport()
    assert now.get_by_role("article").first.bounding_box() == before
    assert now.evaluate("location.search") == ""
    now.clock.run_for(10_000)
    expect(toast).to_be_hidden()
