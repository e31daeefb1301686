"""CloudEvents 1.0: structured, batched and binary; what says that a trouble is over."""

import json
from base64 import b64encode
from collections.abc import Mapping

import pytest

from contract.web.intake.monitors import JSON, Monitors
from pager.adapters.store.core.database import Database

STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
ATTRIBUTES = {
    "specversion": "1.0",
    "id": "A234-1234-1234",
    "source": "/clusters/eu",
    "type": "com.example.disk.full",
    "subject": "db-1",
    "time": "2026-11-28T12:00:00Z",
}


@pytest.fixture
def monitors(database: Database) -> Monitors:
    """A server on which checkout-api has a policy."""
    return Monitors(database)


def target(monitors: Monitors, field: str | None = None) -> str:
    """The URL of a new integration."""
    return f"/integrations/v1/cloudevents/{monitors.key('cloudevents', field=field)}"


def event(**fields: object) -> dict[str, object]:
    """A structured event."""
    return {**ATTRIBUTES, "data": {"summary": "disk full", "used": "94 %"}, **fields}


PAGE = "disk full\n\nSubject: db-1\nType: com.example.disk.full\nSource: /clusters/eu\n\nused: 94 %"


@pytest.mark.parametrize("headers", [STRUCTURED, JSON, {}])
def test_a_structured_event_pages_once_and_its_resolve_closes_it(
    monitors: Monitors, headers: Mapping[str, str]
) -> None:
    """Whatever its media type, and whatever its id."""
    url = target(monitors)
    for number in range(2):
        assert monitors.post(url, event(id=f"{number}"), headers).status_code == 202
    assert monitors.text() == PAGE
    assert monitors.pages == 1
    monitors.post(url, event(id="3", type="com.example.disk.full.resolved"), headers)
    assert monitors.state() == "healthy"


def test_a_binary_event_is_the_same_trouble(monitors: Monitors) -> None:
    """Its attributes are headers, percent-encoded; its data is the body."""
    url = target(monitors)
    headers = {f"ce-{name}": value for name, value in ATTRIBUTES.items()} | JSON
    body = json.dumps(event()["data"]).encode()
    assert monitors.post(url, body, headers).status_code == 202
    assert monitors.text() == PAGE
    headers["ce-type"] += ".Resolved"
    monitors.post(url, b"", headers)
    assert monitors.state() == "healthy"
    text = {**headers, "ce-type": "x", "ce-subject": "caf%C3%A9", "content-type": "text/plain"}
    monitors.post(url, b"disk full", text)
    assert monitors.text().startswith("disk full\n\nSubject: café\nType: x")


@pytest.mark.parametrize("headers", [BATCH, JSON])
def test_a_batch_has_many_and_one_that_is_none_spoils_no_other(
    monitors: Monitors, headers: Mapping[str, str]
) -> None:
    """It pages the integration's own service, and shows what was sent."""
    monitors.policy("db-2")
    url = target(monitors, "subject")
    batch = [event(subject="db-2"), {"disk": "full"}, "what?", 7, event(subject="checkout-api")]
    assert monitors.post(url, batch, headers).status_code == 202
    assert len(monitors.open_keys("db-2")) == 1
    assert len(monitors.open_keys()) == 2
    assert '{"disk": "full"}' in monitors.text()
    assert monitors.post(url, b"[]", headers).status_code == 202


SAYS: dict[str, tuple[dict[str, object], str]] = {
    "status": ({"data": {"status": "Resolved"}}, "healthy"),
    "state": ({"data": {"state": "ok"}}, "healthy"),
    "status before state": ({"data": {"status": "resolved", "state": "firing"}}, "healthy"),
    "the data before the type": (
        {"type": "com.example.disk.full.resolved", "data": {"status": "firing"}},
        "unhealthy",
    ),
    "a word that nobody knows": ({"data": {"status": "fixed, I hope"}}, "unhealthy"),
    "the type": ({"type": "com.example.disk.full.recovered", "data": None}, "healthy"),
    "packed data": (
        {"data": None, "data_base64": b64encode(b'{"status": "closed"}').decode()},
        "healthy",
    ),
    "JSON in a string": ({"data": '{"status": "up"}'}, "healthy"),
    "an acknowledgement": ({"data": {"status": "acknowledged"}}, "acknowledged"),
}


@pytest.mark.parametrize(("fields", "state"), SAYS.values(), ids=SAYS)
def test_the_status_of_the_data_or_the_end_of_the_type_says_what_it_is(
    monitors: Monitors, fields: dict[str, object], state: str
) -> None:
    """What says nothing of the kind is an Alert."""
    url = target(monitors)
    monitors.post(url, event())
    monitors.post(url, event(**fields))
    assert monitors.state() == state


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"subject": "db-2"}, 2),
        ({"source": "/clusters/us"}, 2),
        ({"type": "com.example.memory"}, 2),
        ({"type": "com.example.disk.full.triggered"}, 1),
        ({"id": "another", "time": "2027-01-01T00:00:00Z"}, 1),
        ({"dedupkey": "disk"}, 2),
    ],
)
def test_source_type_and_subject_tell_troubles_apart(
    monitors: Monitors, fields: dict[str, object], number: int
) -> None:
    """Or the extension dedupkey, where it is there."""
    url = target(monitors)
    monitors.post(url, event())
    monitors.post(url, event(**fields))
    assert len(monitors.open_keys()) == number


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"data": None}, "db-1"),
        ({"data": None, "subject": None}, "com.example.disk.full"),
        ({"data": 94}, "94"),
        ({"data": ["disk", None]}, '["disk", null]'),
        ({"data": {"title": ["disk full"]}}, '["disk full"]'),
        ({"data": {"message": "", "text": "disk full"}}, "disk full"),
        ({"data_base64": "not base64", "data": None}, "not base64"),
        ({"data": None, "type": 7, "source": [], "subject": {}}, "7"),
        ({"data": None, "type": None, "source": None, "subject": None}, "(The sender gave"),
        ({"data": "x" * 20_000}, "x" * 9_999 + "…"),
        ({"data": "disk\0full"}, "disk\N{REPLACEMENT CHARACTER}full"),
    ],
)
def test_an_odd_event_is_paged_with_what_there_is_of_it(
    monitors: Monitors, fields: dict[str, object], title: str
) -> None:
    """Whatever the types of its attributes."""
    assert monitors.post(target(monitors), event(**fields)).status_code == 202
    assert monitors.text().partition("\n")[0].startswith(title)
