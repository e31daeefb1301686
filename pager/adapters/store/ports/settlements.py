"""Settlements of what was carried out: two statements, however many there are."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, null, update

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.schema import attempts, outbox
from pager.adapters.store.dialects import insert_if_new
from pager.ports import Claim


class Sent(NamedTuple):
    """An effect that was carried out."""

    claim: Claim
    receipt: str


def record_sent(connection: Connection, batch: Sequence[Sent], now: Now) -> None:
    """Record that these were carried out, whoever has claimed them by now."""
    # In the order of their ids: two transactions never wait for each other in a circle.
    rows = [
        {
            "sent_effect": sent.claim.id,
            "sent_attempt": sent.claim.attempt,
            "sent_receipt": sent.receipt,
        }
        for sent in sorted(batch, key=lambda sent: sent.claim.id)
    ]
    settled = update(outbox).where(outbox.c.id == bindparam("sent_effect"))
    connection.execute(
        settled.values(
            settled_at=now(),
            due_at=null(),
            claimed_by=null(),
            status="sent",
            detail=bindparam("sent_receipt"),
        ),
        rows,
    )
    connection.execute(
        insert_if_new(connection, attempts).values(
            effect=bindparam("sent_effect"),
            attempt=bindparam("sent_attempt"),
            ended_at=now(),
            retry_at=null(),
            status="sent",
            detail=bindparam("sent_receipt"),
        ),
        rows,
    )
