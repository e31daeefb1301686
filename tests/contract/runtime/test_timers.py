"""Timers that come due at the same moment."""

from datetime import timedelta

from sqlalchemy import text, update

from contract.runtime.at_work import at_work
from databases import sqlite_statements
from pager import Acknowledgement, Alert, EmailTarget, EscalationPolicy, Level
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import timers
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.views.entries import Attempt
from pager.adapters.store.views.journal import Journal
from pager.testing import InMemoryMail, in_memory_gateways
from waiting import WAIT_TIMEOUT, wait_until

NAMES = [f"service-{number}" for number in range(60)]


def target(name: str) -> EmailTarget:
    """Of a team."""
    return EmailTarget(address=f"{name}@example.com")


def unhealthy(database: Database) -> None:
    """All services are Unhealthy, and their first Level is overdue."""
    inbox = Inbox(database, Wakeups())
    for name in NAMES:
        levels = (Level(targets=(target("first"),)), Level(targets=(target("second"),)))
        SqlPorts(database).policies.put(EscalationPolicy(service_id=name, levels=levels))
        inbox.submit(Alert(service_id=name, message="down")).result(WAIT_TIMEOUT)
    nothing_to_send = text("UPDATE outbox SET due_at = NULL, status = 'sent'")
    database.write(lambda connection: connection.execute(nothing_to_send))
    database.write(lambda connection: connection.execute(update(timers).values(due_at=0)))


def test_a_timer_is_set_in_the_transaction_of_its_decision(database: Database) -> None:
    """No crash comes between the two, and nothing of it waits in the outbox."""
    delay = timedelta(minutes=5)
    level = Level(targets=(target("first"),), acknowledgement_delay=delay)
    SqlPorts(database).policies.put(EscalationPolicy(service_id="service-0", levels=(level,)))
    alert = Alert(service_id="service-0", message="down")
    Inbox(database, Wakeups()).submit(alert).result(WAIT_TIMEOUT)
    ports = SqlPorts(database)
    left = ports.timer.next_due_in()
    assert left is not None
    assert delay - timedelta(seconds=WAIT_TIMEOUT) < left <= delay
    assert not ports.outbox.is_due("timer")
    [set_] = [entry for entry in Journal(database).of("service-0") if isinstance(entry, Attempt)]
    assert (set_.effect.channel, set_.status, set_.attempt) == ("timer", "sent", 1)
    assert audit(database).differences == []


def test_an_acknowledgement_expires_on_a_server(database: Database) -> None:
    """Its timer is set with it, beside the timeout; and the server tells the Level again."""
    policy = EscalationPolicy(
        service_id="service-0",
        levels=(Level(targets=(target("first"),)),),
        acknowledgement_expiry=timedelta(milliseconds=1),
    )
    SqlPorts(database).policies.put(policy)
    inbox = Inbox(database, Wakeups())
    inbox.submit(Alert(service_id="service-0", message="down")).result(WAIT_TIMEOUT)
    by_grace = Acknowledgement(service_id="service-0", incident=1, by="Grace")
    inbox.submit(by_grace).result(WAIT_TIMEOUT)
    rows = database.read(lambda connection: connection.execute(timers.select()).all())
    assert sorted((row.level, row.is_expiry) for row in rows) == [(1, False), (1, True)]
    assert not SqlPorts(database).outbox.is_due("timer")
    mail = InMemoryMail()
    workers = Workers(database, Wakeups(), in_memory_gateways(mail), WorkerOptions())
    with at_work(workers):
        wait_until(
            lambda: [page.expired_of for page in mail.accepted if page.level > 1] == ["Grace"]
        )
    assert audit(database).differences == []


def test_timers_that_are_due_together_are_fired_together(database: Database) -> None:
    """With a few statements; each service is escalated once, and no timer is left over."""
    unhealthy(database)
    mail = InMemoryMail()
    workers = Workers(database, Wakeups(), in_memory_gateways(mail), WorkerOptions())
    with sqlite_statements() as told, at_work(workers):
        wait_until(lambda: len(mail.accepted) == len(NAMES))
    statements = [statement for statement in told if "INSERT INTO decisions" in statement]
    assert 0 < len(statements) < len(NAMES) / 2
    assert {page.service_id for page in mail.accepted} == set(NAMES)
    assert {page.level for page in mail.accepted} == {2}
    assert SqlPorts(database).timer.due() == []
    assert audit(database).differences == []


def test_a_timer_of_a_service_that_cannot_be_read_keeps_no_other_from_firing(
    database: Database,
) -> None:
    """It waits: a node of a newer version may be able to read it."""
    unhealthy(database)
    spoil = text("UPDATE monitored_services SET state = '{' WHERE service_id = 'service-7'")
    database.write(lambda connection: connection.execute(spoil))
    mail = InMemoryMail()
    options = WorkerOptions(retry_unreadable_after=timedelta(hours=1))
    workers = Workers(database, Wakeups(), in_memory_gateways(mail), options)
    with at_work(workers):
        wait_until(lambda: len(mail.accepted) == len(NAMES) - 1)
        wait_until(lambda: SqlPorts(database).timer.due() == [])
    left = database.read(lambda connection: connection.execute(timers.select()).all())
    assert "service-7" in {row.service_id for row in left if row.level == 1}
