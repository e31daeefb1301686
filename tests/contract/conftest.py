"""What contract tests share: the application on a database, a mail server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from fastapi import FastAPI

from contract.channels.smtp_server import MailServer
from contract.web.application import shared_application
from contract.web.installation import Installation
from pager.adapters.store.core.database import Database


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application on it."""
    return shared_application(database)


@pytest.fixture
def installation(database: Database) -> Installation:
    """Nothing in it yet."""
    return Installation(database)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A real mail server that accepts everything."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a certificate authority that nobody else knows."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path


@pytest.fixture
def one_authority(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other authority is trusted: to read all that a machine trusts takes 40 ms each time."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
