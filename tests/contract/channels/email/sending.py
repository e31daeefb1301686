"""Pages, and SmtpMail that sends them to a server of the test's."""

import ssl
from dataclasses import replace
from datetime import timedelta

import trustme

from contract.channels.smtp_server import (
    Dialogue,
    MailServer,
)
from pager import EmailTarget, Notification
from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.test_page import TestPage
from pager.ports import Mail
from pager.timeouts import FIRST_TIMEOUT

INSTALLATION = b"this one"
SENDER = "Pager <pager@example.com>"
MESSAGE = "p99 latency above 3 s"
NO_SUCH_USER = "550 5.1.1 No such user here"
ADA = EmailTarget(address="ada@example.com")
TEST_PAGE = TestPage(target=ADA, service_id="checkout-api", sent_by="grace@example.com")
CODE = CodeMessage(target=ADA, person="Ada Lovelace", sent_by="grace@example.com", code="042137")


class MonotonicClock:
    """Monotonic seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.calls = 0

    def __call__(self) -> float:
        self.calls += 1
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by.total_seconds()


class Tls:
    """A certificate for 127.0.0.1, and a client that trusts who signed it."""

    def __init__(self) -> None:
        authority = trustme.CA()
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(self.server)
        self.client = ssl.create_default_context()
        authority.configure_trust(self.client)


def link(notification: Notification) -> str:
    """An acknowledge link."""
    return f"https://pager.example.com/ack/{notification.service_id}/{notification.incident}?t=x"


def page(
    message: str = MESSAGE,
    *,
    to: str = "ada@example.com",
    incident: int = 1,
    level: int = 1,
    service_id: str = "checkout-api",
) -> Notification:
    """A page."""
    return Notification(
        service_id=service_id,
        incident=incident,
        level=level,
        target=EmailTarget(address=to),
        message=message,
    )


def send(mail: Mail, notification: Notification) -> str:
    """Send a page to its own Target."""
    assert isinstance(notification.target, EmailTarget)
    return mail.send(notification.target, notification)


def mail_to(port: int, first_timeout: timedelta = FIRST_TIMEOUT) -> SmtpMail:
    """Mail by a plain server on this machine."""
    here = SmtpServer("127.0.0.1", port, "none")
    return SmtpMail(here, SENDER, link, INSTALLATION, first_timeout)


def mail_for(
    server: MailServer, tls: Tls, *, user: str | None = None, password: str | None = None
) -> SmtpMail:
    """Mail by a server whose certificate is trusted."""
    reached = replace(SmtpServer.from_url(server.url), user=user, password=password)
    return SmtpMail(reached, SENDER, link, INSTALLATION, tls=tls.client)


def hang_up_after_final_dot(dialogue: Dialogue) -> None:
    """Take the whole message, and end the connection without an answer."""
    dialogue.serve_until("DATA")
    dialogue.take_message()


def accept_everything(dialogue: Dialogue) -> None:
    """Be a good server."""
    dialogue.serve_until("QUIT")
    dialogue.send("221 Bye\r\n")


def mail_within_20_seconds(clock: MonotonicClock, port: int) -> SmtpMail:
    """Mail whose time-out goes by `clock`."""
    here = SmtpServer("127.0.0.1", port, "none")
    return SmtpMail(here, SENDER, link, INSTALLATION, timedelta(seconds=20), clock=clock)
