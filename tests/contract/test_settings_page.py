"""The page of all settings is generated, and up to date."""

import tomllib

from pager.settings import Settings
from settings_page import INTRODUCTION, PAGE, page


def test_the_page_of_the_settings_is_up_to_date() -> None:
    """Otherwise write it again: `PYTHONPATH=tests python -m settings_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_example_of_a_file_can_be_loaded() -> None:
    """As it stands on the page."""
    example = INTRODUCTION.partition("```toml\n")[2].partition("```")[0]
    settings = Settings(**tomllib.loads(example))
    assert settings.mail_relays == 16
