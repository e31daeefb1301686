"""Statements that are compiled once: they do what SQLAlchemy does with all others."""

from contextlib import ExitStack
from typing import Literal, cast

import psycopg
import pytest
from sqlalchemy import Connection, event, func, insert, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import page_texts, timers
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.core.writer import begin
from pager.adapters.store.dialects import dialect_of, dialect_of_url

SECRET = "the password is hunter2"
ROWS = [("checkout-api", 1, 1, SECRET), ("login", 1, 2, SECRET)]


def _add(parts: Parts) -> ClauseElement:
    given = parts.rows(*page_texts.c)
    return insert(page_texts).from_select(given.c.keys(), select(*given.c))


ADD: Statement[None] = Statement(_add)
GIVEN: Statement[tuple[str, int, int | None, bool]] = Statement(
    lambda parts: select(
        *parts.rows(
            *(timers.c.service_id, timers.c.incident, timers.c.due_at, timers.c.is_expiry)
        ).c
    )
)
COUNT: Statement[tuple[int]] = Statement(lambda _: select(func.count()).select_from(page_texts))


def test_a_statement_works_on_many_rows(either_database: Database) -> None:
    """It returns no row where it has no result."""
    assert either_database.write(lambda connection: ADD.run(connection, ROWS)) == []
    assert either_database.read(COUNT.run) == [(2,)]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 256, 257])
def test_a_statement_is_given_just_its_rows(either_database: Database, number: int) -> None:
    """However many they are: where they are few, and where they are JSON."""
    rows = [(f"'{at}\n\"é", at, None, bool(at % 2)) for at in range(number)]
    assert either_database.read(lambda connection: GIVEN.run(connection, rows)) == rows


def test_the_first_statement_of_a_connection_begins_its_transaction(
    either_database: Database,
) -> None:
    """All reads after it see the same snapshot: nothing that was committed since."""

    def read(connection: Connection) -> list[int]:
        [(before,)] = COUNT.run(connection)
        either_database.write(lambda other: ADD.run(other, ROWS))
        [(after,)] = COUNT.run(connection)
        return [before, after]

    assert either_database.read(read) == [0, 0]
    assert either_database.read(COUNT.run) == [(2,)]


def test_what_the_database_does_not_take_is_an_error_of_sqlalchemy(
    either_database: Database,
) -> None:
    """As those who answer and log it expect; and what an Alert says is not in it."""
    with pytest.raises(IntegrityError) as refused:
        either_database.write(lambda connection: ADD.run(connection, [*ROWS, *ROWS]))
    assert refused.value.orig is not None
    assert SECRET not in str(refused.value)
    assert either_database.read(COUNT.run) == [(0,)]


def test_the_error_of_what_was_only_sent_is_raised_in_the_end(either_database: Database) -> None:
    """Nothing of the transaction is committed."""

    def add_twice(connection: Connection) -> None:
        with dialect_of(connection).pipelined(connection):
            ADD.run(connection, ROWS)
            ADD.run(connection, ROWS)

    with pytest.raises(IntegrityError) as refused:
        either_database.write(add_twice)
    assert SECRET not in str(refused.value)
    assert either_database.read(COUNT.run) == [(0,)]


def test_a_savepoint_takes_back_a_statement_that_failed(either_database: Database) -> None:
    """The transaction goes on as if it had not been run."""

    def add(connection: Connection) -> list[tuple[int]]:
        ADD.run(connection, ROWS[:1])
        savepoint = connection.begin_nested()
        with pytest.raises(IntegrityError):
            ADD.run(connection, ROWS)
        savepoint.rollback()
        ADD.run(connection, ROWS[1:])
        return COUNT.run(connection)

    assert either_database.write(add) == [(2,)]


def test_what_was_only_sent_is_written(either_database: Database) -> None:
    """Before anything that is run afterwards."""

    def add(connection: Connection) -> list[tuple[int]]:
        with dialect_of(connection).pipelined(connection):
            ADD.run(connection, ROWS[:1])
            ADD.run(connection, ROWS[1:])
        return COUNT.run(connection)

    assert either_database.write(add) == [(2,)]


@pytest.mark.parametrize("way", ["read", "write"])
def test_a_statement_whose_connection_is_lost_is_an_error_of_sqlalchemy(
    postgresql_database: str, way: Literal["read", "write"], caplog: pytest.LogCaptureFixture
) -> None:
    """The next one has another connection, and the log needs no traceback for it."""
    database, other = Database(postgresql_database), Database(postgresql_database)

    def cut_off(connection: Connection) -> None:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        end = text(f"SELECT pg_terminate_backend({pid}, 10000)")
        other.read(lambda another: another.execute(end).all())
        COUNT.run(connection)

    do = database.read if way == "read" else database.write
    with pytest.raises(OperationalError) as lost:
        do(cut_off)
    assert lost.value.connection_invalidated
    # The first error is said, not what followed.
    assert "the connection is closed" not in str(lost.value)
    assert do(COUNT.run) == [(0,)]
    assert [record for record in caplog.records if record.exc_info] == []
    for each in (database, other):
        each.close()


@pytest.mark.parametrize("ending", [False, True], ids=["goes on", "is closed"])
def test_a_writer_whose_connection_was_lost_while_it_was_idle_loses_nothing(
    postgresql_database: str, caplog: pytest.LogCaptureFixture, *, ending: bool
) -> None:
    """Nobody asks whether it is still there: a transaction that cannot begin is begun again."""
    database, other = Database(postgresql_database), Database(postgresql_database)
    pid = database.write(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one())
    end = text(f"SELECT pg_terminate_backend({pid}, 10000)")
    other.read(lambda connection: connection.execute(end).all())
    if not ending:
        assert database.write(COUNT.run) == [(0,)]
    for each in (database, other):
        each.close()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("moment", ["it is new", "its transaction begins"])
def test_a_connection_that_is_lost_in_an_odd_moment_is_replaced(
    postgresql_database: str, moment: str
) -> None:
    """It gives up its place: a writer has one connection."""
    url, other = make_url(postgresql_database), Database(postgresql_database)
    engine = dialect_of_url(url).writer(url)
    lost: list[int] = []

    def cut_off(driver: psycopg.Connection) -> None:
        if not lost:
            lost.append(driver.info.backend_pid)
            end = text(f"SELECT pg_terminate_backend({lost[0]}, 10000)")
            other.read(lambda another: another.execute(end).all())

    if moment == "it is new":
        # Before what Pager itself asks such a connection.
        event.listen(engine, "connect", lambda driver, _: cut_off(driver), insert=True)
    else:
        event.listen(engine, "after_cursor_execute", lambda c, *_: cut_off(driver_of(c)))

    with ExitStack() as stack:
        assert COUNT.run(begin(engine, stack)) == [(0,)]
    engine.dispose()
    other.close()


def test_what_a_reader_has_prepared_stays_so(postgresql_database: str) -> None:
    """It asks the same again and again; after a rollback psycopg would prepare it anew."""
    database = Database(postgresql_database)
    count = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%page_texts%'")
    database.read(COUNT.run)
    assert database.read(lambda connection: connection.execute(count).scalar_one()) == 1
    database.close()


def test_in_a_pipeline_nobody_waits(postgresql_database: str) -> None:
    """The connection is in the server's pipeline mode, and not afterwards."""
    database = Database(postgresql_database)
    assert database.write(pipeline_modes) == ["ON", "OFF"]
    database.close()


def test_in_a_pipeline_nobody_waits_for_the_first_statement_either(
    postgresql_database: str,
) -> None:
    """What is wrong with it is only known in the end."""
    database = Database(postgresql_database)
    went_on: list[bool] = []

    def add(connection: Connection) -> None:
        with dialect_of(connection).pipelined(connection):
            ADD.run(connection, [*ROWS, *ROWS])
            went_on.append(True)

    with pytest.raises(IntegrityError):
        database.write(add)
    assert went_on
    database.close()


def driver_of(connection: Connection) -> psycopg.Connection:
    """The driver's connection."""
    return cast("psycopg.Connection", connection.connection.driver_connection)


def pipeline_modes(connection: Connection) -> list[str]:
    """Of the connection in a pipeline, and after it."""
    driver = driver_of(connection)
    with dialect_of(connection).pipelined(connection):
        meanwhile = driver.info.pipeline_status.name
    return [meanwhile, driver.info.pipeline_status.name]
