"""How long the journal is kept: incidents that are over go as a whole, once they are old."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select

from pager.adapters.sql.clock import Now, database_clock, milliseconds
from pager.adapters.sql.database import Transactions
from pager.adapters.sql.schema import attempts, decisions, monitored_services, outbox, policy_edits

RETENTION = timedelta(days=90)
AT_ONCE = 1_000
"""What is forgotten in one transaction: others wait for the writer meanwhile."""


def prune(transactions: Transactions, keep: timedelta, now: Now = database_clock) -> int:
    """Forget what is older than `keep`, and say how many rows it was.

    The last incident of a service, running or over, is never forgotten, nor the policy that counts.
    """
    forgotten = 0
    while rows := transactions.write(
        lambda connection: _prune(connection, now() - milliseconds(keep))
    ):
        forgotten += rows
    return forgotten


def _prune(connection: Connection, before: ColumnElement[int]) -> int:
    rows = sum(
        _forget(connection, service_id, incident)
        for service_id, incident in _old_incidents(connection, before)
    )
    last_edits = select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id)
    old_edits = (
        select(policy_edits.c.id)
        .where(policy_edits.c.edited_at < before, policy_edits.c.id.not_in(last_edits))
        .where(~exists().where(decisions.c.policy_edit == policy_edits.c.id))
        .limit(AT_ONCE)
    )
    for forgotten in (
        # An incident that runs on may have failed attempts from long ago.
        delete(attempts).where(attempts.c.ended_at < before),
        delete(policy_edits).where(policy_edits.c.id.in_(old_edits)),
    ):
        rows += connection.execute(forgotten).rowcount
    return rows


def _old_incidents(connection: Connection, before: ColumnElement[int]) -> Sequence[tuple[str, int]]:
    """For each service with any: the last of its incidents in which nothing happened since."""
    later = decisions.alias()
    wanted = (
        select(decisions.c.service_id, func.max(decisions.c.incident))
        .join(monitored_services, decisions.c.service_id == monitored_services.c.service_id)
        .where(decisions.c.decided_at < before)
        .where(decisions.c.incident < monitored_services.c.incident)
        .where(
            ~exists()
            .where(later.c.service_id == decisions.c.service_id)
            .where(later.c.incident == decisions.c.incident)
            .where(later.c.decided_at >= before)
        )
        .group_by(decisions.c.service_id)
        .limit(AT_ONCE)
    )
    return [(service_id, incident) for service_id, incident in connection.execute(wanted)]


def _forget(connection: Connection, service_id: str, incident: int) -> int:
    """The incident, and those before it: what is kept begins where an incident began."""
    effects = select(outbox.c.id).where(
        outbox.c.service_id == service_id, outbox.c.incident <= incident
    )
    rows = 0
    for forgotten in (
        delete(attempts).where(attempts.c.effect.in_(effects)),
        delete(outbox).where(outbox.c.id.in_(effects)),
        delete(decisions).where(
            decisions.c.service_id == service_id, decisions.c.incident <= incident
        ),
    ):
        rows += connection.execute(forgotten).rowcount
    return rows
