"""A newcomer's way to people, schedules and services that use them: each step of it is there."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from contract.channels.smtp_server import MailServer
from first_on_call import SERVICES, steps
from first_page import Person
from system.program import Program
from system.test_paging import mail_settings
from system.test_people import FIRST


@pytest.mark.proof
def test_a_newcomer_sets_up_who_is_on_call_in_eight_steps(browser: Browser, tmp_path: Path) -> None:
    """Twelve people, two schedules and forty services, without leaving the browser."""
    with MailServer() as mail, Program(tmp_path, **mail_settings(mail)) as pager:
        link = pager.wait_for_output(FIRST)[1]
        with browser.new_context(timezone_id="Europe/Paris") as context:
            person = Person(context.new_page(), pace=0)
            assert len([*steps(person, link, mail)]) == 8
        assert len(pager.http.get("/services").raise_for_status().json()) == len(SERVICES)
