"""The living page in a real browser: people read it, search it and print it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from acceptance.specification import titles
from browser import violations
from living_page.conftest import Spec

pytestmark = pytest.mark.proof


@pytest.fixture
def page(browser: Browser, spec: Spec) -> Iterator[Page]:
    """The page, opened."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(spec.page.as_uri())
    yield page
    page.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_the_page_is_for_everybody(browser: Browser, spec: Spec, scheme: str, width: int) -> None:
    """Axe finds nothing, and nothing is wider than the window, with everything unfolded."""
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    page.goto(spec.page.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert violations(page) == []
    inside = page.evaluate("document.documentElement.clientWidth")  # without the scroll bar
    assert page.evaluate("document.documentElement.scrollWidth") == inside
    page.close()


def test_the_page_needs_no_other_file(browser: Browser, spec: Spec) -> None:
    """So it can be sent by mail, and opened in ten years."""
    page = browser.new_page()
    requests, messages = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(spec.page.as_uri())
    assert requests == [spec.page.as_uri()]
    assert messages == []
    page.close()


def test_searching_leaves_what_has_every_word(page: Page) -> None:
    """Scenarios and steps, and it says how many; nothing else is in the way."""
    words = "mail server DOWN escalation"
    texts = page.locator("article").evaluate_all("found => found.map(one => one.textContent)")
    expected = [
        text for text in texts if all(word in text.lower() for word in words.lower().split())
    ]
    page.get_by_label("Search the scenarios").fill(words)
    expect(page.get_by_role("status")).to_have_text(f"{len(expected)} scenarios, 0 steps and nouns")
    shown = page.locator("article:visible")
    assert shown.evaluate_all("found => found.map(one => one.textContent)") == expected
    assert 1 < len(expected) < len(texts)
    assert shown.locator("h3").all_inner_texts()[:2] == [
        "A mail server that is down holds up neither the SMS nor the escalation",
        "A page that was not sent yet is still sent after the escalation",
    ]
    with_hits = page.locator("main > section:has(article:not([hidden]))")
    assert page.locator("h2:visible").count() == with_hits.count()
    page.get_by_label("Search the scenarios").fill("")
    assert page.locator("article:visible").count() == len([*titles()])


def test_without_script_everything_is_there(browser: Browser, spec: Spec) -> None:
    """Only the search is not."""
    page = browser.new_page(java_script_enabled=False)
    page.goto(spec.page.as_uri())
    assert page.locator("article:visible h3").all_inner_texts() == [title for title, _ in titles()]
    assert page.locator("input:visible").count() == 0
    page.close()


def test_the_seven_scenarios_of_the_brief_are_marked(page: Page) -> None:
    """Seven, and no more."""
    assert page.locator("article", has_text="the brief, word for word").count() == 7


def test_on_paper_each_scenario_stands_with_its_result(page: Page) -> None:
    """And without what can only be clicked."""
    page.emulate_media(media="print")
    assert page.locator("article:visible", has_text="✓ holds").count() == len([*titles()])
    assert page.locator("article details:visible, input:visible").count() == 0


def test_what_happened_is_unfolded_by_keyboard(page: Page) -> None:
    """Down to who was notified."""
    scenario = page.locator("article", has_text="A Level may have a delay of its own")
    scenario.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(scenario.locator("details")).to_contain_text("Barbara by SMS: incident 1, Level 3")
