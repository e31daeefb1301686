"""What the tests of the installed program share."""

from collections.abc import Iterator

import pytest

from contract.channels.smtp_server import MailServer


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server that accepts everything, until it is told otherwise."""
    with MailServer() as server:
        yield server
