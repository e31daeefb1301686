"""The nightly verification, on both databases, by a clock that is moved by hand."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import BigInteger, ColumnElement, literal

from contract.runtime.at_work import at_work
from contract.store.on_call_entries import ADA, GRACE, plain, shared, use
from pager import Healthy, Unhealthy
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.verification.nightly import Nightly, NightlyVerification
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.core.clock import since_1970
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.unit_of_work import KnownPolicies
from pager.adapters.store.properties.nights import SqlNights
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import SqlVerdicts
from pager.configuration.properties import Properties
from pager.oncall.policies import PersonTarget, ScheduleTarget
from pager.oncall.schedules import Layer, Rotation, Schedule
from pager.testing import in_memory_gateways
from waiting import wait_until

EVENING = datetime(2027, 1, 15, 20, tzinfo=UTC)
TWO = datetime(2027, 1, 16, 2, tzinfo=UTC)
DAY = timedelta(days=1)
OPERATORS = "pager-itself"
EMPTY, WITHIN = "no Level is empty", "somebody is reached within 10 minutes"


def on_call_until(ends: str | None) -> Schedule:
    """Ada is on call until then, and nobody after her."""
    starts = datetime.fromisoformat("2027-01-01T00:00")
    until = None if ends is None else datetime.fromisoformat(ends)
    rotation = Rotation(name="Weekly", participants=("Ada",), starts=starts, ends=until)
    return Schedule(name="Orders", time_zone="UTC", layers=(Layer(rotations=(rotation,)),))


class Node:
    """A node of a Pager whose clock is moved by hand."""

    def __init__(self, database: Database, operators_service: str | None = OPERATORS) -> None:
        """It is the evening; the operators have a policy, and orders-db pages who is on call."""
        self.clock = EVENING
        self.stopping = threading.Event()
        self.database = database
        inbox = Inbox(
            database, Wakeups(), known_policies=KnownPolicies(most_targets=0), now=self._now
        )
        nightly = Nightly(hour=2, operators_service=operators_service)
        self.verification = NightlyVerification(database, inbox, nightly, self.stopping, self._now)
        self.ports = SqlPorts(database, self._now)
        self.on_call = SqlOnCall(database, self._now)
        self.verdicts = SqlVerdicts(database)

    def set_up(self, schedule: Schedule, *sentences: str) -> None:
        """Let these hold, with whoever is on call in the schedule."""
        on_call = shared(ScheduleTarget(name="Orders"), PersonTarget(name="Grace"), name="Orders")
        for entry in (ADA, GRACE, schedule, on_call):
            self.on_call.put(entry)
        self.ports.policies.put(use("orders-db", "Orders"))
        self.ports.policies.put(plain("operators", service_id=OPERATORS))
        SqlProperties(self.database).put(Properties(properties=sentences))
        self.verification.look()  # the first night is that after this

    def night(self, at: datetime = TWO) -> None:
        """It is that late, and the node looks."""
        self.clock = at
        self.verification.look()

    def _now(self) -> ColumnElement[int]:
        return literal(since_1970(self.clock), BigInteger)

    @property
    def operators(self) -> Healthy | Unhealthy:
        """Their service, as it is."""
        return self.ports.services.load(OPERATORS).service

    @property
    def open(self) -> Sequence[str | None]:
        """What is open of their service."""
        service = self.operators
        return sorted(service.open_keys, key=str) if isinstance(service, Unhealthy) else []


@pytest.fixture
def node(either_database: Database) -> Node:
    """A node."""
    return Node(either_database)


def test_a_gap_tomorrow_pages_the_operators(node: Node) -> None:
    """Once: another node does not do it again; and who is told is what they have set up."""
    node.set_up(on_call_until("2027-01-17T12:00"))
    node.verification.look()
    assert node.open == []
    node.night()
    service = node.operators
    assert isinstance(service, Unhealthy)
    assert node.open == [f"property {EMPTY}"]
    first, second = service.message.splitlines()
    assert first == f"“{EMPTY}” does not hold."
    assert second.startswith("orders-db: On Sunday 2027-01-17 12:00 in UTC")
    other = Node(node.database)
    other.night(TWO + timedelta(hours=1))
    assert node.operators.incident == service.incident
    verdict = node.verdicts.all()[EMPTY]
    assert (verdict.verified_at, verdict.told) == (TWO, OPERATORS)


@pytest.mark.proof
def test_a_gap_later_than_tomorrow_pages_nobody(node: Node) -> None:
    """Everybody can see it."""
    node.set_up(on_call_until("2027-01-18T00:00"))
    node.night()
    assert node.open == []
    assert node.verdicts.all()[EMPTY].violated_since == TWO
    node.night(TWO + DAY)
    assert node.open == [f"property {EMPTY}"]


@pytest.mark.proof
def test_each_property_is_resolved_by_itself(node: Node) -> None:
    """Once it is known to hold, whoever has asked; or once it need not hold any more."""
    by_sms = "orders-db: somebody is reached by SMS within 10 minutes"
    node.set_up(on_call_until("2027-01-16T12:00"), by_sms)
    node.night()
    assert node.open == [f"property {EMPTY}", f"property {by_sms}"]
    node.on_call.put(on_call_until(None))
    node.night(TWO + DAY)
    assert node.open == [f"property {by_sms}"]
    SqlProperties(node.database).put(Properties())
    node.verification.look()
    assert node.open == []
    assert {name: verdict.told for name, verdict in node.verdicts.all().items()} == {EMPTY: None}


@pytest.mark.proof
def test_without_a_service_of_operators_nobody_is_paged(
    either_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says it, and the console."""
    node = Node(either_database, operators_service=None)
    node.set_up(on_call_until("2027-01-16T12:00"))
    node.night()
    assert node.open == []
    assert "“no Level is empty” does not hold.\norders-db: On Saturday" in caplog.text
    assert node.verdicts.all()[EMPTY].violated_since == TWO


@pytest.mark.proof
def test_operators_without_a_policy_are_told_the_next_night(
    either_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Their service has nobody to page: the log says so."""
    node = Node(either_database, operators_service="nobody-there")
    node.set_up(on_call_until("2027-01-16T12:00"))
    node.night()
    assert "nobody is told of the nightly verification" in caplog.text
    assert node.verdicts.all()[EMPTY].told is None
    node.ports.policies.put(plain("operators", service_id="nobody-there"))
    node.night(TWO + DAY)
    assert node.verdicts.all()[EMPTY].told == "nobody-there"


def test_the_worker_of_a_server_looks(database: Database) -> None:
    """Now and then."""
    nightly = Nightly(every=timedelta(milliseconds=10))
    options = WorkerOptions(nightly=nightly, poll_every=timedelta(days=1))
    workers = Workers(database, Wakeups(), in_memory_gateways(), options)
    with at_work(workers):
        wait_until(lambda: not SqlNights(database, nightly.hour).is_due())


@pytest.mark.proof
def test_a_node_that_stops_leaves_the_night_to_another(node: Node) -> None:
    """It tells nobody what it has not found out."""
    node.set_up(on_call_until("2027-01-16T12:00"))
    node.stopping.set()
    node.night()
    assert not node.verdicts.all()
    other = Node(node.database)
    other.night(TWO + timedelta(minutes=21))
    assert other.open == [f"property {EMPTY}"]
