"""The pipeline: what it answers without FastAPI, which it is outside of."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import Response

from contract.web.application import KEY, check_problem, shared_application
from pager.adapters.store.core.database import Database
from pager.adapters.web.auth.principals import Program
from pager.adapters.web.callers import ALERTER
from pager.adapters.web.pipeline import Pipeline, Steps

AUTHORIZED = {"authorization": f"Bearer {KEY}"}


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application."""
    return shared_application(database, KEY)


@pytest.fixture
def faulty(app: FastAPI) -> Pipeline:
    """A pipeline whose endpoint for Alerts has a fault."""
    steps: Steps = app.state.steps

    async def alerts(_request: Request, _program: Program) -> Response:
        raise ZeroDivisionError

    return Pipeline(app, steps._replace(short_path={ALERTER: alerts}))


def test_a_fault_in_an_endpoint_of_the_short_path_is_answered(faulty: Pipeline) -> None:
    """500, as everywhere: with problem details, and with the security headers."""
    client = TestClient(faulty, raise_server_exceptions=False, headers=AUTHORIZED)
    answer = client.post("/alerts", json={})
    check_problem(answer, 500, "its log has the details")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_fault_in_an_endpoint_of_the_short_path_is_logged(faulty: Pipeline) -> None:
    """It is raised once it is answered: uvicorn logs it."""
    with pytest.raises(ZeroDivisionError):
        TestClient(faulty, headers=AUTHORIZED).post("/alerts", json={})
