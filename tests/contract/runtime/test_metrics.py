"""What Prometheus is shown: every message, page and step once, and how late the oldest is."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from contract.web.application import ALERT, KEY, application_on, shared_application
from databases import sql_clock
from pager import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    EmailTarget,
    Escalate,
    EscalationPolicy,
    Healthy,
    HealthyEvent,
    Level,
    MonitoredService,
    SmsTarget,
    Unreachable,
    decide,
)
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.views.gauges import read_gauges
from pager.messages import Channel, Message
from pager.ports import Outcome
from pager.testing import Clock
from waiting import WAIT_TIMEOUT

NAME = "checkout-api"
ADA = EmailTarget(address="ada@example.com")
GRACE = SmsTarget(phone_number="+33612345678")
POLICY = EscalationPolicy(service_id=NAME, levels=(Level(targets=(ADA,)), Level(targets=(GRACE,))))
DOWN = Alert(service_id=NAME, message="p99 latency above 3 s")
SECOND = timedelta(seconds=1)


@pytest.fixture
def database(database: Database) -> Database:
    """A SQLite database in which checkout-api has a policy."""
    SqlPorts(database).policies.put(POLICY)
    return database


def samples(page: str) -> dict[str, float]:
    """Every sample by its name and the values of its labels."""
    return {
        " ".join([sample.name.removeprefix("pager_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def counted(metrics: Metrics) -> dict[str, float]:
    """What was counted, without what is still 0."""
    page = metrics.page(None, up=True, queued=0).decode()
    return {
        name: value
        for name, value in samples(page).items()
        if value and name.partition(" ")[0].endswith("_total")
    }


def test_each_message_is_counted_by_what_it_led_to(database: Database) -> None:
    """Once it is committed; and how long that took."""
    metrics = Metrics()
    inbox = Inbox(database, Wakeups(), metrics)
    for message in (
        *(DOWN, DOWN, Alert(service_id="nobody", message="down")),
        Acknowledgement(service_id=NAME, incident=1),
        *(HealthyEvent(service_id=NAME), HealthyEvent(service_id=NAME)),
    ):
        inbox.submit(message).result(WAIT_TIMEOUT)  # an Acknowledgement would go first
    database.close()  # it has answered to all of them by then
    assert counted(metrics) == {
        "messages_total changed alert": 1,
        "messages_total unchanged alert": 1,
        "messages_total refused alert": 1,
        "messages_total changed acknowledgement": 1,
        "messages_total changed healthy-event": 1,
        "messages_total unchanged healthy-event": 1,
    }
    page = samples(metrics.page(None, up=True, queued=0).decode())
    assert page["commit_seconds_count"] == 6


def test_what_is_not_committed_is_not_counted(database: Database) -> None:
    """It was not accepted either."""
    metrics = Metrics()
    database.write(lambda connection: connection.exec_driver_sql("DROP TABLE outbox"))
    refused = Inbox(database, Wakeups(), metrics).submit(DOWN)
    assert refused.exception(10) is not None
    database.close()
    assert counted(metrics) == {}


@pytest.mark.parametrize(
    "message",
    [
        AcknowledgementTimeout(service_id=NAME, incident=1, level=1),
        Unreachable(service_id=NAME, incident=1, level=1),
        Escalate(service_id=NAME, incident=1, level=1, by="Ada"),
    ],
    ids=["AcknowledgementTimeout", "Unreachable", "Escalate"],
)
def test_escalations_and_incidents_that_nobody_answered_are_counted(
    message: AcknowledgementTimeout | Unreachable | Escalate,
) -> None:
    """Nobody did, nobody could, or somebody sent it on; what comes late is none of these."""
    metrics = Metrics()
    service: MonitoredService = Healthy(service_id=NAME)
    name = message.type
    messages: list[Message] = [
        DOWN,
        *(message.model_copy(update={"level": level}) for level in (1, 1, 2)),
    ]
    for each in messages:
        decision = decide(service, each, POLICY)
        metrics.committed(each, decision)
        service = decision.after
    assert counted(metrics) == {
        "messages_total changed alert": 1,
        f"messages_total changed {name}": 2,
        f"messages_total unchanged {name}": 1,
        "escalations_total": 1,
        "exhausted_incidents_total": 1,
    }


class TestGauges:
    """What is read from the database when Prometheus asks."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Moved by the test."""
        return Clock()

    @pytest.fixture
    def ports(self, database: Database, clock: Clock) -> SqlPorts:
        """On a database in which checkout-api has just become Unhealthy."""
        ports = SqlPorts(database, sql_clock(clock))
        ports.services.save(decide(Healthy(service_id=NAME), DOWN, POLICY), 0)
        return ports

    def oldest_due(self, database: Database, clock: Clock) -> dict[Channel, float]:
        """In seconds, by channel."""
        return read_gauges(database, sql_clock(clock)).oldest_due

    @pytest.mark.usefixtures("ports")
    def test_a_page_from_before_there_was_a_journal_is_late_as_well(
        self, database: Database, clock: Clock
    ) -> None:
        """It counts from its last due time: there is no decision of it."""
        for forget in ("UPDATE outbox SET version = 0", "DELETE FROM decisions"):
            database.write(lambda connection, sql=forget: connection.exec_driver_sql(sql))  # type: ignore[misc]  # mypy can't infer a default
        clock.advance(timedelta(minutes=5))
        assert self.oldest_due(database, clock)["email"] == 300

    def test_a_page_is_late_from_its_decision_on_however_often_it_was_tried(
        self, database: Database, clock: Clock, ports: SqlPorts
    ) -> None:
        """A mail server that is down for an hour makes it an hour late, and not one retry."""
        for minutes in (10, 20, 30):
            clock.advance(timedelta(minutes=10))
            [claim] = ports.outbox.claim("email", 8)
            assert self.oldest_due(database, clock)["email"] == minutes * 60
            ports.outbox.settle(claim, Outcome("failed", "down", SECOND))
            assert self.oldest_due(database, clock)["email"] == minutes * 60
        clock.advance(timedelta(minutes=10))
        [claim] = ports.outbox.claim("email", 8)
        ports.outbox.settle(claim, Outcome("sent"))
        assert self.oldest_due(database, clock)["email"] == 0

    def test_a_page_of_the_second_level_is_late_from_its_own_decision_on(
        self, database: Database, clock: Clock, ports: SqlPorts
    ) -> None:
        """And not from the Alert on."""
        clock.advance(15 * SECOND)
        stored = ports.services.load(NAME)
        timeout = AcknowledgementTimeout(service_id=NAME, incident=1, level=1)
        ports.services.save(decide(stored.service, timeout, POLICY), stored.version)
        clock.advance(SECOND)
        assert self.oldest_due(database, clock) == {"email": 16, "sms": 1, "timer": 16}

    def test_a_page_that_nobody_wants_any_more_is_not_late(
        self, database: Database, clock: Clock, ports: SqlPorts
    ) -> None:
        """It waits for its retry to be withdrawn."""
        clock.advance(SECOND)
        stored = ports.services.load(NAME)
        acknowledged = decide(stored.service, Acknowledgement(service_id=NAME, incident=1), POLICY)
        ports.services.save(acknowledged, stored.version)
        assert self.oldest_due(database, clock) == {"email": 0, "sms": 0, "timer": 0}

    def test_a_timeout_is_late_until_the_pager_has_received_it(
        self, database: Database, clock: Clock, ports: SqlPorts
    ) -> None:
        """Setting it may be late, and so may what it leads to."""
        clock.advance(SECOND)
        assert self.oldest_due(database, clock)["timer"] == 1
        [claim] = ports.outbox.claim("timer", 8)
        timeout = AcknowledgementTimeout(service_id=NAME, incident=1, level=1)
        ports.timer.set(timeout, 10 * SECOND)
        ports.outbox.settle(claim, Outcome("sent"))
        assert self.oldest_due(database, clock)["timer"] == 0
        clock.advance(15 * SECOND)
        assert self.oldest_due(database, clock)["timer"] == 5
        ports.timer.done(timeout)
        assert self.oldest_due(database, clock)["timer"] == 0

    def test_unhealthy_services_are_counted_by_stage(
        self, database: Database, ports: SqlPorts
    ) -> None:
        """Those that nobody answered for can be alerted on."""
        assert read_gauges(database).unhealthy == {
            "escalating": 1,
            "acknowledged": 0,
            "exhausted": 0,
            "maintenance": 0,
        }
        for level in (1, 2):
            stored = ports.services.load(NAME)
            timeout = AcknowledgementTimeout(service_id=NAME, incident=1, level=level)
            ports.services.save(decide(stored.service, timeout, POLICY), stored.version)
        assert read_gauges(database).unhealthy["exhausted"] == 1


class TestEndpoint:
    """GET /metrics."""

    def test_it_shows_the_database_as_it_is(self, database: Database) -> None:
        """Up, and what is in it."""
        client = TestClient(application_on(database, None, "testserver"))
        client.post("/alerts", json=ALERT)
        response = client.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain; version=")
        shown = samples(response.text)
        assert shown["database_up"] == 1
        assert shown["unhealthy_services escalating"] == 1
        assert {"oldest_due_seconds email", "oldest_due_seconds timer"} <= shown.keys()

    @pytest.mark.parametrize("table", ["timers", "monitored_services"])
    def test_what_cannot_be_read_is_not_shown_as_0(self, database: Database, table: str) -> None:
        """Nor as it was: that the database is down is shown, and what this process counted."""
        client = TestClient(application_on(database, None, "testserver"))
        assert "oldest_due_seconds email" in samples(client.get("/metrics").text)
        database.write(lambda connection: connection.exec_driver_sql(f"DROP TABLE {table}"))
        shown = samples(client.get("/metrics").text)
        assert shown["database_up"] == 0
        assert "messages_total changed alert" in shown
        assert not any(name.startswith(("unhealthy", "oldest")) for name in shown)

    def test_it_asks_for_the_key_like_everything_else(self, database: Database) -> None:
        """How much is wrong is not for everybody."""
        client = TestClient(shared_application(database, KEY))
        assert client.get("/metrics").status_code == 401
        authorised = {"Authorization": f"Bearer {KEY}"}
        assert client.get("/metrics", headers=authorised).status_code == 200
