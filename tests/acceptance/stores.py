"""The worlds of `--store sqlite`, `--store postgresql` and `--store http`, on real databases."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from acceptance.http_world import HttpWorld
from acceptance.sql_pager import SqlPager
from acceptance.world import World
from contract.web.application import KEY, application_on
from databases import SharedDatabase


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedDatabase]:
    """The database behind the API."""
    url = f"sqlite:///{tmp_path_factory.mktemp('http') / 'pager.db'}"
    opened = SharedDatabase(lambda: url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(served: SharedDatabase) -> TestClient:
    """A client of the application on it, with its key."""
    headers = {"Authorization": f"Bearer {KEY}"}
    return TestClient(application_on(served.database, KEY), headers=headers)


@pytest.fixture
def over_sqlite(shared_sqlite: SharedDatabase) -> World:
    """A Pager on SQLite."""
    return World(SqlPager(shared_sqlite))


@pytest.fixture
def over_postgresql(shared_postgresql: SharedDatabase) -> World:
    """A Pager on PostgreSQL."""
    return World(SqlPager(shared_postgresql))


@pytest.fixture
def over_http(served: SharedDatabase, client: TestClient) -> World:
    """A Pager on SQLite, behind its API."""
    return HttpWorld(SqlPager(served), client)
