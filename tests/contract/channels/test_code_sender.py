"""Sending verification codes: by real mail, and what the audit log says."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from io import StringIO

import pytest
from rich.console import Console

from contract.channels.email.sending import NO_SUCH_USER, link, mail_to
from contract.channels.smtp_server import MailServer
from pager import DeliveryRefused, EmailTarget, SmsTarget
from pager.access.verification_codes import TooManyCodes
from pager.adapters.channels.code_sender import CodeSender
from pager.adapters.channels.terminal import OnlyShown, TerminalPages
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.oncall.verification_codes import SqlVerificationCodes
from pager.model import Target
from pager.oncall.people import ContactMethod, Person
from pager.oncall.verification import NotReachedThere

ADA, GRACE = "Ada Lovelace", "grace@example.com"
MAIL, PHONE = EmailTarget(address="ada@example.com"), SmsTarget(phone_number="+33612345678")


@pytest.fixture
def terminal() -> StringIO:
    """What Pager shows where it runs."""
    return StringIO()


@pytest.fixture
def sender(database: Database, server: MailServer, terminal: StringIO) -> Iterator[CodeSender]:
    """Codes by that mail server; SMS is not set up. Ada is somebody who can be on call."""
    methods = tuple(ContactMethod(target=target) for target in (MAIL, PHONE))
    SqlOnCall(database).put(Person(name=ADA, contact_methods=methods))
    sms = TerminalPages(Console(file=terminal), link, "SMS is not set up")
    with (
        closing(mail_to(server.port)) as mail,
        closing(CodeSender(database, mail, sms)) as sender,
    ):
        yield sender


def send(sender: CodeSender, target: Target = MAIL) -> str:
    """Send a code, and wait for what becomes of it."""
    return asyncio.run(sender.send(ADA, target, GRACE))


def code_in(text: str) -> str:
    """The code in a message."""
    match = re.search(r"code is (\d{3}) (\d{3})", text)
    assert match is not None
    return match[1] + match[2]


def log(database: Database) -> list[tuple[str, str, str, str]]:
    """All of the audit log, the oldest first: author, action, subject and detail."""
    return [
        (entry.author, entry.action, entry.subject, entry.detail)
        for entry in reversed(SqlAuditLog(database).last(100))
    ]


def test_the_code_that_comes_is_the_one_that_works(
    sender: CodeSender, server: MailServer, database: Database
) -> None:
    """And the audit log says who let it be sent, and not which it is."""
    receipt = send(sender)
    [received] = server.messages
    code = code_in(received.text)
    assert (received.recipients, received.message["Message-ID"]) == (["ada@example.com"], receipt)
    assert log(database) == [
        (GRACE, "code made", "ada@example.com", "for Ada Lovelace"),
        (GRACE, "code sent", "ada@example.com", receipt),
    ]
    assert code not in str(log(database))
    SqlVerificationCodes(database).verify("ada", ADA, "ada@example.com", code)


def test_a_refusal_is_told_and_kept(
    sender: CodeSender, server: MailServer, database: Database
) -> None:
    """In the words of the mail server: that address is wrong."""
    server.answer("RCPT", NO_SUCH_USER)
    with pytest.raises(DeliveryRefused, match=NO_SUCH_USER):
        send(sender)
    assert [action for _, action, _, _ in log(database)] == ["code made", "code failed"]
    assert NO_SUCH_USER in log(database)[-1][3]


def test_without_a_provider_the_code_is_shown_where_pager_runs(
    sender: CodeSender, terminal: StringIO, database: Database
) -> None:
    """It works all the same."""
    with pytest.raises(OnlyShown, match="SMS is not set up"):
        send(sender, PHONE)
    code = code_in(terminal.getvalue())
    SqlVerificationCodes(database).verify("ada", ADA, PHONE.key, code)


def test_what_is_over_the_limit_is_not_sent(sender: CodeSender, server: MailServer) -> None:
    """Nothing leaves, so no phone rings all night."""
    for _ in range(3):
        send(sender)
    with pytest.raises(TooManyCodes):
        send(sender)
    assert len(server.messages) == 3


def test_strangers_get_no_code(sender: CodeSender, server: MailServer, database: Database) -> None:
    """Only how a person is reached does."""
    with pytest.raises(NotReachedThere):
        send(sender, EmailTarget(address="eve@example.com"))
    assert (server.messages, log(database)) == ([], [])
