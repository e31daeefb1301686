"""Settlements of what was carried out: two statements, however many there are."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, literal_column, null, select, true, update
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.schema import attempts, outbox
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.dialects import dialect_of
from pager.ports import Claim


class Sent(NamedTuple):
    """An effect that was carried out."""

    claim: Claim
    receipt: str


def record_sent(connection: Connection, batch: Sequence[Sent], now: Now) -> None:
    """Record that these were carried out, whoever has claimed them by now."""
    rows = [(sent.claim.id, sent.claim.attempt, sent.receipt) for sent in batch]
    with dialect_of(connection).pipelined(connection):
        _SETTLE.run(connection, rows, now)
        _ADD_ATTEMPTS.run(connection, rows, now)


def _settle(parts: Parts) -> ClauseElement:
    given = parts.rows(outbox.c.id, outbox.c.attempt, outbox.c.detail)
    # In the order of their ids: two transactions never wait for each other in a circle.
    locked = (
        select(outbox.c.id, given.c.detail)
        .join_from(given, outbox, outbox.c.id == given.c.id)
        .order_by(outbox.c.id)
        .with_for_update(of=outbox)
        .cte("locked")
    )
    return (
        update(outbox)
        .where(outbox.c.id == locked.c.id)
        .values(
            settled_at=parts.now,
            due_at=null(),
            claimed_by=null(),
            status=literal_column("'sent'"),
            detail=locked.c.detail,
        )
    )


def _add_attempts(parts: Parts) -> ClauseElement:
    given = parts.rows(outbox.c.id, outbox.c.attempt, outbox.c.detail)
    rows = select(
        given.c.id, given.c.attempt, parts.now, literal_column("'sent'"), given.c.detail
    ).where(true())
    columns = ["effect", "attempt", "ended_at", "status", "detail"]
    return parts.dialect.insert(attempts).from_select(columns, rows).on_conflict_do_nothing()


_SETTLE: Statement[None] = Statement(_settle)
_ADD_ATTEMPTS: Statement[None] = Statement(_add_attempts)
