"""Settlements of pages that were sent: one transaction for all that wait at the same moment."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, null, update

from pager.adapters.store.core.batched import Batched
from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.schema import attempts, outbox
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import insert_if_new
from pager.ports import Claim


class Sent(NamedTuple):
    """An effect that was carried out."""

    claim: Claim
    receipt: str


class Settlements:
    """Records what was sent.

    Each relay waits for its own settlement: so it never has more than one page that was accepted
    and is not recorded, and a crash doubles one page of each relay at the most.
    """

    def __init__(self, transactions: Transactions, now: Now) -> None:
        """Settlements are dated by `now`."""
        self._transactions = transactions
        self._now = now
        self._batched = Batched(self.record_all)

    def record(self, sent: Sent) -> None:
        """Record that the effect was carried out; return once that is committed."""
        self._batched(sent)

    def record_all(self, batch: Sequence[Sent]) -> Sequence[None]:
        """Record all of them in one transaction."""
        # In the order of their ids: two transactions never wait for each other in a circle.
        rows = [
            {
                "sent_effect": sent.claim.id,
                "sent_attempt": sent.claim.attempt,
                "sent_receipt": sent.receipt,
            }
            for sent in sorted(batch, key=lambda sent: sent.claim.id)
        ]
        self._transactions.write(partial(self._write, rows=rows))
        return [None] * len(batch)

    def _write(self, connection: Connection, rows: list[dict[str, object]]) -> None:
        settled = update(outbox).where(outbox.c.id == bindparam("sent_effect"))
        connection.execute(
            settled.values(
                settled_at=self._now(),
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
                ended_at=self._now(),
                retry_at=null(),
                status="sent",
                detail=bindparam("sent_receipt"),
            ),
            rows,
        )
