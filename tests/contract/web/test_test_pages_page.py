"""The page that sends test pages, by real mail."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from contract.channels.smtp_server import WAIT_TIMEOUT, MailServer
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

PATH = "/console/services/checkout-api/policy/test"
ADA, PHONE = EmailTarget(address="Ada@example.com"), SmsTarget(phone_number="+33612345678")


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A real mail server that accepts everything."""
    with MailServer() as server:
        yield server


@pytest.fixture
def database(database: Database) -> Database:
    """Checkout-api has a policy."""
    levels = (Level(targets=(ADA, PHONE)), Level(targets=(ADA,)))
    policy = EscalationPolicy(service_id="checkout-api", levels=levels)
    SqlEscalationPolicies(database).put(policy)
    return database


@pytest.fixture
def test_pages(server: MailServer, database: Database) -> Iterator[TestPageSender]:
    """By that mail server; there is no provider for SMS."""
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
    """It says that it is one, and by whom; each Target is listed once."""
    page = FormPage(ada, ada.get(PATH))
    to_ada, to_phone = "Send a test page to ada@example.com", "Send a test page to +33612345678"
    assert page.buttons == ["Sign out", to_ada, to_phone]
    page = page.press(to_ada)
    assert "The mail server took it: look in the inbox of ada@example.com." in page.text
    [received] = server.wait_for_messages(1)
    assert received.message["To"] == "Ada@example.com"
    assert "[TEST]" in received.message["Subject"]
    assert "Sent by: ada@example.com" in received.text


def test_what_went_wrong_is_said(ada: Browser) -> None:
    """In the provider's words, or in ours where there is none."""
    page = FormPage(ada, ada.get(PATH)).press("Send a test page to +33612345678")
    assert page.response.status_code == 502
    assert "No test page was sent. +33612345678: " in page.text
    assert "PAGER_TWILIO_ACCOUNT_SID" in page.text


def test_nobody_is_flooded(ada: Browser, server: MailServer) -> None:
    """A second one at once is refused, and says when."""
    page = FormPage(ada, ada.get(PATH)).press("Send a test page to ada@example.com")
    page = page.press("Send a test page to ada@example.com")
    assert page.response.status_code == 429
    assert "try again in" in page.text
    assert len(server.messages) == 1


@pytest.mark.parametrize("target", ["", "eve@example.com", "<script>alert(1)</script>", "a" * 9999])
def test_nobody_else_is_written_to(ada: Browser, server: MailServer, target: str) -> None:
    """Only Targets of the policy as it is stored are."""
    answer = ada.submit(PATH, target=target)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert server.messages == []


def test_only_engineers_send_them(
    ada: Browser, database: Database, test_pages: TestPageSender, server: MailServer
) -> None:
    """By a form of their own."""
    app = application_on(database, test_pages=test_pages)
    viewer = signed_in(app, database, "viewer", "vera@example.com")
    assert viewer.get(PATH).status_code == 403
    assert viewer.submit(PATH, target="ada@example.com").status_code == 403
    assert ada.submit(PATH, target="ada@example.com", csrf="forged").status_code == 403
    assert server.messages == []


def test_a_service_without_a_policy_says_what_comes_first(ada: Browser) -> None:
    """A policy."""
    answer = ada.get("/console/services/other/policy/test")
    assert "write one first" in answer.text
