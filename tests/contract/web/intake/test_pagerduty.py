"""PagerDuty's Events API v2: its clients need another URL and another key, and nothing else."""

import gzip
import json
from collections.abc import Mapping

import pytest

from clients.recordings import recorded
from contract.web.application import WRITING_AT_ONCE
from contract.web.intake.monitors import JSON, WRONG_KEY, Monitors
from pager import Acknowledged, Unhealthy
from pager.adapters.store.core.database import Database
from pager.adapters.web.intake.events import Payload
from pager.adapters.web.intake.pagerduty import read

ENQUEUE, CHANGE = "/v2/enqueue", "/v2/change/enqueue"


@pytest.fixture
def monitors(database: Database) -> Monitors:
    """A server on which checkout-api has a policy."""
    return Monitors(database)


def event(key: str, action: str = "trigger", **fields: object) -> dict[str, object]:
    """The body of an event."""
    details = {"summary": "disk full", "source": "db-1", "severity": "critical"}
    return {"routing_key": key, "event_action": action, "payload": details, **fields}


def test_the_python_client_is_content(monitors: Monitors) -> None:
    """Trigger, trigger without a dedup key, acknowledge, resolve, a change event."""
    key = monitors.key("pagerduty")
    requests = recorded("pagerduty-python-7.2.0")[:5]
    states, answers = [], []
    for request in requests:
        answer = monitors.replay(request, key)
        assert answer.status_code == request.status
        answers.append(answer.json())
        states.append(monitors.state())
    assert states == ["unhealthy", "unhealthy", *["acknowledged"] * 3]
    assert [answer["status"] for answer in answers] == ["success"] * 5
    assert answers[0] == answers[2] == answers[3] == json.loads(requests[0].answer)
    assert answers[4] == json.loads(requests[4].answer)
    # What came without a key was given one, by which it can be resolved.
    assert monitors.open_keys() == (answers[1]["dedup_key"],)
    monitors.post(ENQUEUE, event(key, "resolve", dedup_key=answers[1]["dedup_key"]))
    assert monitors.state() == "healthy"
    assert monitors.pages == 1


def test_the_page_of_an_event_says_all_of_it(monitors: Monitors) -> None:
    """Its summary first; and not its time, or each duplicate would say something else."""
    monitors.replay(recorded("pagerduty-python-7.2.0")[0], monitors.key("pagerduty"))
    assert monitors.text() == (
        "p99 latency above 3 s\n\n"
        "Severity: critical\nSource: checkout-api\nComponent: api\nGroup: shop\nClass: latency\n\n"
        "Runbook: https://runbooks.example.com/latency\n"
        "graph: https://graphs.example.com/1 https://graphs.example.com/1.png\n\n"
        "p99: 3.4 s"
    )


def test_the_node_client_is_content(monitors: Monitors) -> None:
    """Trigger, acknowledge, resolve; and each of them twice changes nothing."""
    key = monitors.key("pagerduty")
    states = []
    for request in recorded("pagerduty-node-2.2.4"):
        for _ in range(2):
            answer = monitors.replay(request, key)
            assert answer.status_code == request.status
            assert answer.json() == json.loads(request.answer)
            states.append(monitors.state())
    assert states == [*["unhealthy"] * 2, *["acknowledged"] * 2, *["healthy"] * 2]
    assert monitors.pages == 1


def test_who_acknowledges_is_the_integration(monitors: Monitors) -> None:
    """PagerDuty's events have no name of a person."""
    key = monitors.key("pagerduty")
    for action in ("trigger", "acknowledge"):
        monitors.post(ENQUEUE, event(key, action, dedup_key="disk"))
    service = monitors.service()
    assert isinstance(service, Unhealthy)
    assert service.escalation == Acknowledged(by="integration monitor 1")


def test_alertmanagers_pagerduty_receiver_is_content(monitors: Monitors) -> None:
    """Three tries of the first notification, another alert, one resolved, all resolved."""
    key = monitors.key("pagerduty")
    states, notes = [], []
    for request in recorded("alertmanager-0.25.0-pagerduty"):
        assert monitors.replay(request, key).status_code == 202
        states.append(monitors.state())
        notes.append(monitors.text().count("Labels:"))
    assert states == [*["unhealthy"] * 5, "healthy"]
    assert notes[0] == 1
    assert monitors.pages == 1


def test_uptime_kumas_and_apprises_pagerduty_are_content(monitors: Monitors) -> None:
    """Apprise sends an Authorization header of its own, which says nothing to Pager."""
    key = monitors.key("pagerduty")
    for name, states in (
        ("uptime-kuma-2.5.3", ["unhealthy", "healthy"]),
        ("apprise-2.3.0", ["unhealthy", "unhealthy"]),
    ):
        found = []
        for request in recorded(name):
            if request.target == ENQUEUE:
                answer = monitors.replay(request, key)
                assert answer.status_code == request.status
                assert answer.json()["status"] == "success"
                found.append(monitors.state())
        assert found == states
    assert len(monitors.open_keys()) == 2, "an event without a dedup key joins no other"


@pytest.mark.parametrize("target", [ENQUEUE, f"{ENQUEUE}/"])
def test_the_key_of_an_older_client_is_in_a_header(monitors: Monitors, target: str) -> None:
    """pdpyras had it there at first."""
    body = {**event(""), "routing_key": None}
    headers = {**JSON, "x-routing-key": monitors.key("pagerduty")}
    assert monitors.post(target, body, headers).status_code == 202
    assert monitors.state() == "unhealthy"


# --- What is refused -----------------------------------------------------------------------


@pytest.mark.parametrize("target", [ENQUEUE, f"{ENQUEUE}/", CHANGE, f"{CHANGE}/"])
def test_an_unknown_key_is_refused(monitors: Monitors, target: str) -> None:
    """401 in PagerDuty's shape, also for the key of another protocol, or none; nobody is paged."""
    for key in (WRONG_KEY, monitors.key("goalert"), "", None, 7):
        answer = monitors.post(target, {**event(""), "routing_key": key})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["status"] == "unauthorized"
        assert answer.json()["errors"] == [answer.json()["message"]]
    assert monitors.pages == 0


@pytest.mark.parametrize("target", [ENQUEUE, f"{CHANGE}/"])
def test_another_method_is_refused_in_the_same_shape(monitors: Monitors, target: str) -> None:
    """405, for everybody."""
    answer = monitors.client.put(target, content=b"{}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == {
        "status": "method not allowed",
        "message": "Method Not Allowed",
        "errors": ["Method Not Allowed"],
    }


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
@pytest.mark.parametrize("dedup_key", [None, "", " "])
def test_without_a_dedup_key_only_a_trigger_makes_sense(
    monitors: Monitors, action: str, dedup_key: str | None
) -> None:
    """400 as PagerDuty answers; it pages nobody, and is the last request of the integration."""
    answer = monitors.post(ENQUEUE, event(monitors.key("pagerduty"), action, dedup_key=dedup_key))
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": [f"'dedup_key' is missing or blank: {action} needs one."],
    }
    assert monitors.pages == 0
    assert answer.json()["errors"][0] in monitors.last_request[1]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 401), (b'"routing_key": "KEY"', 400), (b'{"routing_key": "KEY", "payload": {}}', 400)],
)
def test_a_change_event_that_is_not_understood_is_refused(
    monitors: Monitors, body: bytes, status: int
) -> None:
    """It is no Alert, so it pages nobody either."""
    body = body.replace(b"KEY", monitors.key("pagerduty").encode())
    answer = monitors.post(CHANGE, body)
    assert answer.status_code == status
    assert answer.json()["errors"]
    assert monitors.pages == 0


def test_a_change_event_is_the_last_request_of_its_integration(monitors: Monitors) -> None:
    """And nothing else."""
    key = monitors.key("pagerduty")
    answer = monitors.replay(recorded("pagerduty-python-7.2.0")[4], key)
    assert answer.status_code == 202
    request, outcome = monitors.last_request
    assert "deploy 1.2.3" in request
    assert key not in request
    assert outcome == "a change event: it pages nobody"


@pytest.mark.parametrize("target", [ENQUEUE, CHANGE])
def test_what_is_busy_is_503_and_never_429(database: Database, target: str) -> None:
    """With when to try again: Alertmanager drops a 429 for good."""
    busy = Monitors(database, WRITING_AT_ONCE._replace(requests=0))
    answer = busy.post(target, event(busy.key("pagerduty")))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["status"] == "service unavailable"


# --- Alerts in odd clothes -----------------------------------------------------------------

DETAILS = {"summary": "disk full", "source": "db-1", "severity": "critical"}
ODD: dict[str, tuple[object, str]] = {
    "numbers": ({"summary": 42, "source": 7, "severity": True}, "42\n\nSeverity: true\nSource: 7"),
    "null": ({"summary": None, "source": "db-1"}, "Source: db-1"),
    "an object": ({"summary": {"disk": ["full"]}}, '{"disk": ["full"]}'),
    "a NUL": ({"summary": "disk\0full"}, "disk\N{REPLACEMENT CHARACTER}full"),
    "half an emoji": ({"summary": "disk full \ud83d"}, "disk full \N{REPLACEMENT CHARACTER}"),
    "details that are text": ({"summary": "disk full", "custom_details": "94 %"}, "94 %"),
    "a list of details": ({"summary": "disk full", "custom_details": [1, {}]}, "[1, {}]"),
    "nested details": ({"custom_details": {"a": {"b": [1]}, "c": None}}, 'a: {"b": [1]}'),
    "long": ({"summary": "x" * 20_000}, "x" * 9_999 + "…"),
    "no payload": (None, '"event_action": "trigger"'),
    "a payload that is text": ("disk full", '"payload": "disk full"'),
    "a payload that is a list": ([DETAILS], '"summary": "disk full"'),
}


@pytest.mark.parametrize(("details", "text"), ODD.values(), ids=ODD)
def test_an_event_is_paged_with_what_there_is_of_it(
    monitors: Monitors, details: object, text: str
) -> None:
    """Whatever the types of its fields."""
    key = monitors.key("pagerduty")
    answer = monitors.post(
        ENQUEUE, {**event(key), "payload": details, "links": 7, "images": [None]}
    )
    assert answer.status_code == 202
    assert text in monitors.text()
    assert key not in monitors.text()


@pytest.mark.parametrize("dedup_key", [7, "x" * 300, "a\0b", "\ud83d", "é / #?", ["a", {}]])
def test_a_dedup_key_may_be_anything(monitors: Monitors, dedup_key: object) -> None:
    """It is one trouble, which its own resolve closes."""
    key = monitors.key("pagerduty")
    monitors.post(ENQUEUE, event(key, dedup_key="another"))
    for action, number in (("trigger", 2), ("trigger", 2), ("resolve", 1)):
        assert monitors.post(ENQUEUE, event(key, action, dedup_key=dedup_key)).status_code == 202
        assert len(monitors.open_keys()) == number
    assert monitors.open_keys() == ("another",)


DRESSED: dict[str, tuple[bytes, Mapping[str, str]]] = {
    "gzip": (b"gzip", {"content-encoding": "gzip"}),
    "gzip that is not announced": (b"gzip", {}),
    "UTF-16": (b"utf-16", {}),
    "a BOM": (b"utf-8-sig", {}),
    "Latin-1": (b"latin-1", {}),
    "no type": (b"utf-8", {"content-type": ""}),
    "text": (b"utf-8", {"content-type": "text/plain"}),
}


@pytest.mark.parametrize(("encoding", "headers"), DRESSED.values(), ids=DRESSED)
def test_an_event_is_read_in_any_encoding(
    monitors: Monitors, encoding: bytes, headers: Mapping[str, str]
) -> None:
    """Its text is as it was meant."""
    key = monitors.key("pagerduty")
    body = {**event(key), "payload": {"summary": "à bientôt\ndisk"}}
    text = json.dumps(body, ensure_ascii=False).replace("\\n", "\n")  # not escaped, as some do
    name = encoding.decode()
    content = gzip.compress(text.encode()) if name == "gzip" else text.encode(name)
    assert monitors.post(ENQUEUE, content, {**JSON, **headers}).status_code == 202
    assert monitors.text() == "à bientôt\ndisk"


def test_the_end_of_a_huge_event_is_read(monitors: Monitors) -> None:
    """Where its dedup key is; only the middle of its long text is missing."""
    body = event(monitors.key("pagerduty"), payload={"summary": "x" * 1_100_000}, dedup_key="disk")
    assert monitors.post(ENQUEUE, body).status_code == 202
    assert monitors.open_keys() == ("disk",)


NOT_EVENTS: dict[str, str] = {
    "cut": '{"routing_key": "KEY", "event_action": "trigger", "payload": {"summary": "disk fu',
    "an array": '[{"routing_key": "KEY", "event_action": "trigger"}]',
    "another action": '{"routing_key": "KEY", "event_action": "explode", "payload": "disk full"}',
    "no action": '{"routing_key": "KEY", "payload": {"summary": "disk full"}}',
    "huge": '{"routing_key": "KEY", "payload": {' + '"disk": 94, ' * 100_000 + "}}",
    "nested": '{"routing_key": "KEY", "payload": ' + "[" * 50_000,
}


@pytest.mark.parametrize("body", NOT_EVENTS.values(), ids=NOT_EVENTS)
def test_what_is_not_understood_pages_the_service_of_the_key(monitors: Monitors, body: str) -> None:
    """It may have been an Alert. The page shows it, without the key."""
    key = monitors.key("pagerduty")
    for _ in range(2):
        assert monitors.post(ENQUEUE, body.replace("KEY", key).encode()).status_code == 202
    assert monitors.open_keys() == ("not understood",)
    assert monitors.text().startswith("The payload is not understood: ")
    assert '"routing_key": "…"' in monitors.text()
    assert monitors.pages == 1
    assert key not in monitors.last_request[0]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"\xff\xfe\xfd", b'"text"'])
def test_what_has_no_key_pages_nobody(monitors: Monitors, body: bytes) -> None:
    """401: nobody knows whose it is."""
    monitors.key("pagerduty")
    assert monitors.post(ENQUEUE, body).status_code == 401
    assert monitors.pages == 0


def test_the_service_may_be_found_by_a_field(monitors: Monitors) -> None:
    """Of the payload, or of its custom details; what is not known goes to the fallback."""
    monitors.policy("db-1")
    key = monitors.key("pagerduty", field="source", names={"the database": "db-1"})
    for source in ("db-1", "the database", "no such thing!"):
        body = {**event(key, dedup_key=source), "payload": {"source": source}}
        monitors.post(ENQUEUE, body)
    assert monitors.open_keys("db-1") == ("db-1", "the database")
    assert monitors.open_keys() == ("no such thing!",)
    key = monitors.key("pagerduty", field="host")
    monitors.post(ENQUEUE, event(key, payload={"custom_details": {"host": "db-1"}}))
    assert len(monitors.open_keys("db-1")) == 3


def test_reading_a_body_needs_nothing_but_the_body() -> None:
    """The same one is the same event, but for a dedup key that was made."""
    body = json.dumps(event("KEY")).encode()
    [first], [second] = (read(Payload(body, "application/json")) for _ in range(2))
    assert first._replace(dedup_key=None) == second._replace(dedup_key=None)
    assert first.dedup_key != second.dedup_key
