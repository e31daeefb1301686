"""Settlements of pages that were sent: one transaction for all that wait at the same moment."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, null, update

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.schema import attempts, outbox
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import insert_if_new
from pager.ports import Claim

MOST_AT_ONCE = 200


@dataclass
class _Sent:
    claim: Claim
    receipt: str
    is_recorded: bool = False
    error: BaseException | None = None


class Settlements:
    """Records what was sent. Whoever comes first writes for all who have come meanwhile.

    Each relay waits for its own settlement: so it never has more than one page that was accepted
    and is not recorded, and a crash doubles one page of each relay at the most.
    """

    def __init__(self, transactions: Transactions, now: Now) -> None:
        """Settlements are dated by `now`."""
        self._transactions = transactions
        self._waiting: list[_Sent] = []
        self._adding = threading.Lock()
        self._writing = threading.Lock()
        self._update = (
            update(outbox)
            .where(outbox.c.id == bindparam("sent_effect"))
            .values(
                settled_at=now(),
                due_at=null(),
                claimed_by=null(),
                status="sent",
                detail=bindparam("sent_receipt"),
            )
        )
        self._attempt: dict[str, object] = {
            "effect": bindparam("sent_effect"),
            "attempt": bindparam("sent_attempt"),
            "ended_at": now(),
            "retry_at": null(),
            "status": "sent",
            "detail": bindparam("sent_receipt"),
        }

    def record(self, claim: Claim, receipt: str) -> None:
        """Record that the page was sent; return once that is committed."""
        sent = _Sent(claim, receipt)
        with self._adding:
            self._waiting.append(sent)
        with self._writing:
            if not sent.is_recorded and sent.error is None:
                self._record_all()
        if sent.error is not None:
            raise sent.error

    def _record_all(self) -> None:
        with self._adding:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        try:
            self._transactions.write(self._work(batch))
        except BaseException as error:  # noqa: BLE001 - each that waits raises it
            for sent in batch:
                sent.error = error
        else:
            for sent in batch:
                sent.is_recorded = True

    def _work(self, batch: list[_Sent]) -> Callable[[Connection], None]:
        # In the order of their ids, as every transaction locks the rows of several pages.
        rows = [
            {
                "sent_effect": sent.claim.id,
                "sent_attempt": sent.claim.attempt,
                "sent_receipt": sent.receipt,
            }
            for sent in sorted(batch, key=lambda sent: sent.claim.id)
        ]

        def write(connection: Connection) -> None:
            connection.execute(self._update, rows)
            connection.execute(insert_if_new(connection, attempts).values(self._attempt), rows)

        return write
