"""How nodes lock on PostgreSQL, so that no two of them wait for each other in a circle.

- Work that decides by rows which may not be there yet (a name is free, this is the newest version)
  locks the whole table: `write_alone`.
- Work that decides by one row locks that row: `SELECT … FOR UPDATE`.
- Work that expects a row as it was read locks nothing before: it updates the row if it is unchanged
  (compare-and-set).
- Nobody waits where it may be tried again later: `try_lock_test_pages`,
  `try_lock_refused_alerts`.

Work that waits for a lock passes the `lock_key` of `write` or `submit`: the table, or the key of
the row. A transaction does its jobs in the order of these keys, on every node.

On SQLite locks do nothing: one process serves the file, with one writer.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Table

from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import dialect_of

T = TypeVar("T")


def write_alone(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
    transactions: Transactions, table: Table, work: Callable[[Connection], T]
) -> T:
    """Do `work` in a transaction in which nobody else writes to the table; it may be read."""

    def work_alone(connection: Connection) -> T:
        lock_table(connection, table)
        return work(connection)

    return transactions.write(work_alone, table.name)


def lock_table(  # type: ignore[explicit-any]  # as above
    connection: Connection, table: Table
) -> None:
    """Let nobody else write to the table before this transaction ends; it may be read."""
    dialect_of(connection).lock_table(connection, table)


def try_lock_test_pages(connection: Connection) -> bool:
    """Let no other node begin a test page before this transaction ends; False if one does so now.

    It does not wait for that node: the Alerts in the same transaction would wait as well.
    """
    return dialect_of(connection).try_lock_test_pages(connection)


def try_lock_refused_alerts(connection: Connection) -> bool:
    """Let no other node count refused Alerts before this transaction ends; False if one does now.

    It does not wait for that node, for the same reason.
    """
    return dialect_of(connection).try_lock_refused_alerts(connection)
