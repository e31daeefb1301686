"""The console, as those read and edit it who are on call."""

import pytest
from fastapi import FastAPI

from contract.web.application import shared_application
from contract.web.people import Browser, signed_in
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application."""
    return shared_application(database)


@pytest.fixture
def ada(app: FastAPI, database: Database) -> Browser:
    """Ada, who is an engineer."""
    return signed_in(app, database, "engineer")


@pytest.fixture
def on_call(database: Database) -> SqlOnCall:
    """What is stored."""
    return SqlOnCall(database)
