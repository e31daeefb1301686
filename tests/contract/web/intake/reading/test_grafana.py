"""What Grafana's webhooks say, of its alerting and of the legacy one."""

import json
from collections.abc import Sequence

import pytest

from contract.web.intake.reading.fields import check_fields
from pager.access.integrations import Routing
from pager.adapters.web.intake import grafana
from pager.adapters.web.intake.alert_groups import LINKS
from pager.adapters.web.intake.events import Event, Payload

URL = "https://grafana.example.com"
ALERT = {
    "status": "firing",
    "labels": {"alertname": "High memory", "grafana_folder": "Web", "service": "checkout-api"},
    "annotations": {"summary": "Memory of web-1 above 90 %"},
    "startsAt": "2026-11-28T18:25:44.86+01:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": f"{URL}/alerting/grafana/abc/view",
    "fingerprint": "c6eadffa33fcdf37",
    "silenceURL": f"{URL}/alerting/silence/new",
    "dashboardURL": f"{URL}/d/1",
    "panelURL": f"{URL}/d/1?viewPanel=2",
    "imageURL": f"{URL}/image.png",
    "values": {"B": 94.23943737541908, "C": 1},
    "valueString": "[ var='B' labels={} value=94.2 ]",
}
EXAMPLE = {
    "receiver": "pager",
    "status": "firing",
    "alerts": [ALERT],
    "groupLabels": {"alertname": "High memory", "grafana_folder": "Web"},
    "commonLabels": {"alertname": "High memory", "grafana_folder": "Web"},
    "commonAnnotations": {},
    "externalURL": f"{URL}/",
    "version": "1",
    "groupKey": '{}:{alertname="High memory", grafana_folder="Web"}',
    "truncatedAlerts": 0,
    "orgId": 1,
    "title": "[FIRING:1] High memory Web (checkout-api)",
    "state": "alerting",
    "message": "**Firing**\n\nValue: B=94.2",
}
LEGACY = {
    "dashboardId": 1,
    "evalMatches": [{"value": 94.2, "metric": "memory", "tags": {"host": "web-1"}}],
    "imageUrl": f"{URL}/image.png",
    "message": "Memory of web-1 above 90 %",
    "orgId": 1,
    "panelId": 2,
    "ruleId": 7,
    "ruleName": "High memory",
    "ruleUrl": f"{URL}/d/1?viewPanel=2",
    "state": "alerting",
    "tags": {"service": "checkout-api"},
    "title": "[Alerting] High memory",
}


def read(body: object) -> Sequence[Event]:
    """The events of a payload."""
    routing = Routing(service_id="platform", field="service")
    return grafana.read(Payload(json.dumps(body).encode(), "application/json", routing=routing))


def test_an_alert_has_its_values_and_links() -> None:
    """And not the title and the text that Grafana makes by default, which say it all twice."""
    [event] = read(EXAMPLE)
    assert event[:2] == ("trigger", EXAMPLE["groupKey"])
    assert event.text == "\n".join(
        [
            "Memory of web-1 above 90 %",
            "Values: B=94.2394, C=1",
            "Labels: alertname=High memory, grafana_folder=Web, service=checkout-api",
            f"Dashboard: {URL}/d/1",
            f"Panel: {URL}/d/1?viewPanel=2",
            f"Source: {URL}/alerting/grafana/abc/view",
            f"Silence: {URL}/alerting/silence/new",
            f"Image: {URL}/image.png",
        ]
    )


def test_a_title_and_a_message_of_ones_own_are_told() -> None:
    """Of a template that somebody has written for this."""
    [event] = read({**EXAMPLE, "title": "Memory!", "message": "Restart it."})
    assert event.text.startswith("Memory!\nRestart it.\nMemory of web-1 above 90 %\n")


def test_older_versions_have_their_values_as_a_text() -> None:
    """Before `values` came in."""
    [event] = read({**EXAMPLE, "alerts": [{**ALERT, "values": None}]})
    assert "\n[ var='B' labels={} value=94.2 ]\n" in event.text


@pytest.mark.parametrize(
    ("name", "annotations", "title"),
    [
        ("DatasourceNoData", {"summary": "Memory is high"}, "No data: High memory"),
        ("DatasourceError", {"Error": "timeout"}, "Cannot be evaluated: High memory\ntimeout"),
    ],
)
def test_a_rule_without_a_result_says_so(
    name: str, annotations: dict[str, str], title: str
) -> None:
    """Its summary would claim what nobody has measured."""
    labels = {"alertname": name, "rulename": "High memory", "service": "checkout-api"}
    alert = {"status": "firing", "labels": labels, "annotations": annotations}
    [event] = read({**EXAMPLE, "alerts": [alert]})
    assert event.text.startswith(f"{title}\n")
    assert event.fields["service"] == "checkout-api"


TEST = {
    **EXAMPLE,
    "receiver": "test",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "TestAlert", "instance": "Grafana"},
            "annotations": {"summary": "Notification test"},
            "fingerprint": "57c6d9296de2ad39",
            "values": None,
            "valueString": "[ metric='foo' labels={instance=bar} value=10 ]",
        }
    ],
    "groupLabels": {"alertname": "TestAlert", "instance": "Grafana"},
    "commonLabels": {"alertname": "TestAlert", "instance": "Grafana"},
    "groupKey": "webhook-57c6d9296de2ad39-1753262473",
}
LEGACY_TEST = {**LEGACY, "ruleId": 4_589_023_748, "ruleName": "Test notification", "tags": {}}


@pytest.mark.parametrize("payload", [TEST, LEGACY_TEST], ids=["test", "legacy test"])
def test_a_test_notification_pages_and_says_what_it_is(payload: object) -> None:
    """However often it is sent, there is one trouble: each time Grafana gives it another key."""
    [event] = read(payload)
    assert event[:2] == ("trigger", "test notification")
    assert grafana.THIS_IS_A_TEST in event.text


def test_a_legacy_rule_has_its_values_and_links() -> None:
    """The tags find the service."""
    [event] = read(LEGACY)
    assert event[:2] == ("trigger", "rule 7")
    assert event.text == "\n".join(
        [
            "High memory",
            "Memory of web-1 above 90 %",
            "memory: 94.2",
            "Tags: service=checkout-api",
            f"Rule: {URL}/d/1?viewPanel=2",
            f"Image: {URL}/image.png",
        ]
    )
    assert event.fields == {"service": "checkout-api", "host": "web-1", "ruleName": "High memory"}


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("alerting", ["trigger"]),
        ("no_data", ["trigger"]),
        ("a new one", ["trigger"]),
        ("ok", ["resolve"]),
        ("paused", ["resolve"]),
        ("pending", []),
    ],
)
def test_the_state_of_a_legacy_rule_is_an_event(state: str, actions: list[str]) -> None:
    """What Pager does not know pages: it may be an Alert."""
    events = read({**LEGACY, "state": state})
    assert [event.action for event in events] == actions
    assert {event.dedup_key for event in events} <= {"rule 7"}


def test_a_legacy_rule_without_data_says_so() -> None:
    """By the title that Grafana gives it."""
    [event] = read({**LEGACY, "state": "no_data", "title": "[No Data] High memory"})
    assert event.text.startswith("[No Data] High memory\n")


def test_what_the_tables_call_served_is_read() -> None:
    """And what they call ignored is not."""
    others: dict[str, object] = {
        "status": "resolved",
        "truncatedAlerts": 2,
        "commonLabels": {"service": "search"},
        "alerts[].status": "resolved",
        **{f"alerts[].{link}": f"{URL}/2" for link in LINKS},
        "alerts[].values": {"A": 1},
    }
    examples = [
        EXAMPLE,
        {**EXAMPLE, "groupKey": None},
        {**EXAMPLE, "alerts": []},
        {**EXAMPLE, "alerts": [{**ALERT, "values": None, "annotations": {}}]},
    ]
    check_fields(grafana.FIELDS, read, examples, others)
    others = {"state": "ok", "tags": {"service": "search"}, "evalMatches": []}
    check_fields(grafana.LEGACY_FIELDS, read, [LEGACY, {**LEGACY, "title": None}], others)
