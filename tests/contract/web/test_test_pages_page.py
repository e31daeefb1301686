"""The page that sends test pages, with a real mail server."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from contract.channels.smtp_server import MailServer
from contract.web.application import LINKS, application_on
from contract.web.forms import FormPage
from contract.web.people import Browser, signed_in
from pager import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.terminal import TerminalPages
from pager.adapters.channels.test_page_sender import TestPageSender
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from waiting import WAIT_TIMEOUT

PATH = "/console/services/checkout-api/policy/test"
ADA, PHONE = EmailTarget(address="Ada@example.com"), SmsTarget(phone_number="+33612345678")


@pytest.fixture
def database(database: Database) -> Database:
    """A database with a policy for checkout-api."""
    levels = (Level(targets=(ADA, PHONE)), Level(targets=(ADA,)))
    policy = EscalationPolicy(service_id="checkout-api", levels=levels)
    SqlEscalationPolicies(database).put(policy)
    return database


@pytest.fixture
def test_pages(server: MailServer, database: Database) -> Iterator[TestPageSender]:
    """A sender that uses the mail server; SMS is not set up."""
    smtp = SmtpServer("127.0.0.1", server.port, "none")
    mail = SmtpMail(smtp, "pager@example.com", LINKS.link, b"x", timedelta(seconds=WAIT_TIMEOUT))
    sms = TerminalPages(Console(file=StringIO()), LINKS.link, "PAGER_TWILIO_ACCOUNT_SID")
    with closing(mail), closing(TestPageSender(database, mail, sms)) as test_pages:
        yield test_pages


@pytest.fixture
def ada(database: Database, test_pages: TestPageSender) -> Browser:
    """The browser of an engineer."""
    return signed_in(application_on(database, test_pages=test_pages), database, "engineer")


def test_a_test_page_arrives(ada: Browser, server: MailServer) -> None:
    """It says that it is a test, and who sent it; each Target is listed once."""
    page = FormPage(ada, ada.get(PATH))
    to_ada, to_phone = "Send a test page to ada@example.com", "Send a test page to +33612345678"
    assert page.buttons == ["Sign out", to_ada, to_phone]
    page = page.press(to_ada)
    assert "The mail server took it: look in the inbox of ada@example.com." in page.text
    [received] = server.wait_for_messages(1)
    assert received.message["To"] == "Ada@example.com"
    assert "[TEST]" in received.message["Subject"]
    assert "Sent by: ada@example.com" in received.text


def test_a_page_that_could_not_be_sent_has_its_error(ada: Browser) -> None:
    """502, and which setting is missing."""
    page = FormPage(ada, ada.get(PATH)).press("Send a test page to +33612345678")
    assert page.response.status_code == 502
    assert "No test page was sent. +33612345678: " in page.text
    assert "PAGER_TWILIO_ACCOUNT_SID" in page.text


def test_test_pages_are_limited(ada: Browser, server: MailServer) -> None:
    """429 for a second one at once, and when to try again."""
    page = FormPage(ada, ada.get(PATH)).press("Send a test page to ada@example.com")
    page = page.press("Send a test page to ada@example.com")
    assert page.response.status_code == 429
    assert "try again in" in page.text
    assert len(server.messages) == 1


@pytest.mark.parametrize("target", ["", "eve@example.com", "<script>alert(1)</script>", "a" * 9999])
def test_only_targets_of_the_policy_are_sent_test_pages(
    ada: Browser, server: MailServer, target: str
) -> None:
    """404 for anybody who is not in the stored policy."""
    answer = ada.submit(PATH, target=target)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert server.messages == []


def test_only_engineers_send_them(
    ada: Browser, database: Database, test_pages: TestPageSender, server: MailServer
) -> None:
    """And not with a forged form."""
    app = application_on(database, test_pages=test_pages)
    viewer = signed_in(app, database, "viewer", "vera@example.com")
    assert viewer.get(PATH).status_code == 403
    assert viewer.submit(PATH, target="ada@example.com").status_code == 403
    assert ada.submit(PATH, target="ada@example.com", csrf="forged").status_code == 403
    assert server.messages == []


def test_a_service_without_a_policy_links_to_the_editor(ada: Browser) -> None:
    """A policy comes first."""
    answer = ada.get("/console/services/other/policy/test")
    assert '<a href="/console/services/other/policy">write one first</a>' in answer.text
