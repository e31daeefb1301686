"""Services on a shared policy: how they are decided on, and what the journal keeps of it."""

import logging
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import Connection, insert, select

from contract.store.on_call_entries import (
    ADA,
    DATABASE_TEAM,
    GRACE,
    NIGHTS,
    PAYMENTS,
    plain,
    shared,
    use,
)
from databases import block_writer
from pager import (
    AcknowledgementTimeout,
    Alert,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Message,
    SmsTarget,
)
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import on_call_edits, resolved_policies
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.shared_policies import SharedPolicies
from pager.adapters.store.refused_alerts import (
    NO_POLICY,
    Key,
    Refused,
    add_refused,
    refused_lately,
)
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.views.channels_of_policies import policies_by_channel
from pager.adapters.store.views.entries import Decided, PolicyEdit
from pager.adapters.store.views.gauges import read_gauges
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.overview import ServicesOverview
from pager.adapters.store.views.policies_naming import policies_naming
from pager.adapters.store.views.target_uses import Part, count_uses, uses_of
from pager.decide import Decision, decide
from pager.model import FALLBACK
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PersonTarget, ScheduleTarget
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


def test_a_shared_policy_is_resolved_once_for_all_its_services(database: Database) -> None:
    """However many they are: they have the same Levels."""

    def read(connection: Connection) -> list[EscalationPolicy | None]:
        policies = SharedPolicies(connection)
        return [policies.of(use(name)).policy for name in SERVICES]

    first, *others = database.read(read)
    assert first is not None
    for other in others:
        assert other is not None
        assert other.levels is first.levels


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
    [level] = each.policy.levels
    assert (level.number, level.targets) == (2, plain("grace").levels[0].targets)
    assert "the person 'Ada' cannot be read, and is nobody" in caplog.text


@pytest.mark.parametrize("kind", ["policy", "person"])
def test_an_alert_waits_for_a_node_that_can_read_whom_its_policy_reaches(
    database: Database, kind: str
) -> None:
    """Refused as one that reaches nobody, it would not be sent again; and the escalation waits."""
    policies = SqlPorts(database).policies
    SqlOnCall(database).put(shared(PersonTarget(name="Ada")))
    inbox = Inbox(database, Wakeups())
    begun = inbox.submit(alert("checkout-api")).result(WAIT_TIMEOUT)
    stored = SqlPorts(database).services.load("checkout-api")
    name = {"policy": "Payments", "person": "Ada"}[kind]
    newer = insert(on_call_edits).values(
        kind=kind, name=name, edited_at=database_clock(), value='{"type": "robot"}'
    )
    database.write(lambda connection: connection.execute(newer))
    timeout = AcknowledgementTimeout(service_id="checkout-api", incident=1, level=1)
    for message in (alert("billing-api"), timeout):
        with pytest.raises(Unreadable, match=f"the {kind} {name}"):
            inbox.submit(message).result(WAIT_TIMEOUT)
    assert SqlPorts(database).services.load("checkout-api") == stored
    with pytest.raises(Unreadable):
        policies.of("billing-api")
    # The fallback is for services that have no policy, and for those that reach nobody.
    policies.put(plain("linus", service_id=FALLBACK))
    if kind == "policy":
        with pytest.raises(Unreadable):
            policies.of("billing-api")
    else:
        assert policies.of("billing-api") is not None
    SqlOnCall(database).put(ADA if kind == "person" else shared(PersonTarget(name="Ada")))
    again = inbox.submit(alert("billing-api")).result(WAIT_TIMEOUT)
    assert isinstance(begun, Decision)
    assert isinstance(again, Decision)
    assert again.policy is not None
    assert begun.policy is not None
    assert again.policy.levels == begun.policy.levels


# --- What people see of them ---------------------------------------------------------------


def test_now_shows_what_a_shared_policy_is_now(database: Database) -> None:
    """Its Levels, and whether anybody is left; and which services reach somebody."""
    decided(Inbox(database, Wakeups()), database, alert("checkout-api"))
    view = ServicesOverview(database)
    overview = view.read()
    [unhealthy] = overview.unhealthy
    assert (unhealthy.levels, unhealthy.next_level) == (2, 2)
    assert [(each.service_id, each.has_policy) for each in overview.healthy] == [
        *(("billing-api", True), ("own", True), ("search-api", True)),
    ]
    assert overview.unreadable == []
    SqlOnCall(database).put(Person(name="Ada"))
    SqlOnCall(database).put(shared(PersonTarget(name="Ada")))
    overview = view.read()
    [unhealthy] = overview.unhealthy
    assert (unhealthy.levels, unhealthy.next_level) == (0, None)
    assert [each.service_id for each in overview.healthy if each.has_policy] == ["own"]


def test_an_alert_that_reached_nobody_is_shown_until_somebody_is_reached(
    database: Database,
) -> None:
    """As one of a service without a policy."""
    on_call = SqlOnCall(database)
    on_call.put(Person(name="Ada"))
    on_call.put(shared(PersonTarget(name="Ada")))
    refused: dict[Key, Refused] = {("checkout-api", NO_POLICY): Refused(1, "monitor")}
    assert database.write(partial(add_refused, refused=refused))
    assert [each.service_id for each in refused_lately(database)] == ["checkout-api"]
    on_call.put(ADA)
    assert refused_lately(database) == []


def test_a_shared_policy_is_found_by_all_whom_it_may_notify(database: Database) -> None:
    """Whoever is on call just now."""
    on_call = SqlOnCall(database)
    on_call.put(NIGHTS)
    by_sms = ContactMethod(target=SmsTarget(phone_number="+33612345678"))
    on_call.put(Person(name="Ada", contact_methods=(*ADA.contact_methods, by_sms)))
    on_call.put(shared(ScheduleTarget(name="Nights"), EmailTarget(address="all@example.com")))
    assert policies_naming(database, "ADA@example.com") == list(SERVICES)
    assert policies_naming(database, "all@example.com") == list(SERVICES)
    assert policies_naming(database, "grace@example.com") == []
    assert policies_naming(database, "linus@example.com") == ["own"]
    assert database.read(policies_by_channel) == {"email": 4, "sms": 3}


def test_a_shared_policy_of_the_name_of_an_address_is_no_use_of_it(database: Database) -> None:
    """Targets are replaced in policies of services, and not where these name another one."""
    name = "ada@example.com"
    SqlOnCall(database).put(shared(PersonTarget(name="Ada"), name=name))
    SqlPorts(database).policies.put(use("checkout-api", name))
    assert uses_of(database, name, Part(9)) == []
    assert count_uses(database, name).policies == 0


def test_gaps_and_what_cannot_be_read_are_counted(database: Database) -> None:
    """Services whose policy does not reach all whom it names, and entries of a newer version."""
    assert read_gauges(database).services_with_gaps == 0
    SqlOnCall(database).put(Person(name="Ada"))
    gauges = read_gauges(database)
    assert (gauges.services_with_gaps, gauges.unreadable_entries) == (3, 0)
    newer = insert(on_call_edits).values(
        kind="policy", name="Payments", edited_at=database_clock(), value='{"type": "robot"}'
    )
    database.write(lambda connection: connection.execute(newer))
    gauges = read_gauges(database)
    assert (gauges.services_with_gaps, gauges.unreadable_entries) == (3, 1)
    assert gauges.unreadable == {"state": 0, "policy": 0}


def test_a_step_that_left_somebody_out_is_in_the_log(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """With whom, and why."""
    SqlOnCall(database).put(Person(name="Ada"))
    inbox = Inbox(database, Wakeups())
    with caplog.at_level(logging.WARNING):
        decided(inbox, database, alert("checkout-api"), alert("own"))
    [record] = caplog.records
    assert record.getMessage().startswith(f"checkout-api: {GAP}")
