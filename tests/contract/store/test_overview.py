"""Now, the gauges and the lists: what is read in indexes is what all stored states say."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, get_args

import pytest
from sqlalchemy import (
    BigInteger,
    Connection,
    delete,
    event,
    insert,
    literal,
    select,
    text,
    true,
    update,
)

from pager import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Message,
    SmsTarget,
)
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import decisions, monitored_services, policy_edits, timers
from pager.adapters.store.core.stored_text import UNKNOWN_POLICY
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.refused_alerts import NO_POLICY, Refused, add_refused, refused_lately
from pager.adapters.store.views.channels_of_policies import policies_by_channel
from pager.adapters.store.views.due_effects import FIRST_EFFECTS
from pager.adapters.store.views.escalating_services import EscalatingServices
from pager.adapters.store.views.gauges import read_gauges
from pager.adapters.store.views.incident_details import beginning_of, told_in
from pager.adapters.store.views.incident_list import IncidentList, Selection
from pager.adapters.store.views.incidents import incident_of, latest_periods
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.order_of_now import names_in_order
from pager.adapters.store.views.overdue_pages import overdue_pages
from pager.adapters.store.views.overview import ServicesOverview
from pager.adapters.store.views.states import in_parts
from pager.adapters.store.views.status import ServiceStatuses, due_times
from pager.adapters.store.views.unhealthy_services import unhealthy_services
from pager.model import FALLBACK, MonitoredService, Target, Unhealthy
from pager.ports import Outcome
from pager.service import PagerService
from pager.triage import place, stage_of

NAMES = [f"service-{number:02}" for number in range(24)]


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one."""
    return either_database


def put_policy(database: Transactions, name: str, levels: int = 1) -> None:
    """So many Levels with Ada."""
    level = Level(targets=(EmailTarget(address="ada@example.com"),))
    policy = EscalationPolicy(service_id=name, levels=(level,) * levels)
    SqlPorts(database).policies.put(policy)


def happen(database: Transactions, name: str, *messages: str) -> None:
    """The service receives these messages, one after the other."""
    ports = SqlPorts(database)
    service = PagerService(ports.policies, ports.services, maintenance=ports.maintenance)
    for message in messages:
        if message == "maintenance":
            ports.maintenance.add(name, timedelta(hours=1))
            continue
        incident = ports.services.load(name).service.incident
        kinds: dict[str, Message] = {
            "alert": Alert(service_id=name, message=f"down {message}"),
            "acknowledgement": Acknowledgement(service_id=name, incident=max(incident, 1)),
            "timeout": AcknowledgementTimeout(service_id=name, incident=max(incident, 1), level=1),
            "healthy": HealthyEvent(service_id=name),
        }
        service.receive(kinds[message])


STORIES = (
    ("alert",),
    ("alert", "acknowledgement"),
    ("alert", "timeout"),
    ("alert", "healthy"),
    ("alert", "healthy", "alert"),
    ("alert", "timeout", "acknowledgement"),
    (),
    ("maintenance", "alert"),
)


@pytest.fixture
def services(database: Database) -> Database:
    """Services in every stage."""
    database.write(lambda connection: fill(InTransaction(connection)))
    return database


def fill(transaction: InTransaction) -> None:
    """All in one transaction, which takes less time."""
    for number, name in enumerate(NAMES):
        put_policy(transaction, name)
        happen(transaction, name, *STORIES[number % len(STORIES)])
    policies = SqlPorts(transaction).policies
    put_policy(transaction, "never-used")
    put_policy(transaction, "removed")
    policies.remove("removed")
    put_policy(transaction, "without-policy")
    happen(transaction, "without-policy", "alert", "healthy")
    policies.remove("without-policy")


@pytest.fixture
def mixed(services: Database) -> Database:
    """The same; some of them other versions of Pager have written."""
    # An older node writes no begin; a newer one may write fields in another order.
    begun_by_an_older_node(services, NAMES[0])
    begun_by_an_older_node(services, NAMES[1])
    for name in (NAMES[7], NAMES[10]):
        rewrite(services, name, lambda state: json.dumps(json.loads(state), sort_keys=True))
    return services


def begun_by_an_older_node(database: Database, name: str) -> None:
    """As if it did not know the columns for the begin."""
    change = update(monitored_services).where(monitored_services.c.service_id == name)
    database.write(
        lambda connection: connection.execute(change.values(begun_at=0, begun_incident=0))
    )


def rewrite(database: Database, name: str, change: Callable[[str], str]) -> None:
    """Change the stored state."""
    where = monitored_services.c.service_id == name

    def write(connection: Connection) -> None:
        state = connection.scalars(select(monitored_services.c.state).where(where)).one()
        connection.execute(update(monitored_services).where(where).values(state=change(state)))

    database.write(write)


def states(database: Database) -> dict[str, MonitoredService]:
    """Every stored state that can be read, parsed."""
    query = select(monitored_services.c.service_id, monitored_services.c.state)
    rows = database.read(lambda connection: connection.execute(query).all())
    services = {}
    for name, state in rows:
        try:
            services[name] = SERVICES.decode_known(state, name)
        except Unreadable:
            continue
    return services


def expected_order(database: Database, search: str = "") -> list[str]:
    """The Unhealthy services in the order of `triage`, by the journal and the timers."""
    unhealthy = [
        service
        for service in states(database).values()
        if isinstance(service, Unhealthy) and search in service.service_id
    ]
    names = [service.service_id for service in unhealthy]
    periods = database.read(lambda connection: latest_periods(connection, names))
    due = database.read(lambda connection: due_times(connection, true()))

    def key(service: Unhealthy) -> tuple[object, str]:
        name = service.service_id
        begun_at = periods[name].begun_at if name in periods else None
        due_at = due.get((name, service.incident, service.level, False))
        return place(stage_of(service), begun_at, due_at), name

    return [service.service_id for service in sorted(unhealthy, key=key)]


def test_now_has_the_unhealthy_services_in_order_whoever_has_written_them(mixed: Database) -> None:
    """Page by page, as if all states were parsed and sorted."""
    order = expected_order(mixed)
    assert len(order) > 12
    overview = ServicesOverview(mixed)
    for skip in range(len(order) + 1):
        shown = overview.read(skip_unhealthy=skip)
        assert [summary.status.service_id for summary in shown.unhealthy] == order[skip:][:20]
        assert shown.found_unhealthy == shown.all_unhealthy == len(order)


FINDERS: dict[str, Callable[[], EscalatingServices]] = {
    "each timer is looked up": EscalatingServices,
    "timers are read in order": partial(EscalatingServices, few=0, most_stale=1_000),
    "and there are too many stale ones": partial(EscalatingServices, few=0, most_stale=0),
    "and few have none": partial(EscalatingServices, few=5, most_stale=3),
}
"""Ways to find what escalates next."""


@pytest.mark.proof
@pytest.mark.parametrize("timers_are_set", [True, False])
@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_now_is_that_of_triage_whatever_is_stored(
    database: Database, seed: int, *, timers_are_set: bool
) -> None:
    """Random states, begins and timers, some of them stale, late or missing; page by page."""
    random = Random(seed)
    database.write(lambda connection: scatter(InTransaction(connection), random))
    if timers_are_set:  # as on a server: in the transaction of the decision
        database.write(lambda connection: set_timers(connection, random))
    database.write(lambda connection: mix_up_timers(connection, random))
    for search in ("", "1"):
        order = expected_order(database, search)
        assert len(order) > 4
        for what, finder in FINDERS.items():
            for first in (0, 1, 7, len(order) - 1, len(order)):
                shown = order_of_now(database, finder, search, range(first, first + 20))
                assert shown == order[first:][:20], what


def order_of_now(
    database: Database, finder: Callable[[], EscalatingServices], search: str, places: range
) -> Sequence[str]:
    """As `names_in_order`."""
    return database.read(
        lambda connection: names_in_order(
            connection, unhealthy_services(connection, search), finder(), search, places
        )
    )


def scatter(transaction: InTransaction, random: Random) -> None:
    """Services in random stages; some of their texts have to be parsed."""
    for number in range(40):
        name = f"service-{number:02}"
        put_policy(transaction, name, levels=random.choice([1, 2]))
        happen(transaction, name, *random.choice(STORIES), *random.choice(STORIES[:4]))
    table = monitored_services
    for name in random.sample([f"service-{number:02}" for number in range(40)], 6):
        change = update(table).where(table.c.service_id == name)
        transaction.write(lambda one, change=change: one.execute(change.values(begun_incident=0)))  # type: ignore[misc]  # mypy can't infer a default


def set_timers(connection: Connection, random: Random) -> None:
    """Carry out the delays that wait in the outbox: some are over, some are the same."""
    ports = SqlPorts(InTransaction(connection))
    for claim in ports.outbox.claim("timer", 1_000):
        delay = timedelta(seconds=random.randrange(-20, 20))
        ports.timer.set(claim.effect.timeout, delay)  # type: ignore[union-attr]  # it is the timer's
        ports.outbox.settle(claim, Outcome("sent"))


def mix_up_timers(connection: Connection, random: Random) -> None:
    """Let some be lost, and some be due in the same moment; add stale ones in front."""
    for name in random.sample([f"service-{number:02}" for number in range(40)], 8):
        connection.execute(delete(timers).where(timers.c.service_id == name))
    values = [
        {"service_id": f"service-{number:02}", "incident": 0, "level": 1, "due_at": number}
        for number in range(40)
    ]
    connection.execute(insert(timers), values)
    coarse = timers.c.due_at - timers.c.due_at % 5_000
    connection.execute(update(timers).values(due_at=coarse))


def test_now_counts_and_finds_what_is_stored(mixed: Database) -> None:
    """The Healthy services are those that have a policy or ever had an incident, and no others."""
    for search in ("", "1", "SERVICE-0", "never", "nothing"):
        found = ServicesOverview(mixed).read(search)
        part = search.lower()
        services = states(mixed)
        order = expected_order(mixed, part)
        names = {*NAMES, "never-used", "without-policy"}
        healthy = sorted(names - set(expected_order(mixed)))
        assert [summary.status.service_id for summary in found.unhealthy] == order[:20]
        assert found.found_unhealthy == len(order)
        assert [each.service_id for each in found.healthy] == [n for n in healthy if part in n]
        assert found.found_healthy == len(found.healthy)
        assert [each.service_id for each in found.healthy if not each.has_policy] == [
            name for name in ["without-policy"] if part in name
        ]
        unanswered = [
            service
            for service in services.values()
            if isinstance(service, Unhealthy)
            and stage_of(service) not in ("acknowledged", "maintenance")
        ]
        assert found.unanswered == len(unanswered)
        assert found.in_maintenance == sum(
            isinstance(service, Unhealthy) and service.waits_for_maintenance
            for service in services.values()
        )
        assert list(found.unreadable) == []


def test_the_healthy_services_are_shown_part_by_part(mixed: Database) -> None:
    """Each once, however they are divided."""
    overview = ServicesOverview(mixed)
    healthy = [each.service_id for each in overview.read().healthy]
    for skip in range(len(healthy) + 2):
        shown = overview.read(skip_healthy=skip).healthy
        assert [each.service_id for each in shown] == healthy[skip:]


def test_the_number_of_services_is_counted_again_where_it_may_have_changed(
    database: Database,
) -> None:
    """A new policy, a first incident without one, and a policy that is removed."""
    overview = ServicesOverview(database)
    put_policy(database, FALLBACK)
    assert overview.read().found_healthy == 1
    put_policy(database, "checkout-api")
    assert overview.read().found_healthy == 2
    happen(database, "search-api", "alert")
    assert (overview.read().found_healthy, overview.read().found_unhealthy) == (2, 1)
    happen(database, "search-api", "healthy")
    assert overview.read().found_healthy == 3
    SqlPorts(database).policies.remove("checkout-api")
    assert overview.read().found_healthy == 2


def test_what_an_older_node_does_next_is_seen(mixed: Database) -> None:
    """It updates the state and the version, and knows no other columns."""
    name = NAMES[3]
    assert name not in expected_order(mixed)
    rewrite(
        mixed,
        name,
        lambda _: Unhealthy(service_id=name, incident=2, level=1, message="x").model_dump_json(),
    )
    change = update(monitored_services).where(monitored_services.c.service_id == name)
    mixed.write(lambda connection: connection.execute(change.values(incident=2, version=3)))
    shown = [each.status.service_id for each in ServicesOverview(mixed).read().unhealthy]
    assert name in shown  # although the journal of this test has no begin of that incident
    assert shown == expected_order(mixed)[:20]
    assert read_gauges(mixed).unhealthy["escalating"] == sum(
        isinstance(each, Unhealthy) and stage_of(each) == "escalating"
        for each in states(mixed).values()
    )
    happen(mixed, name, "acknowledgement")
    assert name in [each.status.service_id for each in ServicesOverview(mixed).read().unhealthy]
    happen(mixed, name, "healthy", "alert")
    assert ServicesOverview(mixed).read().unhealthy[-1].status.service_id in expected_order(mixed)
    order = [each.status.service_id for each in ServicesOverview(mixed).read().unhealthy]
    assert order == expected_order(mixed)[:20]


def test_a_state_that_cannot_be_read_is_counted_as_such(mixed: Database) -> None:
    """By Now and by the gauges; it is neither Healthy nor Unhealthy."""
    before = ServicesOverview(mixed).read()
    for state in (
        "{",
        "{}",
        '{"state":"sleeping"}',
        '{"state":"unhealthy","escalation":{"stage":"snoozed"}}',
        '{"state":"asleep","escalation":{"stage":"escalating"}}',
    ):
        rewrite(mixed, NAMES[0], lambda _, state=state: state)  # type: ignore[misc]  # mypy can't infer a default
        after = ServicesOverview(mixed).read()
        assert list(after.unreadable) == [NAMES[0]]
        assert after.all_unhealthy == before.all_unhealthy - 1
        assert after.found_healthy == before.found_healthy
        assert read_gauges(mixed).unreadable == {"state": 1, "policy": 0}


def test_only_the_last_policy_must_be_readable(database: Database) -> None:
    """And a text that looks like another kind of Target is none."""
    put_policy(database, "checkout-api")
    odd = '{"service_id":"checkout-api","levels":[{"targets":[{"type":"pager"}]}]}'
    values = {"service_id": "checkout-api", "edited_at": 1, "policy": odd}
    database.write(lambda connection: connection.execute(insert(policy_edits).values(values)))
    assert read_gauges(database).unreadable["policy"] == 1
    assert list(ServicesOverview(database).read().unreadable) == ["checkout-api"]
    put_policy(database, "checkout-api")
    assert read_gauges(database).unreadable["policy"] == 0


def test_the_oldest_page_that_is_wanted_is_found_behind_many_that_are_not(
    database: Database,
) -> None:
    """Those of an incident that somebody has acknowledged, before a relay has withdrawn them."""
    targets = tuple(
        EmailTarget(address=f"{number}@example.com") for number in range(FIRST_EFFECTS + 50)
    )
    policy = EscalationPolicy(service_id="checkout-api", levels=(Level(targets=targets),))
    SqlPorts(database).policies.put(policy)
    happen(database, "checkout-api", "alert", "acknowledgement")
    at = round(time.time() + 365 * 24 * 3600) * 1_000
    in_a_year = literal(at, BigInteger)
    assert read_gauges(database, lambda: in_a_year).oldest_due["email"] == 0
    put_policy(database, "search-api")
    happen(database, "search-api", "alert")
    query = select(decisions.c.decided_at).where(decisions.c.service_id == "search-api")
    late = at - database.read(lambda one: one.scalars(query).one())
    assert read_gauges(database, lambda: in_a_year).oldest_due["email"] == late / 1_000


def test_what_this_version_writes_is_told_by_its_text(services: Database) -> None:
    """Each stage and each kind of Target: nothing is parsed but what is shown."""
    targets: tuple[Target, ...] = (
        EmailTarget(address="ada@example.com"),
        SmsTarget(phone_number="+33612345678"),
    )
    assert {type(target) for target in targets} == set(get_args(get_args(Target)[0]))
    SqlPorts(services).policies.put(
        EscalationPolicy(
            service_id="checkout-api", levels=tuple(Level(targets=(each,)) for each in targets)
        )
    )
    unhealthy = services.read(unhealthy_services)
    assert all(unhealthy.counted.values())
    assert unhealthy.parsed == ({}, {})
    unknown = select(policy_edits.c.id).where(UNKNOWN_POLICY)
    assert services.read(lambda connection: connection.scalars(unknown).all()) == []


def test_an_alert_that_looks_like_a_state_changes_no_stage(database: Database) -> None:
    """Inside a text of the JSON, every quotation mark has a backslash."""
    put_policy(database, "checkout-api")
    ports = SqlPorts(database)
    message = '","escalation":{"stage":"acknowledged","by":"x"},{"state":"healthy","notified":[]'
    alert = Alert(service_id="checkout-api", message=message)
    PagerService(ports.policies, ports.services).receive(alert)
    unhealthy = read_gauges(database).unhealthy
    assert {stage for stage, number in unhealthy.items() if number} == {"escalating"}


def test_services_are_listed_in_pages(mixed: Database) -> None:
    """All of them, each once, whatever the length of a page; also those of a key, and Unhealthy."""
    board = ServiceStatuses(mixed)
    everything = sorted({*NAMES, "never-used", "without-policy"})
    unhealthy = sorted(expected_order(mixed))
    few = ["never-used", NAMES[2], NAMES[0], "removed", "unknown"]
    for at_most in (1, 5, 100):
        for among, only_unhealthy, expected in (
            (None, False, everything),
            (None, True, unhealthy),
            (few, False, sorted([NAMES[0], NAMES[2], "never-used"])),
            (few, True, [name for name in unhealthy if name in few]),
        ):
            listed: list[str] = []
            after: str | None = ""
            while after is not None:
                wanted = Names(after=after, among=among)
                statuses, after = board.page(wanted, at_most, only_unhealthy=only_unhealthy)
                assert len(statuses) <= at_most
                listed += [status.service_id for status in statuses]
            assert listed == expected
    assert [status.service_id for status in board.all()] == everything
    assert [board.of(name) for name in everything] == list(board.all())


def test_policies_are_listed_in_pages_without_those_that_were_removed(database: Database) -> None:
    """However many were removed in between."""
    policies = SqlPorts(database).policies
    for number in range(30):
        put_policy(database, f"service-{number:02}")
    for number in range(3, 28):
        policies.remove(f"service-{number:02}")
    assert [each.service_id for each in policies.find(Names(), 4)] == [
        *("service-00", "service-01", "service-02", "service-28")
    ]
    assert [each.service_id for each in policies.find(Names(after="service-02"), 4)] == [
        *("service-28", "service-29")
    ]


def test_names_are_asked_for_in_parts() -> None:
    """A query takes so many at the most."""
    names = [str(number) for number in range(1_001)]
    assert [len(part) for part in in_parts(names)] == [500, 500, 1]


def test_the_incidents_of_a_service_are_those_of_the_journal(database: Database) -> None:
    """Each for itself, and the latest."""
    put_policy(database, "checkout-api")
    put_policy(database, "other-api")
    for name in ("checkout-api", "other-api"):
        happen(database, name, *(["alert", "acknowledgement", "healthy"] * 4), "alert")
    for number in (4, 3, 2):
        period = incident_of(database, "checkout-api", number)
        assert period is not None
        assert (period.service_id, period.incident) == ("checkout-api", number)
    assert incident_of(database, "checkout-api", 9) is None
    assert incident_of(database, "nobody-knows", 1) is None
    latest = database.read(lambda connection: latest_periods(connection, ["checkout-api"]))
    assert latest["checkout-api"] == incident_of(database, "checkout-api", 5)


def test_few_pages_are_those_of_the_last_level(database: Database) -> None:
    """And all are counted."""
    levels = tuple(
        Level(targets=tuple(EmailTarget(address=f"{n}-{i}@example.com") for i in range(5)))
        for n in ("first", "second")
    )
    SqlPorts(database).policies.put(EscalationPolicy(service_id="checkout-api", levels=levels))
    happen(database, "checkout-api", "alert", "timeout")
    board = ServiceStatuses(database)
    few = board.with_few_pages("checkout-api", 3)
    assert few is not None
    assert few.pages == 10
    assert [page.target.key for page in few.status.notifications] == [
        f"second-{i}@example.com" for i in range(3)
    ]
    assert board.with_few_pages("nobody-knows", 3) is None


# --- What it costs -------------------------------------------------------------------------


Asked = tuple[str, Any]  # type: ignore[explicit-any]  # the parameters as its driver takes them
"""A statement and its parameters."""


@contextmanager
def statements(database: Database) -> Iterator[list[Asked]]:
    """What is asked meanwhile."""
    asked: list[Asked] = []

    def note(
        connection: Connection, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        if connection.engine is database_engine and statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    database_engine = database.read(lambda connection: connection.engine)
    event.listen(database_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database_engine, "before_cursor_execute", note)


READS: dict[str, Callable[[Database], object]] = {
    "Now": lambda database: ServicesOverview(database).read(),
    "Now, timers in order": lambda database: ServicesOverview(
        database, partial(EscalatingServices, few=0)
    ).read(),
    "Now, refused Alerts": refused_lately,
    "Now, overdue pages": overdue_pages,
    "Now, channels of policies": lambda database: database.read(policies_by_channel),
    "gauges": read_gauges,
    "services": lambda database: ServiceStatuses(database).page(Names(after="s"), 10),
    "Unhealthy services": lambda database: ServiceStatuses(database).page(
        Names(), 10, only_unhealthy=True
    ),
    "policies": lambda database: SqlPorts(database).policies.find(Names(after="s"), 10),
    "one service": lambda database: ServiceStatuses(database).with_few_pages(NAMES[4], 10),
    "its timeline": lambda database: Journal(database).newest(NAMES[4], 1, 10),
    "accounts": lambda database: SqlAccounts(database).all(10, after="a"),
    "API keys": lambda database: SqlApiKeys(database).all(10, after="a"),
    "the audit log": lambda database: SqlAuditLog(database).last(10, before=5),
    "the history of a policy": lambda database: SqlPorts(database).policies.history(
        NAMES[0], 10, before=100
    ),
    "its incidents": lambda database: IncidentList(database).of_service(NAMES[4], 3, before=2),
    "an incident": lambda database: IncidentList(database).neighbours(NAMES[4], 1),
    "its beginning": lambda database: beginning_of(database, NAMES[4], 1),
    "who was told": lambda database: told_in(database, NAMES[4], 1, 10),
    "the list of incidents": lambda database: IncidentList(database).page(Selection(), 10),
}


@pytest.mark.parametrize("shared", ["sqlite"], indirect=True)
def test_no_page_reads_a_table_from_one_end_to_the_other(services: Database) -> None:
    """Each query finds its rows in an index."""
    refused = {("service-99", int(NO_POLICY)): Refused(1, "x")}
    services.write(lambda connection: add_refused(connection, refused))
    services.write(lambda connection: set_timers(connection, Random(0)))
    for name, read in READS.items():
        with statements(services) as asked:
            read(services)
        assert asked, name

        def plans(
            connection: Connection, asked: Sequence[Asked] = tuple(asked)
        ) -> list[tuple[str, str]]:
            return [
                (row.detail, statement)
                for statement, parameters in asked
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]

        for step, statement in services.read(plans):
            assert not is_scan(step), f"{name}: {step}\n{statement}"


TABLES = (
    *("monitored_services", "policy_edits", "decisions", "outbox", "attempts", "timers"),
    *("accounts", "sessions", "api_keys", "changes"),
)
FEW_ROWS = ("_healthy", "_unhealthy", "_unknown")
"""Indexes of some of the rows; the Healthy ones are read in order, to the end of a page."""


def is_scan(step: str) -> bool:
    """Whether a step reads all rows of a table. To count is to read an index that covers it."""
    return (
        step.startswith("SCAN")
        and step.split()[1] in TABLES
        and "COVERING INDEX" not in step
        and not step.endswith(FEW_ROWS)
    )


USED = {
    "Now": (
        "monitored_services_unhealthy",
        "monitored_services_healthy",
        "policy_edits_unknown",
    ),
    "Now, timers in order": ("timers_due", "outbox_due"),
    "Now, overdue pages": ("outbox_due", "outbox_claimed"),
    "gauges": ("monitored_services_unhealthy",),
    "policies": ("policy_edits_service",),
    "its timeline": ("outbox_incident",),
}
"""Indexes that are used by a read."""


@pytest.mark.parametrize("shared", ["postgresql"], indirect=True)
def test_postgresql_can_use_the_indexes(services: Database) -> None:
    """The conditions of queries and indexes are the same, to the letter."""
    services.write(lambda connection: set_timers(connection, Random(0)))
    for name, indexes in USED.items():
        with statements(services) as asked:
            READS[name](services)

        def plans(connection: Connection, asked: Sequence[Asked] = tuple(asked)) -> str:
            for method in ("seqscan", "bitmapscan"):  # the tables are small
                connection.execute(text(f"SET LOCAL enable_{method} = off"))
            return "".join(
                str(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all())
                for statement, parameters in asked
            )

        found = services.read(plans)
        assert [index for index in indexes if index not in found] == [], name


def test_the_queries_of_now_are_as_many_for_many_services(services: Database) -> None:
    """Whatever is not shown is not asked for."""
    numbers = []
    for more in (range(60), range(60, 90)):

        def add(connection: Connection, more: range = more) -> None:
            for number in more:
                put_policy(InTransaction(connection), f"more-{number}")
                happen(InTransaction(connection), f"more-{number}", *STORIES[number % 3])

        services.write(add)
        with statements(services) as asked:
            ServicesOverview(services).read()
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]
