"""Phrases of SQL that several of the ports use."""

from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Table, text, true
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

# Advisory locks of PostgreSQL: any numbers, as long as nobody else locks them in this database.
MIGRATIONS = 7_243_701
TEST_PAGES = 7_243_702


def only(column: ColumnElement[T], value: T | None) -> ColumnElement[bool]:
    """Rows with that value; all of them where none is wanted in particular."""
    return true() if value is None else column == value


def insert_if_new(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
    connection: Connection, table: Table
) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves a row with the same key as it is, and returns none then."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def one_at_a_time(  # type: ignore[explicit-any]  # as above
    connection: Connection, table: Table
) -> None:
    """Let nobody else write to the table before this transaction ends; it may be read."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def try_lock(connection: Connection, lock: int) -> bool:
    """Take an advisory lock until this transaction ends; False where another node holds it.

    Nobody waits for another node here: the Alerts in the same transaction would wait as well.
    """
    if connection.dialect.name != "postgresql":  # SQLite has one writer anyway
        return True
    wanted = text("SELECT pg_try_advisory_xact_lock(:lock)")
    taken: bool = connection.execute(wanted, {"lock": lock}).scalar_one()
    return taken
