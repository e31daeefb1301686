"""Statements that are compiled once: they do what SQLAlchemy does with all others."""

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import page_texts
from pager.adapters.store.core.statements import Parts, Statement

SECRET = "the password is hunter2"
ROWS = [("checkout-api", 1, 1, SECRET), ("login", 1, 2, SECRET)]


def _add(parts: Parts) -> ClauseElement:
    given = parts.rows(*page_texts.c)
    return insert(page_texts).from_select(given.c.keys(), select(*given.c))


ADD: Statement[None] = Statement(_add)
COUNT: Statement[tuple[int]] = Statement(lambda _: select(func.count()).select_from(page_texts))


def test_a_statement_works_on_many_rows(either_database: Database) -> None:
    """Which are one parameter; it returns no row where it has no result."""
    assert either_database.write(lambda connection: ADD.run(connection, ROWS)) == []
    assert either_database.read(COUNT.run) == [(2,)]


def test_the_first_statement_of_a_connection_begins_its_transaction(
    either_database: Database,
) -> None:
    """What is read after it is of the same snapshot, and is as nothing was committed since."""

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
