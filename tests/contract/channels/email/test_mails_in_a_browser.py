"""The HTML of e-mails in a real browser: on a desk, a phone and a watch, light and dark."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from browser import violations
from html_mail import html_of
from sample_emails import MAILS

pytestmark = pytest.mark.proof

SIZES = {1280: 800, 390: 844, 200: 242}
"""A desk, a phone and a watch: width and height in CSS pixels."""


def faults(page: Page) -> list[str]:
    """What axe finds, without the rules on landmarks: the e-mail program has those."""
    return [fault for fault in violations(page) if not fault.startswith(("landmark-", "region:"))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", MAILS)
def test_it_can_be_read_everywhere(
    browser: Browser, name: str, scheme: Literal["light", "dark"]
) -> None:
    """axe finds nothing, contrasts included; no line is wider than the screen."""
    with browser.new_context(color_scheme=scheme, bypass_csp=True) as context:
        page = context.new_page()
        page.set_content(html_of(MAILS[name]))
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") == width
        assert faults(page) == []


@pytest.mark.parametrize("name", [name for name in MAILS if "test" not in name])
def test_the_button_is_in_sight_on_a_phone(browser: Browser, name: str) -> None:
    """And large enough for a thumb."""
    with browser.new_context(viewport={"width": 390, "height": SIZES[390]}) as context:
        page = context.new_page()
        page.set_content(html_of(MAILS[name]))
        box = page.get_by_role("link", name="Acknowledge", exact=True).bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] > 350
        assert box["y"] + box["height"] < SIZES[390] / 2


@pytest.mark.parametrize("name", MAILS)
def test_it_looks_the_same_without_a_style_sheet(browser: Browser, name: str) -> None:
    """Some programs drop it: it only has the dark colours, and that of links."""
    html = html_of(MAILS[name])
    style = html[html.index("<style>") : html.index("</style>")]
    with browser.new_context() as context:
        page = context.new_page()
        heights = []
        for text in (html, html.replace(style, "<style>")):
            page.set_content(text)
            heights.append(page.evaluate("document.documentElement.scrollHeight"))
        assert heights[0] == heights[1]
        assert faults(page) == []
