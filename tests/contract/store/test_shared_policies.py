"""Services on a shared policy: how they are decided on, and what the journal keeps of it."""

import logging
from collections.abc import Sequence

import pytest
from sqlalchemy import insert, select

from contract.store.on_call_entries import (
    ADA,
    DATABASE_TEAM,
    GRACE,
    PAYMENTS,
    plain,
    shared,
    use,
)
from databases import block_writer
from pager import Alert, EscalationPolicy, HealthyEvent, Message
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import on_call_edits, resolved_policies
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.views.entries import Decided, PolicyEdit
from pager.adapters.store.views.journal import Journal
from pager.decide import Decision, decide
from pager.model import FALLBACK
from pager.oncall.people import Person
from pager.oncall.policies import PersonTarget
from waiting import WAIT_TIMEOUT

SERVICES = ("billing-api", "checkout-api", "search-api")
GAP = "Payments, Level 1 reaches nobody: Ada has no contact method"


def alert(service_id: str) -> Alert:
    """An Alert of that service."""
    return Alert(service_id=service_id, message="p99 latency above 3 s")


@pytest.fixture
def database(either_database: Database) -> Database:
    """One with three services on a shared policy, and one with a policy of its own."""
    for entry in (ADA, GRACE, DATABASE_TEAM, PAYMENTS):
        SqlOnCall(either_database).put(entry)
    policies = SqlPorts(either_database).policies
    for name in SERVICES:
        policies.put(use(name))
    policies.put(plain("linus", service_id="own"))
    return either_database


def decided(inbox: Inbox, database: Database, *messages: Message) -> Sequence[Decision]:
    """What these messages lead to, in one unit of work."""
    go_on = block_writer(database)
    futures = [inbox.submit(message) for message in messages]
    go_on.set()
    results = [future.result(WAIT_TIMEOUT) for future in futures]
    decisions = [result for result in results if isinstance(result, Decision)]
    assert len(decisions) == len(messages), results
    return decisions


def policies_in_journal(database: Database, service_id: str) -> list[EscalationPolicy | None]:
    """What each decision on the service was made on."""
    entries = Journal(database).of(service_id)
    return [entry.policy for entry in entries if isinstance(entry, Decided)]


def test_a_decision_keeps_what_the_policy_was(database: Database) -> None:
    """Each policy once, however many decisions were made on it; the audit decides them again."""
    inbox = Inbox(database, Wakeups())
    names = (*SERVICES, "own")
    for _ in range(2):
        for each in decided(inbox, database, *map(alert, names)):
            assert each.policy == SqlPorts(database).policies.of(each.after.service_id)
        decided(inbox, database, *(HealthyEvent(service_id=name) for name in names))
    assert audit(database) == (4, 16, 0, [])
    query = select(resolved_policies.c.service_id).order_by(resolved_policies.c.service_id)
    assert database.read(lambda connection: connection.scalars(query).all()) == list(SERVICES)
    [was] = set(policies_in_journal(database, "checkout-api"))
    assert was == SqlPorts(database).policies.of("checkout-api")
    assert set(policies_in_journal(database, "own")) == {plain("linus", service_id="own")}


def test_the_journal_has_which_shared_policy_is_used(database: Database) -> None:
    """As an edit of the policy of the service."""
    entries = Journal(database).of("checkout-api")
    assert [entry.policy for entry in entries if isinstance(entry, PolicyEdit)] == [use()]


def test_an_edit_of_the_directory_counts_from_the_next_unit(database: Database) -> None:
    """Though the directory is kept in memory; the journal keeps what was before."""
    inbox, on_call = Inbox(database, Wakeups()), SqlOnCall(database)
    on_call.put(shared(PersonTarget(name="Ada")))
    for person in (ADA, GRACE.model_copy(update={"name": "Ada"}), ADA):
        on_call.put(person)
        [each] = decided(inbox, database, alert("checkout-api"))
        assert each.policy is not None
        assert each.policy.levels[0].targets == (person.contact_methods[0].target,)
        decided(inbox, database, HealthyEvent(service_id="checkout-api"))
    first, second = plain("ada"), plain("grace")
    assert policies_in_journal(database, "checkout-api") == [
        *(first, first, second, second, first, first),
    ]
    assert audit(database) == (1, 6, 0, [])


def test_the_fallback_is_kept_with_why_it_counts(database: Database) -> None:
    """A policy that reaches nobody leaves the Alert to it."""
    inbox, on_call = Inbox(database, Wakeups()), SqlOnCall(database)
    on_call.put(Person(name="Ada"))
    on_call.put(shared(PersonTarget(name="Ada")))
    SqlPorts(database).policies.put(plain("linus", service_id=FALLBACK))
    [by_fallback, other] = decided(inbox, database, alert("checkout-api"), alert("other"))
    expected = plain("linus", service_id=FALLBACK)
    assert by_fallback.policy == expected.model_copy(update={"gaps": (GAP,)})
    assert other.policy == expected
    assert policies_in_journal(database, "checkout-api") == [by_fallback.policy]
    assert audit(database) == (2, 2, 0, [])


def test_one_at_a_time_is_kept_as_in_a_unit(database: Database) -> None:
    """Who works without a unit of work finds the edit again, and what the policy was."""
    ports = SqlPorts(database)
    policy = ports.policies.of("checkout-api")
    stored = ports.services.load("checkout-api")
    SqlOnCall(database).put(Person(name="Ada"))

    ports.services.save(decide(stored.service, alert("checkout-api"), policy), stored.version)
    assert policies_in_journal(database, "checkout-api") == [policy]
    assert audit(database) == (1, 1, 0, [])


def test_who_cannot_be_read_is_nobody_and_is_named_in_the_log(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are notified; a version that can read it is right again."""
    newer = insert(on_call_edits).values(
        kind="person", name="Ada", edited_at=database_clock(), value='{"type": "robot"}'
    )
    database.write(lambda connection: connection.execute(newer))
    with caplog.at_level(logging.WARNING):
        [each] = decided(Inbox(database, Wakeups()), database, alert("checkout-api"))
    assert each.policy is not None
    assert each.policy.levels == plain("grace").levels
    assert "the person 'Ada' cannot be read, and is nobody" in caplog.text
