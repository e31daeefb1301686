"""Grafana's webhook, from its request to the state of the service."""

import pytest

from contract.web.installation import Installation
from contract.web.intake.monitors import Monitor

ALERT = {
    "status": "firing",
    "labels": {"alertname": "High memory", "service": "checkout-api"},
    "annotations": {"summary": "Memory of web-1 above 90 %"},
}
GROUP = {"status": "firing", "alerts": [ALERT], "groupKey": "a group", "orgId": 1}
LEGACY = {"ruleId": 7, "ruleName": "High memory", "state": "alerting", "tags": {}}


@pytest.mark.parametrize(
    ("firing", "over", "key"),
    [
        (GROUP, GROUP | {"status": "resolved"}, "a group"),
        (LEGACY, LEGACY | {"state": "ok"}, "rule 7"),
    ],
    ids=["alerting", "legacy"],
)
def test_an_alert_fires_and_is_over(
    installation: Installation, firing: object, over: object, key: str
) -> None:
    """In both of Grafana's alertings."""
    monitor = Monitor(installation, "grafana")
    assert monitor.send(firing).status_code == 202
    assert monitor.open_keys() == (key,)
    assert monitor.send(over).status_code == 202
    assert monitor.state() == "healthy"


def test_a_rule_that_is_pending_changes_nothing(installation: Installation) -> None:
    """It is received, and the page of the integration says so."""
    monitor = Monitor(installation, "grafana")
    assert monitor.send({**LEGACY, "state": "pending"}).json() == {"events": []}
    assert monitor.state() == "healthy"
    assert monitor.stored.last_outcome == "nothing to do"


def test_grafana_may_send_with_put(installation: Installation) -> None:
    """People choose the method in its contact point."""
    monitor = Monitor(installation, "grafana")
    assert monitor.send(GROUP, method="PUT").status_code == 202
    assert monitor.open_keys() is not None
