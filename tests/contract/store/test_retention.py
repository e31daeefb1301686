"""What pruning deletes, on both databases, is what the rules of `pager.retention` do not keep."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import BigInteger, Connection, Table, func, insert, literal, select

from databases import sql_clock
from pager import Alert, EmailTarget, EscalationPolicy, HealthyEvent, Level
from pager.adapters.store.alerts.fields import AlertFields
from pager.adapters.store.alerts.reading import REQUESTS_KEPT_FOR, Alerts
from pager.adapters.store.alerts.writing import AlertWriter, NewAlert, RequestOutcome, Trouble
from pager.adapters.store.core.clock import Now, moment
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import (
    alerts,
    attempts,
    changes,
    decisions,
    incident_notes,
    incidents,
    maintenance_windows,
    monitored_services,
    on_call_edits,
    outbox,
    policy_edits,
    property_edits,
    resolved_policies,
)
from pager.adapters.store.core.transactions import Write
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import ServiceDifference, audit
from pager.adapters.store.upkeep.retention import prune
from pager.ports import Outcome
from pager.retention import (
    IncidentAge,
    keeps_attempt,
    keeps_audit_log_entry,
    keeps_edit,
    keeps_entry_edit,
    keeps_maintenance_window,
    keeps_resolved_policy,
    last_to_delete,
)
from pager.service import PagerService
from pager.testing import Clock

T = TypeVar("T")

SERVICES = tuple(f"service-{number}" for number in range(12))
NOW, KEEP = 1_000, 500
CUTOFF = moment(NOW - KEEP)
AROUND_THE_CUTOFF = (0, 400, 499, 500, 501, 600, 1_000)


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one."""
    return either_database


class Journal:
    """A journal of random times: no two rows of it need be in order."""

    def __init__(self, connection: Connection, seed: int) -> None:
        """Written to the database at once."""
        self._connection = connection
        self._random = random.Random(seed)
        for service_id in SERVICES:
            self._service(service_id)
        for _ in range(12):
            values = {"author": "ada", "action": "tested", "subject": "", "detail": ""}
            self._add(changes, at=self._time(), **values)
            window = {"service_id": SERVICES[0], "starts_at": 0, "created_at": 0}
            self._add(maintenance_windows, ends_at=self._time(), **window)
            name = self._random.choice(["Ada", "Grace"])
            self._add(on_call_edits, kind="person", name=name, edited_at=self._time(), value="{}")
            self._add(property_edits, edited_at=self._time(), value="{}")

    def _service(self, service_id: str) -> None:
        edits = [
            self._add(policy_edits, service_id=service_id, edited_at=self._time(), policy="{}")
            for _ in range(self._random.randrange(1, 5))
        ]
        resolved = [self._resolved(service_id, number) for number in range(3)]
        version, latest = 0, self._random.randrange(1, 5)
        for incident in range(1, latest + 1):
            for _ in range(self._random.randrange(1, 4)):
                version += 1
                policy = {
                    "policy_edit": self._random.choice([*edits, None]),
                    "resolved_policy": self._random.choice([*resolved, None, None]),
                }
                self._decision(service_id, version, incident, policy)
            self._incident(service_id, version, incident)
        stored = {"version": version, "incident": latest, "state": "{}"}
        self._add(monitored_services, service_id=service_id, **stored)

    def _incident(self, service_id: str, version: int, incident: int) -> None:
        of = {"service_id": service_id, "incident": incident}
        state = {"level": 1, "state": "over", "title": ""}
        self._add(incidents, version=version, begun_at=self._time(), **of, **state)
        self._add(incident_notes, at=self._time(), author="ada", text="", **of)
        name = f"{service_id}/{incident}"
        writer = AlertWriter(self._connection, 1, lambda: literal(self._time(), BigInteger))
        writer.open(NewAlert(name, name, AlertFields("down")), Trouble(service_id, incident, "x"))

    def _resolved(self, service_id: str, number: int) -> int | None:
        values = {"service_id": service_id, "digest": f"{service_id}/{number}", "policy": "{}"}
        return self._add(resolved_policies, used_at=self._time(), **values)

    def _decision(
        self, service_id: str, version: int, incident: int, policy: Mapping[str, int | None]
    ) -> None:
        step = {"service_id": service_id, "version": version, "incident": incident}
        texts = {"message": "{}", "after": "{}"}
        self._add(decisions, decided_at=self._time(), **policy, **step, **texts)
        key = {"idempotency_key": f"{service_id}/{version}", "effect": "{}", "detail": ""}
        last = self._random.randrange(4)
        effect = self._add(outbox, channel="email", attempt=last, status="sent", **step, **key)
        for attempt in range(1, last + 1):
            ended = {"ended_at": self._time(), "status": "failed", "detail": ""}
            self._add(attempts, effect=effect, attempt=attempt, **ended)

    def _time(self) -> int:
        return self._random.choice(AROUND_THE_CUTOFF)

    def _add(self, table: Table, **values: object) -> int | None:  # type: ignore[explicit-any]  # the default of Table's type parameter
        key = self._connection.execute(insert(table).values(values)).inserted_primary_key
        id_: int | None = key[0] if key else None
        return id_


Rows = dict[str, set[object]]


def rows(connection: Connection) -> Rows:
    """What is there, by table."""
    return {
        "decisions": {
            (row.service_id, row.version) for row in connection.execute(select(decisions))
        },
        "outbox": set(connection.scalars(select(outbox.c.id))),
        "attempts": {(row.effect, row.attempt) for row in connection.execute(select(attempts))},
        **{
            table.name: {
                (row.service_id, row.incident) for row in connection.execute(select(table))
            }
            for table in (incidents, incident_notes, alerts)
        },
        **{
            table.name: set(connection.scalars(select(table.c.id)))
            for table in (policy_edits, on_call_edits, property_edits, resolved_policies)
        },
        "audit log": set(connection.scalars(select(changes.c.id))),
        "windows": set(connection.scalars(select(maintenance_windows.c.id))),
    }


def kept(connection: Connection) -> Rows:
    """What the rules keep of what is there."""
    ages: dict[str, list[IncidentAge]] = {service_id: [] for service_id in SERVICES}
    for service_id, incident, changed_at in connection.execute(
        select(
            decisions.c.service_id, decisions.c.incident, func.max(decisions.c.decided_at)
        ).group_by(decisions.c.service_id, decisions.c.incident)
    ):
        ages[service_id].append(IncidentAge(incident, moment(changed_at)))
    latest = {
        row.service_id: row.incident for row in connection.execute(select(monitored_services))
    }
    deleted = {name: last_to_delete(ages[name], latest[name], CUTOFF) for name in SERVICES}
    decided = [
        row
        for row in connection.execute(select(decisions))
        if row.incident > deleted[row.service_id]
    ]
    effects = {
        row.id: row.attempt
        for row in connection.execute(select(outbox))
        if row.incident > deleted[row.service_id]
    }
    current = set(
        connection.scalars(select(func.max(policy_edits.c.id)).group_by(policy_edits.c.service_id))
    )
    last = func.max(on_call_edits.c.id)
    current_entries = set(connection.scalars(select(last).group_by(on_call_edits.c.name)))
    current_properties = connection.scalar(select(func.max(property_edits.c.id)))
    under = {row.policy_edit for row in decided}
    under_resolved = {row.resolved_policy for row in decided}
    return {
        "decisions": {(row.service_id, row.version) for row in decided},
        "outbox": set(effects),
        "attempts": {
            (row.effect, row.attempt)
            for row in connection.execute(select(attempts))
            if row.effect in effects
            and keeps_attempt(
                moment(row.ended_at), CUTOFF, is_last=row.attempt == effects[row.effect]
            )
        },
        **{
            table.name: {
                (row.service_id, row.incident)
                for row in connection.execute(select(table))
                if row.incident > deleted[row.service_id]
            }
            for table in (incidents, incident_notes, alerts)
        },
        "resolved_policies": {
            row.id
            for row in connection.execute(select(resolved_policies))
            if keeps_resolved_policy(
                moment(row.used_at), CUTOFF, has_decisions=row.id in under_resolved
            )
        },
        "on_call_edits": {
            row.id
            for row in connection.execute(select(on_call_edits))
            if keeps_entry_edit(moment(row.edited_at), CUTOFF, is_current=row.id in current_entries)
        },
        "property_edits": {
            row.id
            for row in connection.execute(select(property_edits))
            if keeps_entry_edit(
                moment(row.edited_at), CUTOFF, is_current=row.id == current_properties
            )
        },
        "policy_edits": {
            row.id
            for row in connection.execute(select(policy_edits))
            if keeps_edit(
                moment(row.edited_at),
                CUTOFF,
                is_current=row.id in current,
                has_decisions=row.id in under,
            )
        },
        "audit log": {
            row.id
            for row in connection.execute(select(changes))
            if keeps_audit_log_entry(moment(row.at), CUTOFF)
        },
        "windows": {
            row.id
            for row in connection.execute(select(maintenance_windows))
            if keeps_maintenance_window(moment(row.ends_at), CUTOFF)
        },
    }


@pytest.mark.parametrize(("seed", "at_once"), [(0, 5), (1, 2_000)])
def test_pruning_keeps_what_the_rules_keep(database: Database, seed: int, at_once: int) -> None:
    """Whatever was decided, attempted and edited when, and however much is deleted at once."""
    database.write(lambda connection: Journal(connection, seed))
    before, expected = database.read(rows), database.read(kept)
    deleted = prune(
        database, timedelta(milliseconds=KEEP), lambda: literal(NOW, BigInteger), at_once
    )
    assert database.read(rows) == expected
    assert deleted == sum(len(before[table]) - len(expected[table]) for table in before) > 0


INCIDENTS, TARGETS = 12, 3


class Watched:
    """A database: what was in it after each transaction."""

    def __init__(self, database: Database) -> None:
        """Write to `database`."""
        self._database = database
        self.deleted: list[int] = []
        self.differences: list[ServiceDifference] = []

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`."""
        return self._database.read(work)

    def write(self, work: Callable[[Connection], T], lock_key: str = "") -> T:
        """Do `work`, count what it deletes, and audit what is left."""
        before = self._database.read(rows)
        result = self._database.write(work, lock_key)
        after = self._database.read(rows)
        self.deleted.append(sum(len(before[table]) - len(after[table]) for table in before))
        self.differences += audit(self._database).differences
        return result

    def write_all(self, writes: Sequence[Write[T]]) -> list[T]:
        """As `write`."""
        return [self.write(*write) for write in writes]


@pytest.mark.proof
def test_much_is_deleted_in_many_small_transactions(database: Database) -> None:
    """Each ends with whole incidents, so that an audit in between finds nothing; and others write
    between two of them."""
    clock = Clock()
    ports = SqlPorts(database, sql_clock(clock))
    targets = tuple(EmailTarget(address=f"p{number}@example.com") for number in range(TARGETS))
    levels = (Level(targets=targets),)
    ports.policies.put(EscalationPolicy(service_id="checkout-api", levels=levels))
    pager = PagerService(ports.policies, ports.services)
    for _ in range(INCIDENTS):
        pager.receive(Alert(service_id="checkout-api", message="down"))
        for claim in ports.outbox.claim("email", 100):
            ports.outbox.settle(claim, Outcome("sent"))
        pager.receive(HealthyEvent(service_id="checkout-api"))
    clock.advance(timedelta(days=100))
    watched = Watched(database)
    a_few = 20  # an incident has a row, two decisions, four effects and three attempts
    deleted = prune(watched, timedelta(days=90), sql_clock(clock), a_few)
    assert deleted == sum(watched.deleted) == (INCIDENTS - 1) * 10
    assert max(watched.deleted) <= 2 * a_few
    assert len([size for size in watched.deleted if size]) > INCIDENTS // 3
    assert watched.differences == []
    assert database.read(rows)["decisions"] == {
        ("checkout-api", version) for version in (2 * INCIDENTS - 1, 2 * INCIDENTS)
    }


def test_an_incident_with_many_attempts_is_deleted_a_part_at_a_time(database: Database) -> None:
    """A page that was tried for days has thousands."""
    stored = {"service_id": "checkout-api", "incident": 1, "version": 1}
    key = {"idempotency_key": "checkout-api/1", "effect": "{}", "detail": ""}
    failed = {"ended_at": 1, "status": "failed", "detail": ""}

    def add(connection: Connection) -> None:
        texts = {"message": "{}", "after": "{}"}
        connection.execute(insert(decisions).values(decided_at=1, **stored, **texts))
        latest = {"service_id": "checkout-api", "incident": 2, "version": 2, "state": "{}"}
        connection.execute(insert(monitored_services).values(latest))
        effect = insert(outbox).values(id=1, channel="email", attempt=99, status="sent")
        connection.execute(effect.values(**stored, **key))
        tried = [{"effect": 1, "attempt": number, **failed} for number in range(100)]
        connection.execute(insert(attempts), tried)

    database.write(add)
    watched = Watched(database)
    assert prune(watched, timedelta(0), lambda: literal(NOW, BigInteger), 10) == 102
    assert max(watched.deleted) <= 12


def test_what_became_of_a_request_is_kept_for_days(database: Database) -> None:
    """Whatever the retention is: a client asks at once, or never."""
    clock = Clock()
    for day in range(10):
        database.write(partial(_note_request, request_id=str(day), now=sql_clock(clock)))
        clock.advance(timedelta(days=1))
    prune(database, timedelta(days=90), sql_clock(clock))
    kept_days = [day for day in range(10) if Alerts(database, 1).request(str(day)) is not None]
    assert kept_days == list(range(10 - REQUESTS_KEPT_FOR.days, 10))


def _note_request(connection: Connection, request_id: str, now: Now) -> None:
    outcome = RequestOutcome("Close", is_success=True, status="Closed alert")
    AlertWriter(connection, 1, now).note_request(request_id, outcome)
