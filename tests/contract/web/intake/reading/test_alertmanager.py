"""What a page says of an Alertmanager's group, and which fields are read."""

import json
from collections.abc import Sequence

from clients.recordings import recorded
from contract.web.intake.reading.fields import check_fields
from pager.access.integrations import Routing
from pager.adapters.web.intake import alertmanager
from pager.adapters.web.intake.events import Event, Payload
from pager.model import LONGEST_MESSAGE

RUNBOOK = "https://runbooks.example.com/latency"
SOURCE = "http://prometheus.example.com/graph?g0.expr=1"


def read(body: object, field: str | None = None) -> Sequence[Event]:
    """The events of a payload."""
    routing = Routing(service_id="platform", field=field)
    return alertmanager.read(
        Payload(json.dumps(body).encode(), "application/json", routing=routing)
    )


def alert(summary: str = "", **labels: str) -> dict[str, object]:
    """An alert that fires."""
    return {
        "status": "firing",
        "labels": {"alertname": "DiskFull", **labels},
        "annotations": {"summary": summary},
    }


def page(*alerts: object, **fields: object) -> str:
    """What people read of a group of these."""
    group_labels = {"alertname": "DiskFull", "cluster": "eu-1"}
    body = {"status": "firing", "alerts": alerts, "groupKey": "g", "groupLabels": group_labels}
    [event] = read({**body, **fields})
    return event.text


def test_an_alert_alone_is_told_in_full() -> None:
    """The title is its summary; then its description, its labels, its links."""
    alone = alert("Disk full on db-1", service="db")
    alone["annotations"] = {
        "summary": "Disk full on db-1",
        "description": "98 % of /data",
        "runbook_url": RUNBOOK,
    }
    alone["generatorURL"] = SOURCE
    assert page(alone) == "\n".join(
        [
            "Disk full on db-1",
            "98 % of /data",
            "Labels: alertname=DiskFull, service=db",
            f"Runbook: {RUNBOOK}",
            f"Source: {SOURCE}",
        ]
    )


def test_alerts_that_say_the_same_differ_by_their_labels() -> None:
    """As a real Alertmanager has sent them."""
    body = json.loads(recorded("alertmanager-0.25.0-webhook", "today")[0].body)
    [event] = read(body)
    assert event.text == "\n".join(
        [
            "p99 latency above 3 s",
            "- instance=web-1:9090: p99 of checkout-api is 3.4 s",
            "- instance=web-2:9090",
            "Labels: alertname=HighLatency, service=checkout-api, severity=critical",
            f"Runbook: {RUNBOOK}",
            f"Source: {SOURCE}",
        ]
    )


def test_alerts_that_say_different_things_have_the_name_of_their_group() -> None:
    """Each says its own in a line."""
    assert page(alert("db-1 is full", host="db-1"), alert("db-2 is full", host="db-2")) == (
        "DiskFull cluster=eu-1 (2 alerts)\n"
        "- host=db-1: db-1 is full\n"
        "- host=db-2: db-2 is full\n"
        "Labels: alertname=DiskFull"
    )


def test_without_annotations_the_labels_say_what_is_wrong() -> None:
    """Nothing but labels is needed."""
    assert page(alert(host="db-1")).startswith("DiskFull cluster=eu-1\nLabels: ")
    assert (
        page({"labels": {"host": "db-1"}}, groupLabels={}) == "Alert host=db-1\nLabels: host=db-1"
    )


def test_a_page_is_bounded_however_large_the_group_is() -> None:
    """It says how many are left out."""
    many = [alert("x" * 9_000, host=f"{number:03}" * 100) for number in range(500)]
    text = page(*many)
    assert "… and 480 more." in text
    assert len(text) < 3 * LONGEST_MESSAGE


def test_the_same_group_sent_again_says_the_same() -> None:
    """So it is not noted as another text: when it began and was sent is left out."""
    first, *others = (json.loads(each.body) for each in recorded("alertmanager-0.25.0-webhook")[:3])
    assert all(read(other) == read(first) for other in others)


def test_a_service_is_told_of_its_own_alerts_only() -> None:
    """Where the alerts of a group are about several services."""
    alerts = [alert("Disk full on db-1", service="db"), alert("Disk full on s-1", service="search")]
    events = read({"status": "firing", "groupKey": "g", "alerts": alerts}, field="service")
    assert [event.text.splitlines()[0] for event in events] == [
        "Disk full on db-1",
        "Disk full on s-1",
    ]


EXAMPLE = {
    "receiver": "pager",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "service": "db"},
            "annotations": {"summary": "Disk full on db-1"},
            "startsAt": "2026-11-28T18:25:44Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": SOURCE,
            "fingerprint": "1dd953aef838ed75",
        }
    ],
    "groupLabels": {"alertname": "DiskFull", "cluster": "eu-1"},
    "commonLabels": {"alertname": "DiskFull"},
    "commonAnnotations": {"summary": "Disk full on db-1"},
    "externalURL": "http://alertmanager.example.com:9093",
    "version": "4",
    "groupKey": "g",
    "truncatedAlerts": 0,
    "notificationReason": "repeat_interval",
    "routeID": "{}/0",
}
EXAMPLES = [EXAMPLE, {**EXAMPLE, "groupKey": None}, {**EXAMPLE, "alerts": []}]


def test_what_the_table_calls_served_is_read() -> None:
    """And what it calls ignored is not."""
    others: dict[str, object] = {
        "status": "resolved",
        "truncatedAlerts": 2,
        "commonLabels": {"service": "search"},
        "alerts[].status": "resolved",
        "alerts[].generatorURL": RUNBOOK,
    }
    check_fields(alertmanager.FIELDS, lambda body: read(body, "service"), EXAMPLES, others)
