"""How long the journal is kept: incidents that are over go as a whole, once they are old."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, Delete, delete, exists, func, select

from pager.access.lifetimes import SESSION_LONGEST
from pager.access.throttling import FORGOTTEN_AFTER
from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.database import Transactions
from pager.adapters.store.core.schema import (
    attempts,
    changes,
    decisions,
    failed_logins,
    invitations,
    monitored_services,
    outbox,
    policy_edits,
    sessions,
)

RETENTION = timedelta(days=90)


def prune(database: Transactions, keep: timedelta, now: Now = database_clock) -> int:
    """Forget what is older than `keep`, and say how many rows it was.

    The last incident of a service, running or over, is never forgotten, nor the policy that counts.
    """
    before = now() - milliseconds(keep)
    rows = 0
    # What is to be forgotten is looked for by a reader, and forgotten service after service: the
    # Alerts of others wait for the writer meanwhile.
    for service_id, incident in database.read(lambda connection: _over(connection, before)):
        forget = partial(_forget, service_id=service_id, incident=incident)
        rows += database.write(forget)
    rows += database.write(lambda connection: _forget_leftovers(connection, before))
    return rows + database.write(lambda connection: _forget_visits(connection, now()))


def _over(connection: Connection, before: ColumnElement[int]) -> Sequence[tuple[str, int]]:
    """For each service with any: the last of its incidents in which nothing happened since."""
    old = (
        select(decisions.c.service_id, decisions.c.incident)
        .group_by(decisions.c.service_id, decisions.c.incident)
        .having(func.max(decisions.c.decided_at) < before)
        .subquery()
    )
    wanted = (
        select(old.c.service_id, func.max(old.c.incident))
        .join(monitored_services, old.c.service_id == monitored_services.c.service_id)
        .where(old.c.incident < monitored_services.c.incident)
        .group_by(old.c.service_id)
    )
    return [(service_id, incident) for service_id, incident in connection.execute(wanted)]


def _forget(connection: Connection, service_id: str, incident: int) -> int:
    """The incident, and those before it: what is kept begins where an incident began."""
    effects = select(outbox.c.id).where(
        outbox.c.service_id == service_id, outbox.c.incident <= incident
    )
    of_these = (decisions.c.service_id == service_id) & (decisions.c.incident <= incident)
    return _delete(
        connection,
        delete(attempts).where(attempts.c.effect.in_(effects)),
        delete(outbox).where(outbox.c.id.in_(effects)),
        delete(decisions).where(of_these),
    )


def _forget_leftovers(connection: Connection, before: ColumnElement[int]) -> int:
    """What no incident that is kept needs: old edits of policies, and other changes.

    Of the attempts at an effect the last one is kept: the others would grow without end.
    """
    last_edits = select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id)
    later = attempts.alias()
    return _delete(
        connection,
        delete(attempts)
        .where(attempts.c.ended_at < before)
        .where(
            exists().where(
                later.c.effect == attempts.c.effect, later.c.attempt > attempts.c.attempt
            )
        ),
        delete(changes).where(changes.c.at < before),
        delete(policy_edits)
        .where(policy_edits.c.edited_at < before, policy_edits.c.id.not_in(last_edits))
        .where(~exists().where(decisions.c.policy_edit == policy_edits.c.id)),
    )


def _forget_visits(connection: Connection, now: ColumnElement[int]) -> int:
    """What nobody can come in with any more and wrong passwords, however long the retention is."""
    return _delete(
        connection,
        delete(invitations).where(invitations.c.expires_at < now),
        delete(sessions).where(sessions.c.used_at < now - milliseconds(SESSION_LONGEST)),
        delete(failed_logins).where(failed_logins.c.last_at < now - milliseconds(FORGOTTEN_AFTER)),
    )


def _delete(connection: Connection, *deletions: Delete) -> int:
    return sum(connection.execute(deletion).rowcount for deletion in deletions)
