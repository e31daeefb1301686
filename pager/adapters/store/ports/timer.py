"""The timer: rows with a due time, which survive a restart."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.database import Transactions
from pager.adapters.store.core.schema import timers
from pager.adapters.store.dialects import insert_if_new
from pager.messages import AcknowledgementTimeout


class SqlTimer:
    """Timer, as rows of a table. `due` returns the timeouts whose delay is over."""

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Delays go by `now`."""
        self._transactions = transactions
        self._now = now

    def set(self, timeout: AcknowledgementTimeout, delay: timedelta) -> None:
        """Keep `timeout` until `delay` is over; a second time changes nothing."""

        def add(connection: Connection) -> None:
            connection.execute(
                insert_if_new(connection, timers).values(
                    service_id=timeout.service_id,
                    incident=timeout.incident,
                    level=timeout.level,
                    due_at=self._now() + milliseconds(delay),
                )
            )

        self._transactions.write(add)

    def due(self, at_most: int = 100) -> list[AcknowledgementTimeout]:
        """The timeouts that are due by now, the longest due first."""
        query = (
            select(timers.c.service_id, timers.c.incident, timers.c.level)
            .where(timers.c.due_at <= self._now())
            .order_by(timers.c.due_at)
            .limit(at_most)
        )
        rows = self._transactions.read(lambda connection: connection.execute(query).all())
        return [
            AcknowledgementTimeout(
                service_id=row.service_id, incident=row.incident, level=row.level
            )
            for row in rows
        ]

    def done(self, timeout: AcknowledgementTimeout) -> None:
        """Say that the Pager has received `timeout`: until then it stays due."""
        removal = delete(timers).where(_row_of(timeout))
        self._transactions.write(lambda connection: connection.execute(removal))

    def postpone(self, timeout: AcknowledgementTimeout, by: timedelta) -> None:
        """Let `timeout` be due again `by` from now: it could not be received."""
        due_at = self._now() + milliseconds(by)
        change = update(timers).where(_row_of(timeout)).values(due_at=due_at)
        self._transactions.write(lambda connection: connection.execute(change))


def _row_of(timeout: AcknowledgementTimeout) -> ColumnElement[bool]:
    return and_(
        timers.c.service_id == timeout.service_id,
        timers.c.incident == timeout.incident,
        timers.c.level == timeout.level,
    )
