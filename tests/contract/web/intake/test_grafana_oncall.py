"""Grafana OnCall's addresses: the path says how a payload is read."""

import json
from collections.abc import Sequence

import pytest

from contract.web.installation import Installation
from contract.web.intake.monitors import Monitor
from contract.web.intake.reading.fields import check_fields
from pager.adapters.web.intake import grafana_oncall
from pager.adapters.web.intake.events import Event, Payload

FORMATTED = {
    "alert_uid": "08d6891a-835c-e661-39fa-96b6a9e26552",
    "title": "The whole system is down",
    "image_url": "https://example.com/graph.png",
    "state": "alerting",
    "link_to_upstream_details": "https://example.com/downtime",
    "message": "Nothing answers since 03:02",
}
ALERT = {"status": "firing", "labels": {"alertname": "DiskFull"}}
GROUP = {"status": "firing", "alerts": [ALERT], "groupKey": "a group"}
LEGACY = {"ruleId": 7, "ruleName": "High memory", "state": "alerting"}


@pytest.fixture
def monitor(installation: Installation) -> Monitor:
    """What has sent to Grafana OnCall before."""
    return Monitor(installation, "grafana-oncall")


@pytest.mark.parametrize(
    ("kind", "firing", "over", "key"),
    [
        ("alertmanager", GROUP, {"status": "resolved"}, "a group"),
        ("grafana", LEGACY, {"state": "ok"}, "rule 7"),
        ("grafana", GROUP, {"status": "resolved"}, "a group"),
        ("grafana_alerting", GROUP, {"status": "resolved"}, "a group"),
        ("formatted_webhook", FORMATTED, {"state": "ok"}, FORMATTED["alert_uid"]),
        ("grafana-oncall", FORMATTED, {"state": "OK"}, FORMATTED["alert_uid"]),
        ("grafana-oncall", GROUP, {"status": "resolved"}, "a group"),
        ("grafana-oncall", LEGACY, {"state": "ok"}, "rule 7"),
        ("webhook", {"text": "Disk full", "id": 7}, {"status": "ok"}, "7"),
        ("zabbix", {"title": "Disk full", "id": 7}, {"state": "OK"}, "7"),
    ],
)
def test_the_path_says_what_a_payload_is(
    monitor: Monitor, kind: str, firing: dict[str, object], over: dict[str, object], key: str
) -> None:
    """The answer is Grafana OnCall's."""
    response = monitor.send(firing, kind=kind)
    assert (response.status_code, response.json()) == (200, "Ok.")
    assert monitor.open_keys() == (key,)
    assert monitor.send({**firing, **over}, kind=kind).json() == "Ok."
    assert monitor.state() == "healthy"


def test_a_formatted_webhook_is_told_in_full(monitor: Monitor) -> None:
    """Its title first."""
    monitor.send(FORMATTED, kind="formatted_webhook")
    assert monitor.text() == "\n".join(
        [
            "The whole system is down",
            "Nothing answers since 03:02",
            "https://example.com/downtime",
            "https://example.com/graph.png",
        ]
    )


def test_no_field_of_a_formatted_webhook_is_required(monitor: Monitor) -> None:
    """Then it is the one trouble of its service."""
    monitor.send({}, kind="formatted_webhook")
    assert monitor.open_keys() == (None,)
    monitor.send({"state": "ok"}, kind="formatted_webhook")
    assert monitor.state() == "healthy"


def test_what_is_not_understood_is_accepted_and_pages(monitor: Monitor) -> None:
    """Also of a formatted webhook that is no JSON."""
    assert monitor.send(b"disk full", kind="formatted_webhook").json() == "Ok."
    assert "disk full" in monitor.text()


def test_the_path_of_another_integration_changes_nothing(installation: Installation) -> None:
    """An integration has one protocol, whichever path its key is sent to."""
    monitor = Monitor(installation, "alertmanager")
    assert monitor.send(GROUP, kind="formatted_webhook").status_code == 202
    assert monitor.open_keys() == ("a group",)


def test_what_the_table_calls_served_is_read() -> None:
    """Of the formatted webhook."""

    def read(body: object) -> Sequence[Event]:
        content = json.dumps(body).encode()
        return grafana_oncall.read(Payload(content, "application/json", kind="formatted_webhook"))

    others = {"state": "ok", "link_to_upstream_details": "https://example.com/2"}
    check_fields(grafana_oncall.FIELDS, read, [FORMATTED], others)
