"""Whatever a sender sends: each protocol reads it, or says that it does not understand it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pager.access.integrations import PayloadPaths, Routing
from pager.adapters.web.intake import alertmanager, grafana, grafana_oncall, webhook
from pager.adapters.web.intake.events import NotUnderstood, Payload
from pager.adapters.web.intake.messages import messages_of
from pager.model import Healthy

NAMES = sorted(
    {
        name.split("[]")[-1].strip(".")
        for module in (alertmanager, grafana, grafana_oncall, webhook)
        for name in module.FIELDS
    }
    | {"alerts", "labels", "annotations", "alertname", "summary", *grafana.LEGACY_FIELDS}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["firing", "resolved", "ok", "TestAlert", "\x00", "\ud83d", "g" * 400])
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
READERS = {
    "alertmanager": alertmanager.read,
    "grafana": grafana.read,
    "grafana-oncall": grafana_oncall.read,
    "webhook": webhook.read,
}


@pytest.mark.parametrize("name", READERS)
@given(
    value=JSON,
    routing=st.sampled_from(ROUTINGS),
    kind=st.sampled_from(["", *grafana_oncall.READERS]),
    cut=st.integers(0, 200),
)
@settings(max_examples=40, deadline=None)
def test_any_payload_is_read_or_not_understood(
    name: str, value: object, routing: Routing | None, kind: str, cut: int
) -> None:
    """And each event stands for messages that the domain takes."""
    body = json.dumps(value).encode(errors="surrogatepass")
    payload = Payload(body[: len(body) - cut], "application/json", kind=kind, routing=routing)
    with suppress(NotUnderstood):
        for event in READERS[name](payload):
            assert messages_of(event, Healthy(service_id=payload.service_of(event.fields) or "a"))
