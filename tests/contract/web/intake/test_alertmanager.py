"""Alertmanager's webhook: the group is the trouble, and each of its services has a state."""

import gzip
import json
import time
from typing import Any

import pytest

from clients.recordings import recorded
from contract.web.installation import Installation
from contract.web.intake.monitors import Monitor
from pager.adapters.web.limits import LARGEST_BODY, LIMITS

GROUP_KEY = '{}:{alertname="HighLatency", service="checkout-api"}'
Payload = dict[str, Any]  # type: ignore[explicit-any]  # JSON


def alert(service: str, status: str = "firing", **annotations: str) -> Payload:
    """An alert of that service."""
    return {
        "status": status,
        "labels": {"alertname": "DiskFull", "service": service},
        "annotations": annotations,
        "startsAt": "2026-11-28T18:25:44Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"fingerprint of {service}",
    }


def group(*alerts: Payload, status: str = "firing", **fields: object) -> Payload:
    """A group of these alerts."""
    return {
        "receiver": "pager",
        "status": status,
        "alerts": list(alerts),
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {"alertname": "DiskFull"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.com:9093",
        "version": "4",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
        **fields,
    }


@pytest.fixture
def monitor(installation: Installation) -> Monitor:
    """An Alertmanager whose alerts name their service by a label."""
    services = ("platform", "checkout-api", "search-api")
    return Monitor(installation, "alertmanager", services, field="service")


def test_a_recorded_alertmanager_goes_through_its_states(installation: Installation) -> None:
    """Fires (three times, since it was answered 503 and 429), joined, partly resolved, resolved."""
    monitor = Monitor(installation, "alertmanager")
    keys = []
    for request in recorded("alertmanager-0.25.0-webhook"):
        response = monitor.send(request.body, request.headers, ending="")
        assert response.status_code == 202
        keys.append(monitor.open_keys())
    assert keys == [(GROUP_KEY,)] * 5 + [()]
    assert monitor.state() == "healthy"
    assert monitor.pages == 1


def test_two_services_of_a_group_are_resolved_one_after_the_other(monitor: Monitor) -> None:
    """A service is over once all its alerts are, whatever else of the group fires."""
    firing = [alert("checkout-api"), alert("search-api")]
    monitor.send(group(*firing))
    assert monitor.open_keys("checkout-api") == monitor.open_keys("search-api") is not None
    monitor.send(group(alert("checkout-api", "resolved"), alert("search-api")))
    assert monitor.state("checkout-api") == "healthy"
    assert monitor.open_keys("search-api") is not None
    monitor.send(group(alert("search-api", "resolved"), status="resolved"))
    assert monitor.state("search-api") == "healthy"
    assert monitor.state("platform") == "healthy"


def test_a_service_fires_while_any_of_its_alerts_does(monitor: Monitor) -> None:
    """The order of the alerts does not matter."""
    monitor.send(group(alert("checkout-api"), alert("checkout-api", "resolved")))
    assert monitor.open_keys() is not None
    monitor.send(group(alert("checkout-api", "resolved"), alert("checkout-api")))
    assert monitor.open_keys() is not None


def test_nothing_is_resolved_while_alerts_that_fire_are_not_listed(monitor: Monitor) -> None:
    """Of `max_alerts`; a group that is resolved has none that fire."""
    over = alert("checkout-api", "resolved")
    monitor.send(group(alert("checkout-api")))
    monitor.send(group(over, alert("search-api"), truncatedAlerts="3"))
    assert monitor.open_keys() is not None
    monitor.send(group(over, status="resolved", truncatedAlerts=3))
    assert monitor.state() == "healthy"


@pytest.mark.parametrize("alerts", [[], None, [alert("checkout-api", "resolved")]])
def test_a_group_that_fires_pages_somebody_though_none_of_its_alerts_does(
    monitor: Monitor, alerts: list[Payload] | None
) -> None:
    """The integration's own service, where the group's labels name none."""
    monitor.send(group(alerts=alerts, truncatedAlerts=1))
    assert monitor.text("platform").startswith("DiskFull\n")
    monitor.send(group(status="resolved"))
    assert monitor.state("platform") == "healthy"


def test_labels_of_the_group_find_the_service_of_no_alert(monitor: Monitor) -> None:
    """A group by service."""
    monitor.send(group(groupLabels={"service": "search-api"}))
    assert monitor.open_keys("search-api") is not None
    assert monitor.state("platform") == "healthy"


def test_without_a_group_key_each_alert_has_its_own(monitor: Monitor) -> None:
    """Its fingerprint, or else its labels."""
    payload = group(alert("checkout-api"), alert("checkout-api"), groupKey=None)
    payload["alerts"][1]["fingerprint"] = None
    monitor.send(payload)
    labels = '{"alertname": "DiskFull", "service": "checkout-api"}'
    assert monitor.open_keys() == ("fingerprint of checkout-api", labels)
    monitor.send(group(alert("checkout-api", "resolved"), groupKey=None))
    assert monitor.open_keys() == (labels,)


def test_a_group_without_key_and_alerts_is_known_by_its_labels(monitor: Monitor) -> None:
    """It closes no trouble but its own: not that of an Alert without a key."""
    monitor.send(group(groupKey=None))
    assert monitor.open_keys("platform") == ('{"alertname": "DiskFull"}',)
    monitor.send({"status": "resolved"})
    assert monitor.open_keys("platform") is not None
    monitor.send(group(groupKey=None, status="resolved"))
    assert monitor.state("platform") == "healthy"


def test_what_newer_versions_send_besides_is_ignored(monitor: Monitor) -> None:
    """Such as those of Alertmanager 0.28 to 0.30; numbers may be text."""
    newest: Payload = {
        "notificationReason": "first_notification",
        "routeID": '{}/{team=~"x"}/0',
        "receiver": {"name": "pager"},
        "version": 4,
        "truncatedAlerts": "0",
        "aNewField": [{"a": {"b": None}}],
    }
    assert monitor.send(group(alert("checkout-api"), **newest)).status_code == 202
    assert monitor.send(group(alert("checkout-api", "resolved"), **newest)).status_code == 202
    assert monitor.state() == "healthy"


PLAIN = group(alert("checkout-api", summary="Disk full on db-1"))
[ALERT] = PLAIN["alerts"]
ODD_OBJECTS: dict[str, Payload] = {
    "types": {
        "alerts": [{**ALERT, "annotations": ["not", "an", "object"]}],
        "groupLabels": 3,
        "commonLabels": [],
        "truncatedAlerts": {"a": "b"},
        "status": 1,
    },
    "a label that is no text": {
        "alerts": [{**ALERT, "labels": {**ALERT["labels"], "replica": {"no": ["label"]}}}]
    },
    "nulls": {name: None for name in PLAIN if name != "alerts"},
    "one alert instead of an array": {"alerts": ALERT},
    "an array in an array": {"alerts": [[ALERT], ALERT]},
    "capitals": {"status": "FIRING", "alerts": [{**ALERT, "status": "Firing"}]},
    "labels only of the group": {
        "alerts": [{"status": "firing"}],
        "commonLabels": ALERT["labels"],
    },
}
TEXT = json.dumps(PLAIN)
ODD_TEXTS: dict[str, bytes] = {
    "UTF-16": TEXT.encode("utf-16"),
    "with a BOM": b"\xef\xbb\xbf" + TEXT.encode(),
    "packed": gzip.compress(TEXT.encode()),
    "a control character": TEXT.replace("Disk", "Disk\x01\n").encode(),
    "half a character": TEXT.replace("Disk", "Disk \\ud83d").encode(),
    "not a number": TEXT.replace('"truncatedAlerts": 0', '"truncatedAlerts": NaN').encode(),
    "not UTF-8": TEXT.encode().replace(b"Disk", b"Disk \xff"),
}


@pytest.mark.parametrize(
    "body",
    [
        *(
            pytest.param(json.dumps(PLAIN | odd).encode(), id=name)
            for name, odd in ODD_OBJECTS.items()
        ),
        *(pytest.param(body, id=name) for name, body in ODD_TEXTS.items()),
    ],
)
def test_an_alert_in_odd_clothes_pages_its_service(monitor: Monitor, body: bytes) -> None:
    """What is wrong in one place keeps nothing else unread."""
    assert monitor.send(body).status_code == 202
    assert monitor.open_keys() is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"text": "disk full"}',
        b"disk full",
        b"\x00\xff",
        b"[" * 99_999,
    ],
)
def test_what_is_not_understood_pages_the_integrations_own_service(
    monitor: Monitor, body: bytes
) -> None:
    """It may have been an Alert. The key is not shown, even where it is in the body."""
    response = monitor.send(body + monitor.own_key.encode())
    assert response.status_code == 202
    assert monitor.text("platform").startswith("The payload is not understood: ")
    for text in (monitor.text("platform"), monitor.stored.last_request, response.text):
        assert monitor.own_key not in text


def test_a_payload_that_is_cut_pages_whom_it_names_and_resolves_nothing(monitor: Monitor) -> None:
    """Its end is missing: what is there of it is read."""
    monitor.send(group(alert("checkout-api")))
    whole = json.dumps(group(alert("checkout-api", "resolved"), alert("search-api"), alert("x")))
    assert monitor.send(whole[: whole.index('"x"')].encode()).status_code == 202
    assert monitor.open_keys("checkout-api") is not None
    assert monitor.open_keys("search-api") is not None


def test_a_payload_larger_than_pager_reads_has_its_key_at_its_end(monitor: Monitor) -> None:
    """So the group is resolved as it was raised."""
    many = [alert("search-api", description="x" * 20_000) for _ in range(LARGEST_BODY // 20_000)]
    payload = group(alert("checkout-api"), *many)
    assert len(json.dumps(payload)) > LARGEST_BODY
    monitor.send(payload)
    assert monitor.open_keys("checkout-api") == monitor.open_keys("search-api") is not None
    monitor.send(group(alert("checkout-api", "resolved"), status="resolved"))
    assert monitor.state("checkout-api") == "healthy"


@pytest.mark.parametrize(
    "body",
    [
        b'{"status": "firing", "alerts": [' + b"{}," * 300_000 + b"{}]}",
        b'{"status": "firing", "alerts": [{"labels": {"a": ' + b"9" * 5_000 + b"}}]}",
        b'{"status": "firing", "alerts": [{"labels": {"a": ' + b"9" * 4_000 + b"}}]}",
        b'{"status": "firing", "alerts": ' + b"[" * 980 + b"]" * 980 + b"}",
        b'{"status": "firing", "alerts": ' + b"[" * 150 + b"]" * 150 + b"}",
        json.dumps(group({"labels": {f"l{n}": "x" * 900 for n in range(1_000)}})).encode(),
    ],
    ids=["many", "a huge number", "a large number", "too deep", "deep", "labels"],
)
def test_a_payload_that_is_made_to_hurt_pages_in_time(monitor: Monitor, body: bytes) -> None:
    """Its alerts, numbers, depth and texts are bounded."""
    began = time.process_time()
    assert monitor.send(body).status_code == 202
    assert time.process_time() - began < 3
    assert monitor.open_keys("platform") is not None


def test_five_hundred_services_are_in_one_answer(monitor: Monitor) -> None:
    """What has no policy goes to the integration's own service, and is resolved there."""
    names = [f"service-{number}" for number in range(500)]
    response = monitor.send(group(*map(alert, names)))
    assert response.status_code == 202
    assert len(response.json()["events"]) == 500
    assert len(monitor.open_keys("platform") or ()) == 500
    monitor.send(group(*(alert(name, "resolved") for name in names), status="resolved"))
    assert monitor.state("platform") == "healthy"


def test_a_pager_that_is_busy_is_asked_again(installation: Installation) -> None:
    """503 and when: Alertmanager gives up on a 429."""
    full = LIMITS._replace(requests_of_one=0)
    monitor = Monitor(installation, "alertmanager", limits=full)
    response = monitor.send(PLAIN)
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.headers["content-type"] == "application/problem+json"
