"""A newcomer's way to the first page: each step of it is there."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from contract.channels.smtp_server import MailServer
from first_page import Person, steps
from system.program import Program
from system.test_paging import mail_settings
from system.test_people import FIRST


@pytest.mark.proof
def test_a_newcomer_has_a_page_acknowledged_in_seven_steps(
    browser: Browser, tmp_path: Path
) -> None:
    """From the link of the first start, without leaving the browser and the mailbox."""
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        link = pager.wait_for_output(FIRST)[1]
        with browser.new_context() as context:
            person = Person(context.new_page(), pace=0)
            assert len([*steps(person, link, mail)]) == 7
        assert pager.service("checkout-api")["acknowledged"] is True
