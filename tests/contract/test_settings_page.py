"""The page of all settings is generated, and up to date."""

import re
import tomllib

from pager.settings import Settings, describe
from settings_page import INTRODUCTION, PAGE, page

SETTING = re.compile(r"\bPAGER_[A-Z_]+\b")


def test_the_page_of_the_settings_is_up_to_date() -> None:
    """Otherwise write it again: `PYTHONPATH=tests python -m settings_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_example_of_a_file_can_be_loaded() -> None:
    """As it stands on the page."""
    example = INTRODUCTION.partition("```toml\n")[2].partition("```")[0]
    settings = Settings(**tomllib.loads(example))
    assert settings.mail_relays == 16


OTHERS = {"PAGER_TEST_DATABASE_URL", "PAGER_URL"}
"""What tests read, and the commands that ask a server."""


def test_every_setting_that_a_document_names_is_there() -> None:
    """A name that is misspelt is not read."""
    top = PAGE.parents[1]
    documents = [*top.glob("*.md"), *top.glob("docs/*.md")]
    named = {
        name for document in documents for name in SETTING.findall(document.read_text("utf-8"))
    }
    settings = {setting.name for setting in describe()}
    in_files = {f"{name}_FILE" for name in settings}
    assert named - OTHERS <= settings | in_files
