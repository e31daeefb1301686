"""Settlements: what was sent is recorded together, however much it is."""

import sqlite3
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection, select

from pager import Alert, EmailTarget, EscalationPolicy, Level
from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import attempts, outbox
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.settlements import Sent, record_sent
from pager.service import PagerService


def pages(database: Database, service_id: str, number: int) -> list[Sent]:
    """So many pages of an incident, which were claimed and sent."""
    ports = SqlPorts(database)
    targets = tuple(EmailTarget(address=f"person-{n}@example.com") for n in range(number))
    ports.policies.put(EscalationPolicy(service_id=service_id, levels=(Level(targets=targets),)))
    alert = Alert(service_id=service_id, message="p99 latency above 3 s")
    PagerService(ports.policies, ports.services).receive(alert)
    claims = ports.outbox.claim("email", number)
    return [Sent(claim, f"250 Ok: queued as {claim.id}") for claim in claims]


def test_each_page_has_its_own_receipt(either_database: Database) -> None:
    """In whichever order they were sent; and the attempt is recorded with it."""
    sent = pages(either_database, "checkout-api", 3)
    either_database.write(lambda connection: record_sent(connection, sent[::-1], database_clock))
    receipts = {(each.claim.id, "sent", each.receipt) for each in sent}
    assert either_database.read(recorded) == [receipts, receipts]


def recorded(connection: Connection) -> list[set[tuple[int, str, str]]]:
    """What the outbox and the journal of attempts say of pages."""
    last = select(outbox.c.id, outbox.c.status, outbox.c.detail).where(outbox.c.channel == "email")
    each = select(attempts.c.effect, attempts.c.status, attempts.c.detail)
    return [{(*row,) for row in connection.execute(query)} for query in (last, each)]


def test_what_a_settlement_costs_grows_with_the_pages_alone(database: Database) -> None:
    """In a storm many are recorded at once: none is compared with each of the others."""

    def steps(sent: Sequence[Sent]) -> int:
        return database.write(lambda connection: steps_of(connection, sent))

    few, many = (
        steps(pages(database, "checkout-api", 20)),
        steps(pages(database, "search-api", 200)),
    )
    assert many < 12 * few


def steps_of(connection: Connection, sent: Sequence[Sent]) -> int:
    """How many steps of its virtual machine SQLite needs to record them."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.set_progress_handler(step, 1)
    try:
        record_sent(connection, sent, database_clock)
    finally:
        driver.set_progress_handler(None, 1)
    return count
