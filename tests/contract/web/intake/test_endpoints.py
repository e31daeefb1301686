"""The tables of endpoints are those of the routes."""

import pytest
from fastapi import FastAPI

from pager.adapters.web.intake import (
    alertmanager,
    cloudevents,
    email,
    goalert,
    grafana,
    grafana_oncall,
    opsgenie_heartbeats,
    pagerduty,
    uptime_kuma,
    webhook,
)
from pager.adapters.web.pipeline import Steps

ENDPOINTS = {
    endpoint: use
    for module in (
        *(alertmanager, cloudevents, email, goalert, grafana, grafana_oncall, pagerduty),
        *(opsgenie_heartbeats, uptime_kuma, webhook),
    )
    for endpoint, use in module.ENDPOINTS.items()
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_the_table_calls_served_has_a_route(app: FastAPI, endpoint: str) -> None:
    """With and without a slash at its end; and what it calls refused has none."""
    steps: Steps = app.state.steps
    method, path = endpoint.replace("{key}", "0" * 32).replace("{type}", "webhook").split()
    for address in (path.rstrip("/"), f"{path.rstrip('/')}/"):
        assert steps.rules.find(method, address).is_routed == (ENDPOINTS[endpoint] != "refused")
