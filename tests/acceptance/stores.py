"""The worlds of `--store sqlite`, `--store postgresql` and `--store http`, on real databases."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from acceptance.http_world import HttpWorld
from acceptance.sql_pager import OpenDatabase, SqlPager
from acceptance.world import World
from contract.web.application import KEY, application_on
from databases import new_database


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenDatabase]:
    """A database file, for all the scenarios one after the other."""
    opened = OpenDatabase(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'pager.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgresql_of_scenarios(postgresql: str, postgresql_template: str) -> Iterator[OpenDatabase]:
    """A database of its own on the server, for all the scenarios one after the other."""
    with new_database(postgresql, postgresql_template) as url:
        opened = OpenDatabase(url)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenDatabase]:
    """The database behind the API."""
    opened = OpenDatabase(f"sqlite:///{tmp_path_factory.mktemp('http') / 'pager.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(served: OpenDatabase) -> TestClient:
    """A client of the application on it, with its key."""
    headers = {"Authorization": f"Bearer {KEY}"}
    return TestClient(application_on(served.database, KEY), headers=headers)


@pytest.fixture
def over_sqlite(sqlite: OpenDatabase) -> World:
    """A Pager on SQLite."""
    return World(SqlPager(sqlite))


@pytest.fixture
def over_postgresql(postgresql_of_scenarios: OpenDatabase) -> World:
    """A Pager on PostgreSQL."""
    return World(SqlPager(postgresql_of_scenarios))


@pytest.fixture
def over_http(served: OpenDatabase, client: TestClient) -> World:
    """A Pager on SQLite, behind its API."""
    return HttpWorld(SqlPager(served), client)
