"""Delivery reports, as rows of a table, and what they make of the rows of the outbox."""

import logging
import random
from collections.abc import Callable
from typing import cast

from sqlalchemy import Connection, RowMapping, insert, null, select, update

from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.codecs import EFFECTS
from pager.adapters.store.core.schema import delivery_reports, outbox
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.ports.undelivered import outcome_of_copy
from pager.adapters.store.ports.unreachable import give_if_unreachable, lock_service
from pager.delivery import replaces
from pager.messages import Notification
from pager.ports import DeliveryReport, ReportStatus
from pager.relay import with_jitter

logger = logging.getLogger(__name__)


class SqlDeliveryReports:
    """DeliveryReports, as rows of a table."""

    def __init__(
        self,
        transactions: Transactions,
        now: Now = database_clock,
        random: Callable[[], float] = random.random,
    ) -> None:
        """Reports are dated by `now`; `random` gives numbers from 0 to 1, for the jitter."""
        self._transactions = transactions
        self._now = now
        self._random = random

    def page(self, key: str) -> Notification | None:
        """The page in the row of the outbox with that key."""
        query = select(outbox.c.effect).where(outbox.c.idempotency_key == key)
        text = self._transactions.read(lambda connection: connection.scalar(query))
        effect = None if text is None else EFFECTS.decode(text, key.partition("/")[0])
        return effect if isinstance(effect, Notification) else None

    def record(self, key: str, report: DeliveryReport, *, is_wanted: bool) -> None:
        """Record the report, and what follows from it, in one transaction."""
        service_id = key.partition("/")[0]
        self._transactions.write(
            lambda connection: self._record(connection, service_id, key, report, is_wanted),
            service_id,
        )

    def _record(
        self,
        connection: Connection,
        service_id: str,
        key: str,
        report: DeliveryReport,
        is_wanted: bool,  # noqa: FBT001 - as above
    ) -> None:
        lock_service(connection, service_id)
        query = select(outbox).where(outbox.c.idempotency_key == key)
        row = connection.execute(query).mappings().one_or_none()
        if row is None or not self._is_news(connection, row, report):
            return
        if report.status == "undelivered":
            if is_wanted and (row["status"], row["detail"]) == ("sent", report.receipt):
                self._not_delivered(connection, row, report)
        elif row["due_at"] is not None or row["status"] == "refused":
            sent = {"status": "sent", "detail": report.receipt, "due_at": null()}
            change = update(outbox).where(outbox.c.id == row["id"])
            # Nobody holds it any more: whoever waits for the answer must not make it due again.
            connection.execute(change.values(settled_at=self._now(), claimed_by=null(), **sent))

    def _is_news(self, connection: Connection, row: RowMapping, report: DeliveryReport) -> bool:
        """Whether the report says more than what is known; if so, it is recorded."""
        this = (delivery_reports.c.effect == row["id"]) & (
            delivery_reports.c.receipt == report.receipt
        )
        known = connection.scalar(select(delivery_reports.c.status).where(this))
        if not replaces(report.status, cast("ReportStatus | None", known)):
            return False
        if report.status == "accepted" and row["due_at"] is None:
            return False  # it is known that it was sent
        what = {
            "reported_at": self._now(),
            "status": report.status,
            "detail": report.detail,
            "is_for_good": report.is_for_good,
        }
        change = (
            insert(delivery_reports).values(effect=row["id"], receipt=report.receipt, **what)
            if known is None
            else update(delivery_reports).where(this).values(**what)
        )
        connection.execute(change)
        return True

    def _not_delivered(
        self, connection: Connection, row: RowMapping, report: DeliveryReport
    ) -> None:
        """Settle the page whose last copy was not delivered."""
        outcome = outcome_of_copy(connection, row["id"], report.receipt)
        effect = EFFECTS.decode(row["effect"], row["service_id"])
        if outcome is None or not isinstance(effect, Notification):
            return
        wait = outcome.retry_after
        if wait is not None:
            wait = with_jitter(wait, self._random())
        due_at = null() if wait is None else self._now() + milliseconds(wait)
        ended = {"status": outcome.status, "detail": outcome.detail}
        settled = update(outbox).where(outbox.c.id == row["id"])
        connection.execute(settled.values(settled_at=self._now(), due_at=due_at, **ended))
        give_if_unreachable(connection, effect, self._now)
        logger.warning("%s: %s: %s", effect.idempotency_key, outcome.status, outcome.detail)
