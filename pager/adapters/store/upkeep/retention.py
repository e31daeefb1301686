"""Deletes what is older than the retention: the rules of `pager.retention`, as SQL.

A journal is large, so a reader finds what is to be deleted, a part at a time, and the writer
deletes it in small transactions: neither they nor the memory grow with the amount, and others
write in between. A test compares what is left with the rules.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    tuple_,
)

from pager.access.lifetimes import SESSION_LONGEST
from pager.access.throttling import FORGOTTEN_AFTER
from pager.access.verification_codes import LONGEST_WINDOW
from pager.adapters.store.alerts.reading import REQUESTS_KEPT_FOR
from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.schema import (
    alert_requests,
    alerts,
    attempts,
    changes,
    decisions,
    delivery_reports,
    failed_logins,
    incident_notes,
    incidents,
    invitations,
    maintenance_windows,
    monitored_services,
    on_call_edits,
    outbox,
    page_texts,
    policy_edits,
    property_edits,
    refused_alerts,
    resolved_policies,
    sessions,
    verification_codes,
)
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.refused_alerts import KEPT_FOR

AT_ONCE = 2_000
"""About so many rows are deleted in a transaction: an incident is not divided."""


def prune(
    transactions: Transactions,
    keep: timedelta,
    now: Now = database_clock,
    at_once: int = AT_ONCE,
) -> int:
    """Delete what is older than `keep`, about `at_once` rows a transaction; the number of rows."""
    cutoff = now() - milliseconds(keep)
    pruning = _Pruning(transactions, at_once)
    for service_id in _services_with_old_decisions(transactions, cutoff, at_once):
        pruning.delete_incidents(service_id, cutoff)
    for table, is_old in (*_old(cutoff), *_expired(now())):
        pruning.delete_where(table, is_old)
    return pruning.rows


def _services_with_old_decisions(
    transactions: Transactions, cutoff: ColumnElement[int], at_once: int
) -> Iterator[str]:
    """The services that may have incidents to delete, some of them more than once.

    `at_once` old decisions are read at a time, the oldest first.
    """
    at, service_id, version = decisions.c.decided_at, decisions.c.service_id, decisions.c.version
    # The first condition is one that the index on decided_at can answer.
    after = (at >= bindparam("at")) & (
        tuple_(at, service_id, version)
        > tuple_(bindparam("at"), bindparam("name"), bindparam("number", type_=BigInteger))
    )
    part = (
        select(at, service_id, version, monitored_services.c.incident > decisions.c.incident)
        .outerjoin(monitored_services, monitored_services.c.service_id == service_id)
        .where(at < cutoff, after)
        .order_by(at, service_id, version)
        .limit(at_once)
    )
    last = {"at": -1, "name": "", "number": 0}
    while rows := transactions.read(partial(_rows, query=part.params(last))):
        last = dict(zip(last, rows[-1], strict=False))
        yield from sorted({name for _, name, _, is_over in rows if is_over})


class _Pruning:
    """Deletes rows, and counts them."""

    def __init__(self, transactions: Transactions, at_once: int) -> None:
        self._transactions = transactions
        self._at_once = at_once
        self.rows = 0

    def delete_where(  # type: ignore[explicit-any]  # the default of Table's type parameter
        self, table: Table, condition: ColumnElement[bool]
    ) -> None:
        """Delete the rows of `table` for which the condition holds, when found and when deleted."""
        columns = table.primary_key.columns.values()
        key = tuple_(*columns) if len(columns) > 1 else columns[0]
        query = select(*columns).where(condition).limit(self._at_once)
        while rows := self._transactions.read(partial(_rows, query=query)):
            found = [tuple(row) if len(columns) > 1 else row[0] for row in rows]
            deleted = self._delete(delete(table).where(key.in_(found), condition))
            if len(rows) < self._at_once or not deleted:
                return

    def delete_incidents(self, service_id: str, cutoff: ColumnElement[int]) -> None:
        """Delete the incidents of the service that are old enough, with their effects."""
        last = self._transactions.read(lambda connection: _last(connection, service_id, cutoff))
        if last is None:
            return
        while (until := self._part(service_id, last)) < last:
            self._delete_until(service_id, until)
        self._delete_until(service_id, last)

    def _part(self, service_id: str, last: int) -> int:
        """The incident up to which there are enough rows for a transaction, `last` at most."""

        def read(connection: Connection) -> int:
            enough = (
                connection.scalar(
                    select(table.c.incident)
                    .where(table.c.service_id == service_id, table.c.incident <= last)
                    .order_by(order)
                    .offset(self._at_once - 1)
                    .limit(1)
                )
                for table, order in (
                    (decisions, decisions.c.version),
                    (outbox, outbox.c.incident),
                )
            )
            return min((incident for incident in enough if incident is not None), default=last)

        return self._transactions.read(read)

    def _delete_until(self, service_id: str, incident: int) -> None:
        """Delete that incident, and those before it, in a transaction."""
        effects = select(outbox.c.id).where(
            outbox.c.service_id == service_id, outbox.c.incident <= incident
        )
        # A page may have thousands of attempts.
        self.delete_where(attempts, attempts.c.effect.in_(effects))
        self._delete(
            delete(attempts).where(attempts.c.effect.in_(effects)),
            delete(delivery_reports).where(delivery_reports.c.effect.in_(effects)),
            delete(outbox).where(outbox.c.id.in_(effects)),
            *(
                delete(table).where(table.c.service_id == service_id, table.c.incident <= incident)
                for table in (page_texts, incident_notes, alerts, incidents, decisions)
            ),
        )

    def _delete(self, *deletions: Delete) -> int:
        deleted = self._transactions.write(
            lambda connection: sum(connection.execute(each).rowcount for each in deletions)
        )
        self.rows += deleted
        return deleted


def _rows(  # type: ignore[explicit-any]  # what columns a row has is known where it is selected
    connection: Connection, query: Select[*tuple[Any, ...]]
) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(query).all()


def _last(connection: Connection, service_id: str, cutoff: ColumnElement[int]) -> int | None:
    """The last incident of the service that is deleted, with all before it; None without one."""
    latest = select(monitored_services.c.incident).where(
        monitored_services.c.service_id == service_id
    )
    old = (
        select(decisions.c.incident)
        .where(
            decisions.c.service_id == service_id, decisions.c.incident < latest.scalar_subquery()
        )
        .group_by(decisions.c.incident)
        .having(func.max(decisions.c.decided_at) < cutoff)
        .subquery()
    )
    last: int | None = connection.scalar(select(func.max(old.c.incident)))
    return last


def _old(  # type: ignore[explicit-any]  # as above
    cutoff: ColumnElement[int],
) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Old attempts, audit log entries, windows, notes, alerts; and edits of no kept incident."""
    later = attempts.alias()
    is_repeated = exists().where(
        later.c.effect == attempts.c.effect, later.c.attempt > attempts.c.attempt
    )
    yield attempts, and_(attempts.c.ended_at < cutoff, is_repeated)
    yield changes, changes.c.at < cutoff
    # An older version deletes the journal of an incident, and neither its row nor its notes and
    # alerts.
    has_decision = exists().where(
        decisions.c.service_id == incidents.c.service_id,
        decisions.c.version == incidents.c.version,
    )
    yield incidents, and_(incidents.c.begun_at < cutoff, ~has_decision)
    has_incident = exists().where(
        incidents.c.service_id == incident_notes.c.service_id,
        incidents.c.incident == incident_notes.c.incident,
    )
    yield incident_notes, and_(incident_notes.c.at < cutoff, ~has_incident)
    has_incident = exists().where(
        incidents.c.service_id == alerts.c.service_id, incidents.c.incident == alerts.c.incident
    )
    yield alerts, and_(alerts.c.updated_at < cutoff, ~has_incident)
    newer = policy_edits.alias()
    is_replaced = exists().where(
        newer.c.service_id == policy_edits.c.service_id, newer.c.id > policy_edits.c.id
    )
    is_needed = exists().where(decisions.c.policy_edit == policy_edits.c.id)
    yield maintenance_windows, maintenance_windows.c.ends_at < cutoff
    yield policy_edits, and_(policy_edits.c.edited_at < cutoff, is_replaced, ~is_needed)
    was_decided_on = exists().where(decisions.c.resolved_policy == resolved_policies.c.id)
    yield resolved_policies, and_(resolved_policies.c.used_at < cutoff, ~was_decided_on)
    newer = on_call_edits.alias()
    is_replaced = exists().where(
        newer.c.kind == on_call_edits.c.kind,
        newer.c.name == on_call_edits.c.name,
        newer.c.id > on_call_edits.c.id,
    )
    yield on_call_edits, and_(on_call_edits.c.edited_at < cutoff, is_replaced)
    newer = property_edits.alias()
    is_replaced = exists().where(newer.c.id > property_edits.c.id)
    yield property_edits, and_(property_edits.c.edited_at < cutoff, is_replaced)


def _expired(  # type: ignore[explicit-any]  # as above
    now: ColumnElement[int],
) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """What has expired, whatever the retention is: invitations, sessions, failed logins, codes,
    refused Alerts, and what became of requests."""
    yield invitations, invitations.c.expires_at < now
    yield sessions, sessions.c.used_at < now - milliseconds(SESSION_LONGEST)
    yield failed_logins, failed_logins.c.last_at < now - milliseconds(FORGOTTEN_AFTER)
    yield verification_codes, verification_codes.c.sent_at < now - milliseconds(LONGEST_WINDOW)
    yield refused_alerts, refused_alerts.c.last_at < now - milliseconds(KEPT_FOR)
    yield alert_requests, alert_requests.c.at < now - milliseconds(REQUESTS_KEPT_FOR)
