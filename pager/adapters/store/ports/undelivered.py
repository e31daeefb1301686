"""Which copies of a page were not delivered, as their provider has reported."""

from sqlalchemy import ColumnElement, Connection, exists, func, select

from pager.adapters.store.core.schema import delivery_reports, outbox
from pager.delivery import outcome_of
from pager.ports import DeliveryReport, Outcome

NOT_DELIVERED = delivery_reports.c.status == "undelivered"


def outcome_of_copy(connection: Connection, effect: int, receipt: str) -> Outcome | None:
    """What the report on this copy makes of its page; None where nobody says it was not delivered.

    A provider may report before the receipt of the copy is recorded.
    """
    query = select(delivery_reports).where(
        NOT_DELIVERED, delivery_reports.c.effect == effect, delivery_reports.c.receipt == receipt
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    copies = select(func.count()).where(NOT_DELIVERED, delivery_reports.c.effect == effect)
    report = DeliveryReport(receipt, "undelivered", row.detail, row.is_for_good)
    return outcome_of(report, connection.execute(copies).scalar_one())


def was_not_delivered() -> ColumnElement[bool]:
    """Whether the page in a row of the outbox was not delivered, and no copy was sent since."""
    reported = exists().where(NOT_DELIVERED, delivery_reports.c.effect == outbox.c.id)
    return (outbox.c.status == "failed") & reported
