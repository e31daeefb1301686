"""The worlds of `--store sqlite`, `--store postgresql` and `--store http`, on real databases."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import ColumnElement

from acceptance.http_world import HttpWorld
from acceptance.sql_pager import SqlPager
from acceptance.world import SpecificationWorld
from contract.web.application import KEY, application_on
from databases import SharedDatabase
from pager.adapters.store.core.clock import Now, database_clock


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedDatabase]:
    """The database behind the API."""
    url = f"sqlite:///{tmp_path_factory.mktemp('http') / 'pager.db'}"
    opened = SharedDatabase(lambda: url)
    yield opened
    opened.close()


class ScenarioClock:
    """The clock of the application: that of the scenario which runs."""

    def __init__(self) -> None:
        self.current: Now = database_clock

    def now(self) -> ColumnElement[int]:
        return self.current()


@pytest.fixture(scope="session")
def scenario_clock() -> ScenarioClock:
    """One for all scenarios."""
    return ScenarioClock()


@pytest.fixture(scope="session")
def client(served: SharedDatabase, scenario_clock: ScenarioClock) -> TestClient:
    """A client of the application on it, with its key."""
    headers = {"Authorization": f"Bearer {KEY}"}
    app = application_on(served.database, KEY, now=scenario_clock.now)
    return TestClient(app, headers=headers)


@pytest.fixture
def over_sqlite(shared_sqlite: SharedDatabase) -> SpecificationWorld:
    """A Pager on SQLite."""
    return SpecificationWorld(SqlPager(shared_sqlite))


@pytest.fixture
def over_postgresql(shared_postgresql: SharedDatabase) -> SpecificationWorld:
    """A Pager on PostgreSQL."""
    return SpecificationWorld(SqlPager(shared_postgresql))


@pytest.fixture
def over_http(
    served: SharedDatabase, client: TestClient, scenario_clock: ScenarioClock
) -> SpecificationWorld:
    """A Pager on SQLite, behind its API."""
    pager = SqlPager(served)
    scenario_clock.current = pager.now
    return HttpWorld(pager, client)
