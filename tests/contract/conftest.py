"""What contract tests share: the application on a database."""

import pytest
from fastapi import FastAPI

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
