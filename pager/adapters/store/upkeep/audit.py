"""The audit of a database: reads what is kept of each service, for the rules of `pager.audit`."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, select, true, union

from pager.adapters.store.core.clock import optional_duration
from pager.adapters.store.core.codecs import EFFECTS, MESSAGES, POLICIES, SERVICES, Unreadable
from pager.adapters.store.core.page_texts import WHOLE_EFFECT
from pager.adapters.store.core.schema import (
    decisions,
    installation,
    monitored_services,
    outbox,
)
from pager.adapters.store.core.transactions import Readable
from pager.adapters.store.ports.resolved_policies import DECISIONS
from pager.audit import (
    DecisionRecord,
    Difference,
    OutboxRecord,
    Records,
    ServiceRecord,
    first_difference,
)
from pager.messages import Effect
from pager.model import EscalationPolicy

BEFORE_THE_JOURNAL = 0
"""The version of effects that were decided when there was no journal."""

UNREADABLE = 0
"""The version of a difference that is found before any decision can be looked at."""

SERVICES_AT_ONCE = 500
"""Identifiers in one query."""

ROWS_AT_ONCE = 2_000
"""About so many decisions and effects of a service are read at once: an incident is not divided."""

OUTBOX_COLUMNS = (
    outbox.c.version,
    outbox.c.channel,
    outbox.c.incident,
    outbox.c.idempotency_key,
    outbox.c.status,
    outbox.c.due_at,
    WHOLE_EFFECT,
)


class ServiceDifference(NamedTuple):
    """What is stored of a service is not what the rules say."""

    service_id: str
    version: int
    """The version of the decision where it was found."""
    what: str


class Audit(NamedTuple):
    """How much was checked, and the first difference of each service that has one."""

    services: int
    decisions: int
    """How many were decided again."""
    by_newer_rules: int = 0
    """How many could not be: their rules are not known to this version of Pager."""
    differences: Sequence[ServiceDifference] = ()


def audit(database: Readable, at_once: int = ROWS_AT_ONCE) -> Audit:
    """Check every service. One that cannot be read is a difference, and hides no other.

    Each service is read in snapshots of its own, which is what the rules need: they compare
    nothing across services. They are small, so the audit of a large database holds up no WAL: of a
    service with many decisions about `at_once` are read at a time. A service that is new since its
    turn is left out.
    """
    services, checked, by_newer_rules = 0, 0, 0
    differences: list[ServiceDifference] = []
    for service_id in _service_ids(database):
        services += 1
        difference: Difference | None = None
        try:
            for part in _parts(database, service_id, at_once):
                difference = difference or first_difference(part.records)
                checkable = sum(record.is_checkable for record in part.new)
                checked += checkable
                by_newer_rules += len(part.new) - checkable
        except Unreadable as error:
            difference = difference or Difference(UNREADABLE, f"cannot be read: {error.reason}")
        if difference is not None:
            differences.append(ServiceDifference(service_id, *difference))
    return Audit(services, checked, by_newer_rules, differences)


def _service_ids(database: Readable) -> Iterator[str]:
    """The services of which anything is kept, sorted; read SERVICES_AT_ONCE at a time."""
    after = ""
    while names := database.read(partial(_next_service_ids, after=after)):
        yield from names
        after = names[-1]


def _next_service_ids(connection: Connection, after: str) -> Sequence[str]:
    """The first SERVICES_AT_ONCE after that one."""
    firsts = [
        select(
            select(column)
            .where(column > after)
            .distinct()
            .order_by(column)
            .limit(SERVICES_AT_ONCE)
            .subquery()
            .c.service_id
        )
        for column in (
            monitored_services.c.service_id,
            decisions.c.service_id,
            outbox.c.service_id,
        )
    ]
    return connection.scalars(union(*firsts).order_by("service_id").limit(SERVICES_AT_ONCE)).all()


class _Place(NamedTuple):
    """How far a service was read: to the end of an incident."""

    version: int = 0
    incident: int = -1


class _Part(NamedTuple):
    """Some incidents of a service."""

    records: Records
    new: Sequence[DecisionRecord]
    """Its decisions without the first, where that is the last of the part before."""
    place: _Place


def _parts(database: Readable, service_id: str, at_once: int) -> Iterator[_Part]:
    """What is kept of the service. Raises Unreadable where that cannot be read."""
    place = _Place()
    goes_on = True
    while goes_on:
        part = database.read(partial(_part, service_id=service_id, after=place, at_once=at_once))
        yield part
        place, goes_on = part.place, part.records.go_on


def _part(connection: Connection, service_id: str, after: _Place, at_once: int) -> _Part:
    until = _until(connection, service_id, after, at_once)
    outbox_rows = connection.execute(
        select(*OUTBOX_COLUMNS)
        .where(
            outbox.c.service_id == service_id,
            outbox.c.incident > after.incident,
            true() if until is None else outbox.c.incident <= until.incident,
        )
        .order_by(outbox.c.id)
    ).all()
    effects: dict[int, list[Effect]] = {}
    in_outbox = []
    for row in outbox_rows:
        effect = EFFECTS.decode_known(row.effect, service_id)
        effects.setdefault(row.version, []).append(effect)
        if row.version > BEFORE_THE_JOURNAL:
            in_outbox.append(
                OutboxRecord(
                    row.version,
                    row.channel,
                    row.incident,
                    row.idempotency_key,
                    effect,
                    row.status,
                    row.due_at,
                )
            )
    decided = _decisions(connection, service_id, after, until, effects)
    records = Records(
        decided,
        # Of a service from before the journal there is no decision to compare its state with.
        _service(connection, service_id) if decided and until is None else None,
        in_outbox,
        connection.execute(select(installation.c.last_incident)).scalar_one(),
        go_on=until is not None,
    )
    new = [record for record in decided if record.version > after.version]
    return _Part(records, new, until or after)


def _until(connection: Connection, service_id: str, after: _Place, at_once: int) -> _Place | None:
    """The end of the incident with which there are `at_once` rows; None where that is the end."""
    of_service = decisions.c.service_id == service_id
    later = (of_service, decisions.c.version > after.version)
    incidents = [
        connection.scalar(query.offset(at_once - 1).limit(1))
        for query in (
            select(decisions.c.incident).where(*later).order_by(decisions.c.version),
            select(outbox.c.incident)
            .where(outbox.c.service_id == service_id, outbox.c.incident > after.incident)
            .order_by(outbox.c.incident),
        )
    ]
    incident = min((number for number in incidents if number is not None), default=None)
    if incident is None or incident <= after.incident:  # no store leads to such a number
        return None
    next_version = connection.scalar(
        select(decisions.c.version)
        .where(*later, decisions.c.incident > incident)
        .order_by(decisions.c.version)
        .limit(1)
    )
    return None if next_version is None else _Place(next_version - 1, incident)


def _decisions(
    connection: Connection,
    service_id: str,
    after: _Place,
    until: _Place | None,
    effects: Mapping[int, Sequence[Effect]],
) -> list[DecisionRecord]:
    """From the last decision of the part before, where that is still kept."""
    rows = connection.execute(
        DECISIONS.where(
            decisions.c.service_id == service_id,
            decisions.c.version >= after.version,
            true() if until is None else decisions.c.version <= until.version,
        ).order_by(decisions.c.version)
    )
    policies: dict[str | None, EscalationPolicy | None] = {None: None}
    decided = []
    for row in rows:
        if row.policy not in policies:
            policies[row.policy] = POLICIES.decode_known(row.policy, service_id)
        decided.append(
            DecisionRecord(
                row.version,
                MESSAGES.decode_known(row.message, service_id),
                policies[row.policy],
                SERVICES.decode_known(row.after, service_id),
                tuple(effects.get(row.version, ())),
                row.rules,
                optional_duration(row.maintenance),
            )
        )
    return decided


def _service(connection: Connection, service_id: str) -> ServiceRecord | None:
    stored = select(monitored_services).where(monitored_services.c.service_id == service_id)
    row = connection.execute(stored).one_or_none()
    if row is None:
        return None
    return ServiceRecord(row.version, row.incident, SERVICES.decode_known(row.state, service_id))
