"""The audit of a large database: a part at a time, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Executable, insert, select, update

from databases import sql_clock
from pager import Acknowledgement, Alert, EmailTarget, EscalationPolicy, HealthyEvent, Level
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import decisions, monitored_services, outbox
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import SERVICES_AT_ONCE, audit
from pager.adapters.store.upkeep.retention import prune
from pager.service import PagerService
from pager.testing import Clock

T = TypeVar("T")


class CountingReads:
    """A database that counts its snapshots."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database
        self.snapshots = 0

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a snapshot, and count it."""
        self.snapshots += 1
        return self._database.read(work)


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one."""
    return either_database


@pytest.mark.proof
def test_each_service_is_audited_once_in_a_snapshot_of_its_own(database: Database) -> None:
    """However many there are: no snapshot is kept for long, which would hold up SQLite's WAL."""
    names = [f"service-{number}" for number in range(SERVICES_AT_ONCE + 2)]
    row = {"version": 1, "incident": 0, "state": "{}"}
    rows = [{"service_id": name, **row} for name in names]
    database.write(lambda connection: connection.execute(insert(monitored_services), rows))
    reads = CountingReads(database)
    assert audit(reads).services == len(names)
    lists_of_names = 3  # a full one, the rest, and the empty one
    assert reads.snapshots == len(names) + lists_of_names


INCIDENTS = 6
"""Of three decisions each: an Alert, an Acknowledgement, a Healthy event."""
DECISIONS = 3 * INCIDENTS


def receive_incidents(database: Database) -> Clock:
    """One service has many of them; the clock is that of its decisions."""
    clock = Clock()
    ports = SqlPorts(database, sql_clock(clock))
    targets = tuple(EmailTarget(address=f"{name}@example.com") for name in ("ada", "grace"))
    policy = EscalationPolicy(service_id="checkout-api", levels=(Level(targets=targets),))
    ports.policies.put(policy)
    pager = PagerService(ports.policies, ports.services)
    for incident in range(1, INCIDENTS + 1):
        pager.receive(Alert(service_id="checkout-api", message="down"))
        pager.receive(Acknowledgement(service_id="checkout-api", incident=incident, by="Ada"))
        pager.receive(HealthyEvent(service_id="checkout-api"))
    return clock


@pytest.mark.proof
@pytest.mark.parametrize("at_once", [1, 4, 7, 1_000])
def test_a_service_with_many_decisions_is_audited_in_parts(
    database: Database, at_once: int
) -> None:
    """Whatever their size, each decision is decided again once."""
    receive_incidents(database)
    reads = CountingReads(database)
    report = audit(reads, at_once)
    assert (report.services, report.decisions, report.differences) == (1, DECISIONS, [])
    lists_of_names = 2
    parts = reads.snapshots - lists_of_names
    assert parts == {1: INCIDENTS, 4: 3, 7: 2, 1_000: 1}[at_once]


@pytest.mark.proof
def test_a_difference_is_found_in_whatever_part_it_is(database: Database) -> None:
    """Also in the first and in the last decision of one."""
    receive_incidents(database)
    stored = database.read(lambda connection: connection.execute(select(decisions)).all())
    for row in stored:
        this = update(decisions).where(decisions.c.version == row.version)
        spoilt = row.after.replace('"incident":', '"incident":7')
        execute(database, this.values(after=spoilt))
        [difference] = audit(database, 4).differences
        assert difference.version == row.version
        execute(database, this.values(after=row.after))
    execute(database, outbox.delete().where(outbox.c.incident == INCIDENTS - 1))
    [difference] = audit(database, 4).differences
    assert difference.version == DECISIONS - 5


def execute(database: Database, change: Executable) -> None:
    """Change what is stored."""
    database.write(lambda connection: connection.execute(change))


def test_what_is_deleted_during_an_audit_is_no_difference(database: Database) -> None:
    """Retention deletes old incidents: the audit goes on with those that are kept."""
    clock = receive_incidents(database)

    class Pruned(CountingReads):
        def read(self, work: Callable[[Connection], T]) -> T:
            result = super().read(work)
            if self.snapshots == 2:  # the names, and the first part
                clock.advance(timedelta(days=100))
                prune(database, timedelta(days=90), sql_clock(clock))
            return result

    report = audit(Pruned(database), 4)
    assert report.differences == []
    assert report.decisions < DECISIONS
