"""How PostgreSQL finds rows: a storm makes tables grow that were small when it began."""

from functools import partial

import pytest
from sqlalchemy import Connection, text

from pager import Alert, EmailTarget, EscalationPolicy, HealthyEvent, Level, Message
from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.outbox import SqlOutbox
from pager.adapters.store.ports.settlements import Sent, record_sent
from pager.adapters.store.ports.unit_of_work import KnownPolicies, UnitOfWork
from pager.service import PagerService

SERVICES = 20
"""So many that each statement runs more than five times: only then PostgreSQL keeps one plan."""

GROWN = [
    "INSERT INTO monitored_services (service_id, version, incident, state, begun_at) "
    "SELECT 'other-' || n, 1, 1, '{}', 0 FROM generate_series(1, 5000) AS n",
    "INSERT INTO policy_edits (service_id, edited_at, policy) "
    "SELECT 'other-' || n, 0, '{}' FROM generate_series(1, 5000) AS n",
    "INSERT INTO outbox (version, position, channel, service_id, incident, idempotency_key, "
    "effect, attempt, status, detail) "
    "SELECT 1, 0, 'email', 'other-' || n, 1, 'other-' || n, '{}', 1, 'sent', '' "
    "FROM generate_series(1, 5000) AS n",
    "INSERT INTO timers (service_id, incident, level, is_expiry, due_at) "
    "SELECT 'other-' || n, 1, 1, false, 2000000000000 FROM generate_series(1, 5000) AS n",
]


def page(connection: Connection, message: Message) -> dict[str, int]:
    """Decide, claim the pages that it leads to, and record that they were sent.

    The tables that were read from beginning to end for it, and how much of them.
    """
    unit = UnitOfWork(connection, {message.service_id}, KnownPolicies())
    decision = PagerService(unit, unit.services("test"), maintenance=unit).receive(message)
    assert decision.changed
    assert unit.write() == set()
    claims, _ = SqlOutbox(InTransaction(connection)).claim_new(connection, "email", 10)
    record_sent(connection, [Sent(claim, "250 Ok") for claim in claims], database_clock)
    read = "SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables WHERE seq_tup_read > 1000"
    return {name: number for name, number in connection.execute(text(read))}  # noqa: C416 - rows


@pytest.mark.parametrize("kind", [Alert, HealthyEvent], ids=["an Alert", "the end of an incident"])
def test_what_a_storm_runs_finds_its_rows_by_an_index(
    postgresql_database: str, kind: type[Alert | HealthyEvent]
) -> None:
    """For each batch of Alerts, whole tables would be read, until autovacuum has counted them."""
    database = Database(postgresql_database)
    targets = (EmailTarget(address="ada@example.com"), EmailTarget(address="grace@example.com"))
    names = [f"service-{n}" for n in range(SERVICES)]
    for name in names:
        level = Level(targets=targets)
        SqlPorts(database).policies.put(EscalationPolicy(service_id=name, levels=(level,)))
    messages: list[Message] = [Alert(service_id=name, message="down") for name in names]
    if kind is HealthyEvent:
        for message in messages:
            database.write(partial(page, message=message))
        messages = [HealthyEvent(service_id=name) for name in names]
    *early, last = messages
    for message in early:
        database.write(partial(page, message=message))
    for statement in GROWN:
        database.write(partial(Connection.exec_driver_sql, statement=statement))
    assert database.write(partial(page, message=last)) == {}
    database.close()


def test_all_else_in_the_transaction_is_planned_as_ever(postgresql_database: str) -> None:
    """Much may be read there: then PostgreSQL knows better."""
    database = Database(postgresql_database)

    def plans(connection: Connection) -> list[str]:
        names = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
        return [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]

    def before_and_after(connection: Connection) -> list[list[str]]:
        before = plans(connection)
        UnitOfWork(connection, {"service-1"}, KnownPolicies())
        return [before, plans(connection)]

    assert database.write(before_and_after) == [["on"] * 3] * 2
    database.close()
