"""What monitors send, in whatever protocol: which service it is about, and what becomes of it."""

import json
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from contract.web.intake.monitors import JSON, WRONG_KEY, Monitors
from pager import Unhealthy
from pager.access.integrations import ProtocolName
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import decisions, monitored_services
from waiting import WAIT_TIMEOUT

BATCH = {"content-type": "application/cloudevents-batch+json"}
ENQUEUE = "/v2/enqueue"


@pytest.fixture
def monitors(database: Database) -> Monitors:
    """A server on which checkout-api has a policy."""
    return Monitors(database)


def event(key: str, action: str, dedup_key: str, source: str) -> dict[str, object]:
    """An event of PagerDuty's, whose source names its service."""
    details = {"summary": f"{dedup_key} of {source}", "source": source}
    return {
        "routing_key": key,
        "event_action": action,
        "dedup_key": dedup_key,
        "payload": details,
    }


def cloud_event(status: str, key: str, service: str = "checkout-api") -> dict[str, object]:
    """One event of a batch."""
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "/disks",
        "type": "com.example.disk",
        "dedupkey": key,
        "data": {"status": status, "summary": f"{key} is full", "service": service},
    }


# --- One request, one transaction ----------------------------------------------------------


def test_500_events_of_500_services_are_committed_together(monitors: Monitors) -> None:
    """In one transaction, with the note of the request; and so is their end."""
    key, database = monitors.key("cloudevents", field="service"), monitors.database
    monitors.policy("pager:fallback")
    states = select(monitored_services.c.state).where(
        monitored_services.c.service_id.like("service-%")
    )
    for status, state in (("firing", "unhealthy"), ("resolved", "healthy")):
        batch = [cloud_event(status, "disk", f"service-{number}") for number in range(500)]
        before = database.changes
        assert monitors.post(f"/integrations/v1/cloudevents/{key}", batch, BATCH).is_success
        assert database.changes == before + 1
        stored = database.read(lambda connection: connection.scalars(states).all())
        assert [f'"{state}"' in text for text in stored] == [True] * 500
    assert monitors.pages == 500


def test_of_more_events_than_pager_takes_the_fallback_hears(monitors: Monitors) -> None:
    """A thousand are taken; nobody is told nothing."""
    monitors.policy("search-api")
    key = monitors.key("cloudevents", field="service")
    batch = [cloud_event("firing", f"disk {number}", "search-api") for number in range(1_010)]
    assert monitors.post(f"/integrations/v1/cloudevents/{key}", batch, BATCH).is_success
    service = monitors.service("search-api")
    assert isinstance(service, Unhealthy)
    assert service.has_too_many_keys
    assert "10 more events" in monitors.text()


def test_a_trigger_and_an_acknowledgement_in_one_request(monitors: Monitors) -> None:
    """The one is decided on what the other has led to."""
    key = monitors.key("cloudevents")
    target = f"/integrations/v1/cloudevents/{key}"
    batch = [cloud_event("firing", "disk"), cloud_event("acknowledged", "disk")]
    monitors.post(target, batch, BATCH)
    assert monitors.state() == "acknowledged"
    monitors.post(target, [*batch, cloud_event("resolved", "disk")], BATCH)
    assert monitors.state() == "healthy"


def test_an_acknowledgement_of_a_trouble_that_is_not_open_changes_nothing(
    monitors: Monitors,
) -> None:
    """Also where another trouble of that service is open; it is no error."""
    key = monitors.key("pagerduty")
    for dedup_key, action in (("disk", "trigger"), ("memory", "acknowledge")):
        answer = monitors.post(ENQUEUE, event(key, action, dedup_key, "db-1"))
        assert answer.status_code == 202
    assert monitors.state() == "unhealthy"
    assert monitors.last_request[1] == "acknowledge checkout-api: nothing to do"


def test_a_resolve_of_what_pager_never_knew_is_no_error(monitors: Monitors) -> None:
    """Alertmanager sends such after a restart. Also for a service that nobody knows."""
    key = monitors.key("pagerduty", service_id="billing")
    assert monitors.post(ENQUEUE, event(key, "resolve", "disk", "db-1")).status_code == 202
    assert monitors.last_request[1] == "resolve billing: nothing to do"


def test_an_unreadable_service_keeps_no_other_from_paging(monitors: Monitors) -> None:
    """503: all are to be sent again, and what was taken pages nobody twice."""
    for name in ("search-api", "billing"):
        monitors.policy(name)
    key = monitors.key("cloudevents", field="service")
    batch = [cloud_event("firing", "disk", name) for name in ("search-api", "billing")]
    monitors.post(f"/integrations/v1/cloudevents/{key}", batch[:1], BATCH)
    spoil = "UPDATE monitored_services SET state = '{}' WHERE service_id = 'search-api'"
    monitors.database.write(lambda connection: connection.exec_driver_sql(spoil))
    for _ in range(2):
        answer = monitors.post(f"/integrations/v1/cloudevents/{key}", batch, BATCH)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert monitors.state("billing") == "unhealthy"
    assert monitors.pages == 2


def test_two_nodes_take_the_events_of_one_monitor(postgresql_database: str) -> None:
    """At the same moment, too: nobody is paged twice, and its end is known everywhere."""
    databases = [Database(postgresql_database) for _ in range(2)]
    try:
        nodes = [Monitors(database) for database in databases]
        key = nodes[0].key("cloudevents")
        target = f"/integrations/v1/cloudevents/{key}"
        batch = [cloud_event("firing", f"disk {number}") for number in range(20)]

        def send(node: Monitors, events: list[dict[str, object]]) -> list[int]:
            return [node.post(target, events, BATCH).status_code for _ in range(5)]

        with ThreadPoolExecutor() as threads:
            sent = [
                threads.submit(send, nodes[0], batch),
                threads.submit(send, nodes[1], batch[::-1]),
            ]
            assert [future.result(WAIT_TIMEOUT) for future in sent] == [[202] * 5] * 2
        assert len(nodes[0].open_keys()) == 20
        assert nodes[1].pages == 1
        nodes[1].post(target, [cloud_event("acknowledged", "disk 7")], BATCH)
        assert nodes[0].state() == "acknowledged"
        nodes[0].post(target, [cloud_event("resolved", f"disk {n}") for n in range(20)], BATCH)
        assert nodes[1].state() == "healthy"
    finally:
        for database in databases:
            database.close()


# --- The fallback --------------------------------------------------------------------------


def test_an_alert_of_a_service_without_a_policy_goes_to_the_fallback(monitors: Monitors) -> None:
    """In the same transaction. It says which service it is about."""
    key = monitors.key("pagerduty", field="source")
    before = monitors.database.changes
    assert monitors.post(ENQUEUE, event(key, "trigger", "disk", "db-1")).status_code == 202
    assert monitors.database.changes == before + 1
    assert monitors.state("db-1") == "healthy"
    assert monitors.text().startswith("db-1 has no Escalation Policy: disk of db-1")
    assert monitors.last_request[1] == "trigger db-1: unhealthy"


def test_there_the_troubles_of_services_are_told_apart(monitors: Monitors) -> None:
    """Each is acknowledged and resolved as it would be with a policy."""
    key = monitors.key("pagerduty", field="source")
    for source in ("db-1", "db-2"):
        monitors.post(ENQUEUE, event(key, "trigger", "disk", source))
    assert len(monitors.open_keys()) == 2
    monitors.post(ENQUEUE, event(key, "acknowledge", "disk", "db-1"))
    assert monitors.state() == "acknowledged"
    monitors.post(ENQUEUE, event(key, "resolve", "disk", "db-1"))
    assert monitors.state() == "acknowledged"
    monitors.post(ENQUEUE, event(key, "resolve", "disk", "db-2"))
    assert monitors.state() == "healthy"
    assert monitors.pages == 1


def test_an_event_and_its_end_in_one_request_leave_nothing_open(monitors: Monitors) -> None:
    """Of a service without a policy as of any other."""
    key = monitors.key("cloudevents", field="service")
    batch = [cloud_event(status, "disk", "db-1") for status in ("firing", "resolved")]
    monitors.post(f"/integrations/v1/cloudevents/{key}", batch, BATCH)
    assert monitors.state() == "healthy"
    assert monitors.pages == 1


def test_a_service_that_gets_a_policy_is_paged_itself_and_both_are_resolved(
    monitors: Monitors,
) -> None:
    """A trouble that went to the fallback does not stay open there for ever."""
    key = monitors.key("pagerduty", field="source")
    monitors.post(ENQUEUE, event(key, "trigger", "disk", "db-1"))
    monitors.policy("db-1")
    monitors.post(ENQUEUE, event(key, "trigger", "disk", "db-1"))
    assert (monitors.state("db-1"), monitors.state()) == ("unhealthy", "unhealthy")
    monitors.post(ENQUEUE, event(key, "resolve", "disk", "db-1"))
    assert (monitors.state("db-1"), monitors.state()) == ("healthy", "healthy")


def test_what_is_acknowledged_at_its_service_is_not_at_the_fallback(monitors: Monitors) -> None:
    """Also where that has more troubles than are told apart, so that any might be open."""
    monitors.policy("db-1")
    own, others = monitors.key("pagerduty", field="source"), monitors.key("cloudevents")
    batch = [cloud_event("firing", f"disk {number}") for number in range(501)]
    monitors.post(f"/integrations/v1/cloudevents/{others}", batch, BATCH)
    monitors.post(ENQUEUE, event(own, "trigger", "disk", "db-1"))
    monitors.post(ENQUEUE, event(own, "acknowledge", "disk", "db-1"))
    assert (monitors.state("db-1"), monitors.state()) == ("acknowledged", "unhealthy")
    monitors.post(ENQUEUE, event(own, "trigger", "disk", "db-2"))
    monitors.post(ENQUEUE, event(own, "acknowledge", "disk", "db-2"))
    assert monitors.state() == "acknowledged"


def test_a_service_that_has_lost_its_policy_keeps_its_incident(monitors: Monitors) -> None:
    """Its Alerts join that, and page no fallback."""
    monitors.policy("db-1")
    key = monitors.key("pagerduty", field="source")
    monitors.post(ENQUEUE, event(key, "trigger", "disk", "db-1"))
    remove = "UPDATE policy_edits SET policy = NULL WHERE service_id = 'db-1'"
    monitors.database.write(lambda connection: connection.exec_driver_sql(remove))
    monitors.post(ENQUEUE, event(key, "trigger", "memory", "db-1"))
    assert monitors.open_keys("db-1") == ("disk", "memory")
    assert monitors.state() == "healthy"


def test_where_nobody_can_be_paged_the_sender_is_refused(monitors: Monitors) -> None:
    """404, as an Alert is; once there is a policy, it is taken. What else came is committed."""
    key = monitors.key("cloudevents", service_id="billing", field="service")
    batch = [cloud_event("firing", "disk", name) for name in ("db-1", "checkout-api")]
    target = f"/integrations/v1/cloudevents/{key}"
    answer = monitors.post(target, batch, BATCH)
    assert answer.status_code == 404
    assert "has no Escalation Policy" in answer.json()["detail"]
    assert monitors.state() == "unhealthy"
    assert "has no Escalation Policy" in monitors.last_request[1]
    monitors.policy("billing")
    assert monitors.post(target, batch, BATCH).is_success
    assert monitors.text("billing").startswith("db-1 has no Escalation Policy")
    assert monitors.pages == 2


def test_the_servers_own_fallback_policy_goes_before_that_of_the_integration(
    monitors: Monitors,
) -> None:
    """The service can page somebody then."""
    monitors.policy("pager:fallback")
    key = monitors.key("pagerduty", field="source")
    monitors.post(ENQUEUE, event(key, "trigger", "disk", "db-1"))
    assert (monitors.state("db-1"), monitors.state()) == ("unhealthy", "healthy")


# --- Keys, and what is shown ---------------------------------------------------------------

WEBHOOKS: Mapping[ProtocolName, object] = {
    "cloudevents": cloud_event("firing", "disk"),
    "goalert": {"summary": "disk full"},
    "uptime-kuma": {"heartbeat": {"status": 0}, "monitor": {"id": 7}, "msg": "disk full"},
}


@pytest.mark.parametrize("protocol", WEBHOOKS)
def test_the_key_may_be_in_the_path_or_in_a_header_or_in_the_query(
    monitors: Monitors, protocol: ProtocolName
) -> None:
    """As each sender can have it; with or without a slash in the end."""
    key = monitors.key(protocol)
    basic = b64encode(f"somebody:{key}".encode()).decode()
    for target, headers in (
        (f"/integrations/v1/{protocol}/{key}", {}),
        (f"/integrations/v1/{protocol}/{key}/", {}),
        (f"/integrations/v1/{protocol}", {"authorization": f"Bearer {key}"}),
        (f"/integrations/v1/{protocol}", {"authorization": f"Basic {basic}"}),
        (f"/integrations/v1/{protocol}?token={key}", {}),
    ):
        answer = monitors.post(target, WEBHOOKS[protocol], {**JSON, **headers})
        assert answer.is_success, target
    assert len(monitors.open_keys()) == 1
    assert key not in monitors.text() + "".join(monitors.last_request)


@pytest.mark.parametrize("protocol", WEBHOOKS)
def test_a_key_that_is_unknown_or_of_another_protocol_is_refused(
    monitors: Monitors, protocol: ProtocolName
) -> None:
    """401, before the body is read."""
    other = monitors.key("grafana" if protocol != "goalert" else "cloudevents")
    for key in (WRONG_KEY, "short", "x" * 2_000):
        answer = monitors.post(f"/integrations/v1/{protocol}/{key}", b"not JSON")
        assert answer.status_code == 401
    if protocol == "goalert":
        answer = monitors.post(f"/api/v2/generic/incoming?token={other}", WEBHOOKS[protocol])
        assert (answer.status_code, answer.headers["content-type"]) == (
            401,
            "text/plain; charset=utf-8",
        )
    assert monitors.pages == 0


def test_a_key_that_was_revoked_is_refused(monitors: Monitors) -> None:
    """Within a second, on every node."""
    key = monitors.key("goalert")
    [integration] = SqlIntegrations(monitors.database).all()
    SqlIntegrations(monitors.database).revoke("a test", integration.id)
    answer = monitors.post(f"/api/v2/generic/incoming?token={key}", {"summary": "disk full"})
    assert answer.status_code == 401


@pytest.mark.parametrize("protocol", WEBHOOKS)
@pytest.mark.parametrize("body", [b"", b"\0", b"[", b"[1]", b'"x"', b"<xml/>", b"\x1f\x8b\x08rest"])
def test_what_is_not_understood_pages_the_integrations_own_service(
    monitors: Monitors, protocol: ProtocolName, body: bytes
) -> None:
    """Once, and never with the key; what is empty in GoAlert's protocol is refused, as it does."""
    key = monitors.key(protocol, field="service")
    answer = monitors.post(f"/integrations/v1/{protocol}/{key}", body)
    if protocol == "goalert" and not body:
        assert (answer.status_code, monitors.pages) == (400, 0)
        return
    assert answer.is_success
    assert monitors.state() == "unhealthy"
    assert key not in monitors.text()


def test_the_journal_says_which_integration_has_sent_it(monitors: Monitors) -> None:
    """By its name."""
    monitors.post(ENQUEUE, event(monitors.key("pagerduty"), "trigger", "disk", "db-1"))
    authors = select(decisions.c.author, func.count()).group_by(decisions.c.author)
    rows = monitors.database.read(lambda connection: connection.execute(authors).all())
    assert [tuple(row) for row in rows] == [("integration monitor 1", 1)]


def test_what_is_noted_of_a_request_is_bounded(monitors: Monitors) -> None:
    """However large it was."""
    key = monitors.key("cloudevents")
    batch = [cloud_event("firing", f"{number} {'x' * 300}") for number in range(900)]
    monitors.post(f"/integrations/v1/cloudevents/{key}", batch, BATCH)
    request, outcome = monitors.last_request
    assert len(request) <= 2_000
    assert len(outcome) <= 1_000
    assert json.dumps(batch)[:100] in request


def test_two_integrations_may_call_their_troubles_the_same(monitors: Monitors) -> None:
    """Such as two Alertmanagers with the same rules: one resolves nothing of the other."""
    first, second = monitors.key("pagerduty"), monitors.key("pagerduty")
    for key in (first, second):
        monitors.post(ENQUEUE, event(key, "trigger", "disk", "db-1"))
    assert monitors.open_keys() == ("disk", "disk")
    monitors.post(ENQUEUE, event(first, "resolve", "disk", "db-1"))
    assert (monitors.state(), monitors.open_keys()) == ("unhealthy", ("disk",))
    monitors.post(ENQUEUE, event(second, "resolve", "disk", "db-1"))
    assert monitors.state() == "healthy"


@pytest.mark.parametrize("shape", ["{}", "https://pager.example.com/{}/", "KEY {}."])
@pytest.mark.parametrize("field", ["token", "title"])
def test_no_page_has_the_key_of_its_integration_in_it(
    monitors: Monitors, field: str, shape: str
) -> None:
    """Wherever a sender writes it, in whichever case; what only looks like one is left."""
    key = monitors.key("webhook")
    for written in (
        key,
        key.upper(),
        f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}",
    ):
        body = {field: shape.format(written), "trace": WRONG_KEY}
        monitors.post(f"/integrations/v1/webhook/{key}", body)
    text = str(monitors.service())
    assert "…" in text
    assert key not in text.lower().replace("-", "")
    assert (WRONG_KEY in text) == (field == "token")
