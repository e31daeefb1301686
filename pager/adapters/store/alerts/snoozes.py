"""Snoozes that are over, of the alerts of any integration."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select, update

from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.schema import alerts
from pager.adapters.store.core.transactions import Transactions
from pager.messages import PageAgain

SNOOZES_AT_ONCE = 100


class Snooze(NamedTuple):
    """A snooze that is over."""

    number: int
    message: PageAgain
    """It tells the Level again that was told last. If anything has happened meanwhile, it is stale.
    """


def snoozes_over(transactions: Transactions, now: Now = database_clock) -> Sequence[Snooze]:
    """Snoozes of any integration that are over."""
    query = (
        select(alerts)
        .where(alerts.c.snoozed_until <= now())
        .order_by(alerts.c.snoozed_until)
        .limit(SNOOZES_AT_ONCE)
    )
    rows = transactions.read(lambda connection: connection.execute(query).all())
    return [
        Snooze(
            row.number,
            PageAgain(
                service_id=row.service_id,
                incident=row.incident,
                level=row.snoozed_level,
                by="the end of a snooze",
                acknowledged=True,
            ),
        )
        for row in rows
    ]


def forget_snoozes(
    transactions: Transactions, numbers: Sequence[int], now: Now = database_clock
) -> None:
    """Mark these alerts as not snoozed any more: their snoozes are over, and people were told."""
    change = (
        update(alerts)
        .where(alerts.c.number.in_(numbers), alerts.c.snoozed_until <= now())
        .values(snoozed_until=None)
    )
    transactions.write(lambda connection: connection.execute(change), alerts.name)
