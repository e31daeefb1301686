"""Whatever a sender sends: each protocol reads it, or says that it does not understand it."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.access.integrations import PayloadPaths, Routing
from pager.adapters.web.bodies import FORM
from pager.adapters.web.intake import (
    alertmanager,
    cloudevents,
    goalert,
    grafana,
    grafana_oncall,
    pagerduty,
    uptime_kuma,
    webhook,
)
from pager.adapters.web.intake.events import NotAnAlert, NotUnderstood, Payload
from pager.adapters.web.intake.messages import message_of
from pager.model import Healthy

MODULES = {
    "alertmanager": alertmanager,
    "cloudevents": cloudevents,
    "goalert": goalert,
    "grafana": grafana,
    "grafana-oncall": grafana_oncall,
    "pagerduty": pagerduty,
    "uptime-kuma": uptime_kuma,
    "webhook": webhook,
}
NAMES = sorted(
    {
        part
        for module in MODULES.values()
        for name in module.FIELDS
        for part in re.split(r"\[\]\.?|\.", name)
    }
    | {"alerts", "labels", "annotations", "alertname", "summary", *grafana.LEGACY_FIELDS}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["firing", "resolved", "trigger", "ok", "TestAlert", "\0", "\ud83d", "g" * 400]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=30,
)
ROUTINGS = [
    None,
    Routing(service_id="platform"),
    Routing(
        service_id="platform",
        field="labels.service",
        paths=PayloadPaths(title="alerts[0].labels", dedup_key="title", state="status"),
    ),
]


@pytest.mark.parametrize("name", MODULES)
@given(
    value=JSON,
    routing=st.sampled_from(ROUTINGS),
    kind=st.sampled_from(["", *grafana_oncall.READERS]),
    cut=st.integers(0, 200),
)
def test_any_payload_is_read_or_not_understood(
    name: str, value: object, routing: Routing | None, kind: str, cut: int
) -> None:
    """And each event stands for messages that the domain takes."""
    body = json.dumps(value).encode(errors="surrogatepass")
    payload = Payload(body[: len(body) - cut], "application/json", kind=kind, routing=routing)
    with suppress(NotUnderstood, NotAnAlert):
        for event in MODULES[name].read(payload):
            service = Healthy(service_id=payload.service_of(event.fields) or "a")
            assert message_of(event, service) or event.action == "acknowledge"


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("media_type", ["application/json", FORM, "text/plain", ""])
def test_json_is_read_as_json_whatever_it_is_called(name: str, media_type: str) -> None:
    """As curl calls it a form; also where there is a = in it."""
    value = {
        "specversion": "1.0",
        "event_action": "trigger",
        "dedup_key": "disk",
        "dedup": "disk",
        "alert_uid": "disk",
        "title": "disk=full",
        "summary": "disk=full",
        "msg": "disk=full",
        "payload": {"summary": "disk=full"},
        "data": {"summary": "disk=full"},
        "status": "firing",
        "groupKey": "g",
        "alerts": [{"status": "firing", "annotations": {"summary": "disk=full"}}],
    }
    kind = "formatted_webhook" if name == "grafana-oncall" else ""
    payload = Payload(json.dumps(value).encode(), media_type, kind=kind)
    [event] = MODULES[name].read(payload)
    assert event.text.startswith("disk=full")


@pytest.mark.parametrize("name", ["goalert", "webhook"])
def test_a_form_with_too_many_fields_is_not_understood(name: str) -> None:
    """So it pages."""
    with pytest.raises(NotUnderstood, match="too many fields"):
        MODULES[name].read(Payload(b"x=1&" * 3_000, FORM))
