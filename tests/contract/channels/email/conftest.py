"""A mail server that accepts everything, and SmtpMail that sends to it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from contract.channels.email.sending import (
    Tls,
    mail_to,
)
from contract.channels.smtp_server import (
    MailServer,
)
from pager.adapters.channels.email.mail import SmtpMail


@pytest.fixture(scope="module")
def tls() -> Tls:
    """Certificates are slow to make: one set is enough."""
    return Tls()


@pytest.fixture
def mail(server: MailServer) -> Iterator[SmtpMail]:
    """Mail by that server."""
    with closing(mail_to(server.port)) as mail:
        yield mail
