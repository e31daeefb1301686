"""A newcomer's first page, in a browser, at a person's pace: from the link that the first start
prints to an e-mail that is acknowledged.

`PYTHONPATH=tests python -m first_page` prints each step, and when it was done. The person types
five letters a second, and takes two seconds to find what to press next.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Locator, Page, sync_playwright

from browser import FLAGS, HOW_TO_RUN, chromium
from contract.channels.smtp_server import MailServer
from system.program import Program
from system.test_paging import acknowledge_link, mail_settings
from system.test_people import FIRST, NAME, PASSWORD

LETTER = 0.2
"""Seconds for which a person types a letter."""
LOOK = 2.0
"""Seconds for which a person looks for the next thing to press."""


class Person:
    """Somebody at a browser, who takes `pace` times as long as they would; 0 for no time at all."""

    def __init__(self, page: Page, pace: float) -> None:
        """They look at `page`."""
        self.page = page
        self._pace = pace

    def type(self, label: str, text: str) -> None:
        """Find the field, and type into it."""
        self._field(label).press_sequentially(text, delay=self._pace * LETTER * 1_000)

    def paste(self, label: str, text: str) -> None:
        """Find the field, and paste into it what is in the clipboard already."""
        self._field(label).fill(text)

    def tick(self, label: str) -> None:
        """Find the box, and tick it."""
        self._look()
        self.page.get_by_role("checkbox", name=label).check()

    def choose(self, label: str, option: str) -> None:
        """Find the field, and choose one of what it offers."""
        self._field(label).select_option(label=option)

    def unfold(self, text: str) -> None:
        """Find what is folded, and open it."""
        self._look()
        self.page.locator("summary").get_by_text(text, exact=True).first.click()

    def press(self, name: str, role: str = "button") -> None:
        """Find the button or the link, and press it."""
        self._look()
        self.page.get_by_role("link" if role == "link" else "button", name=name).first.click()

    def _field(self, label: str) -> Locator:
        """Of several fields of that label the last: whatever was just added stands there."""
        self._look()
        return self.page.get_by_label(label, exact=True).last

    def _look(self) -> None:
        time.sleep(self._pace * LOOK)


def steps(person: Person, link: str, mail: MailServer) -> Iterator[str]:
    """Do each step, and say which it was."""
    person.page.goto(link)
    yield "open the link that the first start prints"
    person.type("Name", NAME)
    person.type("Password", PASSWORD)
    person.press("Create the account")
    yield "choose a name and a password"
    person.type("Name of the service", "checkout-api")
    person.press("Choose who is notified")
    yield "name a service"
    person.type("Targets", NAME)
    person.press("Save")
    yield "say who is told, and save"
    person.press(f"Send a test page to {NAME}")
    mail.wait_for_messages(1)
    yield "send a test page: it is in the mailbox"
    person.press("It has arrived: go on", "link")
    person.press("Raise the alert")
    page = mail.wait_for_messages(2)[-1]
    yield "raise an alert: the page is in the mailbox"
    person.page.goto(acknowledge_link(page))
    person.press("Acknowledge")
    person.page.get_by_text("You have it").wait_for()
    yield "open its link, and acknowledge"


def walk(steps: Callable[[Person, str, MailServer], Iterator[str]]) -> None:
    """Do the steps at a person's pace, each from where the one before ended, and print a table.

    They begin with a person, the link that the first start prints, and a mailbox.
    """
    executable = chromium()
    if executable is None:
        sys.exit(HOW_TO_RUN)
    with (
        TemporaryDirectory() as directory,
        MailServer() as mail,
        Program(Path(directory), **mail_settings(mail)) as pager,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=executable, args=[*FLAGS]) as browser,
    ):
        person = Person(browser.new_page(timezone_id="Europe/Paris"), pace=1.0)
        link = pager.wait_for_output(FIRST)[1]
        began = time.monotonic()
        sys.stdout.write("| step | done after |\n| --- | --- |\n")
        for step in steps(person, link, mail):
            sys.stdout.write(f"| {step} | {time.monotonic() - began:.0f} s |\n")


if __name__ == "__main__":
    walk(steps)
