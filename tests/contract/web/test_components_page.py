"""The page of the console's components is generated, accessible, and up to date."""

import pytest
from playwright.sync_api import Browser

from browser import violations
from components_page import PAGE, page


def test_the_page_of_the_components_is_up_to_date() -> None:
    """Otherwise write it again: `PYTHONPATH=tests python -m components_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.proof
def test_the_components_are_accessible(browser: Browser) -> None:
    """Also where no page of the console has them just now."""
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme=scheme, bypass_csp=True) as context:
            shown = context.new_page()
            shown.goto(PAGE.as_uri())
            assert violations(shown) == []
