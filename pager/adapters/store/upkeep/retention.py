"""Deletes what is older than the retention: the rules of `pager.retention`, as SQL.

They are set-based, because a journal is large; a test compares them with the rules.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, Delete, delete, exists, func, select

from pager.access.lifetimes import SESSION_LONGEST
from pager.access.throttling import FORGOTTEN_AFTER
from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.schema import (
    attempts,
    changes,
    decisions,
    delivery_reports,
    failed_logins,
    invitations,
    monitored_services,
    outbox,
    page_texts,
    policy_edits,
    refused_alerts,
    sessions,
)
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.refused_alerts import KEPT_FOR


def prune(transactions: Transactions, keep: timedelta, now: Now = database_clock) -> int:
    """Delete what is older than `keep`, and return the number of rows."""
    cutoff = now() - milliseconds(keep)
    rows = 0
    # A reader finds what is to be deleted, and the writer deletes it service by service, so that
    # Alerts do not wait long for the writer.
    for service_id, incident in transactions.read(lambda connection: _old(connection, cutoff)):
        rows += transactions.write(
            partial(_delete_incidents, service_id=service_id, last_to_delete=incident)
        )
    rows += transactions.write(lambda connection: _delete_the_rest(connection, cutoff))
    return rows + transactions.write(lambda connection: _delete_expired(connection, now()))


def _old(connection: Connection, cutoff: ColumnElement[int]) -> Sequence[tuple[str, int]]:
    """Each service that has incidents to delete, and the last of them (`last_to_delete`)."""
    old = (
        select(decisions.c.service_id, decisions.c.incident)
        .group_by(decisions.c.service_id, decisions.c.incident)
        .having(func.max(decisions.c.decided_at) < cutoff)
        .subquery()
    )
    query = (
        select(old.c.service_id, func.max(old.c.incident))
        .join(monitored_services, old.c.service_id == monitored_services.c.service_id)
        .where(old.c.incident < monitored_services.c.incident)
        .group_by(old.c.service_id)
    )
    return [(service_id, incident) for service_id, incident in connection.execute(query)]


def _delete_incidents(connection: Connection, service_id: str, last_to_delete: int) -> int:
    """Delete that incident, and those before it, with their effects and attempts."""
    effects = select(outbox.c.id).where(
        outbox.c.service_id == service_id, outbox.c.incident <= last_to_delete
    )
    decided = (decisions.c.service_id == service_id) & (decisions.c.incident <= last_to_delete)
    return _delete(
        connection,
        delete(attempts).where(attempts.c.effect.in_(effects)),
        delete(delivery_reports).where(delivery_reports.c.effect.in_(effects)),
        delete(outbox).where(outbox.c.id.in_(effects)),
        delete(page_texts).where(
            page_texts.c.service_id == service_id, page_texts.c.incident <= last_to_delete
        ),
        delete(decisions).where(decided),
    )


def _delete_the_rest(connection: Connection, cutoff: ColumnElement[int]) -> int:
    """Delete old attempts, audit log entries and edits that no kept incident needs."""
    last_edits = select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id)
    later = attempts.alias()
    return _delete(
        connection,
        delete(attempts)
        .where(attempts.c.ended_at < cutoff)
        .where(
            exists().where(
                later.c.effect == attempts.c.effect, later.c.attempt > attempts.c.attempt
            )
        ),
        delete(changes).where(changes.c.at < cutoff),
        delete(policy_edits)
        .where(policy_edits.c.edited_at < cutoff, policy_edits.c.id.not_in(last_edits))
        .where(~exists().where(decisions.c.policy_edit == policy_edits.c.id)),
    )


def _delete_expired(connection: Connection, now: ColumnElement[int]) -> int:
    """Delete what has expired, whatever the retention is: invitations, sessions, failed logins and
    refused Alerts."""
    return _delete(
        connection,
        delete(invitations).where(invitations.c.expires_at < now),
        delete(sessions).where(sessions.c.used_at < now - milliseconds(SESSION_LONGEST)),
        delete(failed_logins).where(failed_logins.c.last_at < now - milliseconds(FORGOTTEN_AFTER)),
        delete(refused_alerts).where(refused_alerts.c.last_at < now - milliseconds(KEPT_FOR)),
    )


def _delete(connection: Connection, *deletions: Delete) -> int:
    return sum(connection.execute(deletion).rowcount for deletion in deletions)
