"""How nodes lock, so that no two of them wait for each other in a circle.

- The writer does the jobs of one transaction in the order of their lock keys (`Database.submit`),
  so every node locks rows in the same order.
- Whoever must look at several rows of a table before adding one locks the table first:
  `lock_table`.
- Nobody waits for an advisory lock (`try_lock_test_pages`), except a node that starts, to migrate.

On SQLite all of this does nothing: one process serves the file, with one writer.
"""

from sqlalchemy import Connection, Table

from pager.adapters.store.dialects import dialect_of


def lock_table(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
    connection: Connection, table: Table
) -> None:
    """Let nobody else write to the table before this transaction ends; it may be read."""
    dialect_of(connection).lock_table(connection, table)


def try_lock_test_pages(connection: Connection) -> bool:
    """Let no other node begin a test page before this transaction ends; False where one is at it.

    Nobody waits for another node here: the Alerts in the same transaction would wait as well.
    """
    return dialect_of(connection).try_lock_test_pages(connection)
