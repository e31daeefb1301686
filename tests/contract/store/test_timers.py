"""The timers of an incident end with it, on both databases."""

from datetime import timedelta

from sqlalchemy import Connection, select

from pager import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
)
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import timers
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports import SqlPorts
from pager.service import PagerService

LEVEL = Level(targets=(EmailTarget(address="ada@example.com"),))


def stored(database: Database) -> set[tuple[str, int]]:
    """The service and the incident of each timer."""
    query = select(timers.c.service_id, timers.c.incident)
    return {(name, incident) for name, incident in database.read(lambda one: one.execute(query))}


def test_an_incident_that_is_over_has_no_timer(either_database: Database) -> None:
    """Or else a storm of short incidents would leave many; those that run keep theirs."""
    ports = SqlPorts(either_database)
    pager = PagerService(ports.policies, ports.services)
    for name in ("checkout-api", "search-api", "billing"):
        ports.policies.put(EscalationPolicy(service_id=name, levels=(LEVEL,)))
        pager.receive(Alert(service_id=name, message="down"))
        timeout = AcknowledgementTimeout(service_id=name, incident=1, level=1)
        ports.timer.set(timeout, timedelta(minutes=15))
    pager.receive(HealthyEvent(service_id="checkout-api"))
    pager.receive(Acknowledgement(service_id="billing", incident=1))
    assert stored(either_database) == {("search-api", 1), ("billing", 1)}


def test_the_timer_of_a_new_incident_stays(either_database: Database) -> None:
    """Also where the one before ends in the same transaction."""

    def happen(connection: Connection) -> None:
        ports = SqlPorts(InTransaction(connection))
        pager = PagerService(ports.policies, ports.services)
        ports.policies.put(EscalationPolicy(service_id="checkout-api", levels=(LEVEL,)))
        for incident in (1, 2):
            pager.receive(Alert(service_id="checkout-api", message="down"))
            timeout = AcknowledgementTimeout(service_id="checkout-api", incident=incident, level=1)
            ports.timer.set(timeout, timedelta(minutes=15))
            if incident == 1:
                pager.receive(HealthyEvent(service_id="checkout-api"))

    either_database.write(happen)
    assert stored(either_database) == {("checkout-api", 2)}
