"""Receives delivery reports: each is recorded in one of the writer's next transactions."""

from sqlalchemy import Connection

from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.pools import ANSWER_WITHIN, answer_within
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports import SqlPorts
from pager.delivery import receive_report
from pager.ports import DeliveryReport


class ReportReceiver:
    """Receives what providers report of the pages that they have accepted."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        """Commit to `database`, and count in `metrics`."""
        self._database = database
        self._metrics = metrics

    async def receive(self, key: str, report: DeliveryReport) -> None:
        """Record the report on the page with that idempotency key; return once it is committed.

        Raises Overloaded where that takes too long, and the database's errors.
        """

        def record(connection: Connection) -> None:
            ports = SqlPorts(InTransaction(connection))
            receive_report(ports.reports, ports.services, key, report)

        recorded = self._database.submit(record, key.partition("/")[0])
        await answer_within(ANSWER_WITHIN.total_seconds(), recorded)
        self._metrics.reported(report.status)

    def refused(self) -> None:
        """Count a report that its provider has not signed."""
        self._metrics.reported("refused")
