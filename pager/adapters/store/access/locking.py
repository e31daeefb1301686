"""Works that have a table for themselves. `pager.adapters.store.access` says how works lock."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Table

from pager.adapters.store.core.database import Transactions
from pager.adapters.store.dialects import one_at_a_time

T = TypeVar("T")


def write_alone(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
    transactions: Transactions, table: Table, work: Callable[[Connection], T]
) -> T:
    """Do `work` in a transaction in which nobody else writes to the table.

    It is named by the table, so transactions lock tables in the same order.
    """

    def work_alone(connection: Connection) -> T:
        one_at_a_time(connection, table)
        return work(connection)

    return transactions.write(work_alone, table.name)
