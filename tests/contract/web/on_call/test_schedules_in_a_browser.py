"""The calendar and the editor with their script, in a real browser."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, Position, ViewportSize, expect

from contract.web.application import application_on
from contract.web.people import COOKIE, signed_in
from contract.web.serving import served
from on_call_sample import DAY, fill
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.oncall.schedules import Schedule

pytestmark = pytest.mark.proof

DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
DATABASE = "/console/schedules/Database"
ELSEWHERE = "Asia/Tokyo"
"""Where the browser is; the schedule is in Paris."""


@pytest.fixture
def page(browser: Browser, database: Database, viewport: ViewportSize) -> Iterator[Page]:
    """A page of Ada's, in a window of that size."""
    fill(database)
    app = application_on(database)
    session = signed_in(app, database, "engineer").cookies[COOKIE]
    with (
        served(app) as url,
        browser.new_context(base_url=url, viewport=viewport, timezone_id=ELSEWHERE) as context,
    ):
        context.add_cookies([{"name": COOKIE, "value": session, "url": url}])
        yield context.new_page()


def drag(page: Page, over: Locator, start: float, end: float) -> None:
    """Drag with the mouse from one part of the element to another, each from 0 to 1."""
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], height)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + end) / 2 * box["width"], height)
    page.mouse.move(box["x"] + end * box["width"], height)
    page.mouse.up()


@pytest.mark.parametrize("viewport", [DESK])
def test_dragging_over_the_calendar_fills_in_the_form(page: Page, database: Database) -> None:
    """The times are those of the schedule, wherever the browser is; what it changes is said."""
    page.goto(DATABASE)
    expect(page.get_by_text("Drag over the calendar")).to_be_visible()
    second_week = page.locator(".week").nth(1)
    monday = datetime.fromisoformat(second_week.get_attribute("data-monday") or "")
    drag(page, second_week.locator(".result .bars"), 2.5 / 7, 3 / 7)
    expect(page.locator("#changes-by-it")).to_contain_text("by you")
    expect(page.locator("#starts")).to_have_value(f"{monday + 2.5 * DAY:%Y-%m-%dT%H:%M}")
    expect(page.locator("#ends")).to_have_value(f"{monday + 3 * DAY:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("It is taken.")).to_be_visible()
    schedule = SqlOnCall(database).versioned(Schedule, "Database").entry
    assert schedule is not None
    newest = schedule.overrides[-1]
    assert newest.person == "Ada Lovelace"
    assert newest.ends_at - newest.starts_at == DAY / 2


@pytest.mark.parametrize("viewport", [DESK])
def test_people_are_dragged_into_another_order_and_the_preview_follows(page: Page) -> None:
    """Without a press of a button; nothing is saved by it."""
    page.goto(f"{DATABASE}/edit")
    items = page.locator(".participants").first.locator("li")
    grip, above = Position(x=2, y=10), Position(x=2, y=3)
    items.nth(2).drag_to(items.nth(0), source_position=grip, target_position=above)
    expect(items.nth(0).locator("input")).to_have_value("Linus Torvalds")
    expect(page.locator("#unsaved")).to_contain_text("1 change, not saved")
    page.locator("#unsaved summary").click()
    expect(page.locator("#unsaved")).to_contain_text("Weekdays: the order is Linus Torvalds, Ada")


@pytest.mark.parametrize("viewport", [PHONE])
def test_a_phone_shows_days_as_lines_and_the_button_first(page: Page) -> None:
    """Nothing is wider than the window; one takes over in two taps."""
    page.goto(DATABASE)
    expect(page.locator(".weeks-of-bars")).to_be_hidden()
    expect(page.locator(".days > li").first).to_be_visible()
    expect(page.get_by_text("Drag over the calendar")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("link", name="I take tonight").click()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("It is taken.")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK])
def test_on_now_a_handover_names_the_zone_of_the_reader(page: Page) -> None:
    """The pages of schedules say it in the zone of the schedule."""
    page.goto("/")
    expect(page.locator(".on-duty time").first).to_contain_text("GMT+9")
