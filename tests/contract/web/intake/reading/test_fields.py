"""The tables of what is served of each protocol: what is said to be served is read."""

import copy
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest

from pager.access.integrations import ProtocolName
from pager.adapters.web.intake import cloudevents, goalert, pagerduty, uptime_kuma
from pager.adapters.web.intake.events import Event, NotAnAlert, NotUnderstood, Payload
from pager.adapters.web.intake.protocol import Use
from pager.adapters.web.intake.protocols import PROTOCOLS

CREDENTIALS = {"Authorization", "X-Routing-Key", "routing_key", "token"}
"""They are read before the event: `contract/web` has tests of that."""


class Example(NamedTuple):
    """A request that has every field, or one of several that together have."""

    body: Mapping[str, object]
    headers: Mapping[str, str] = {}


EXAMPLES: Mapping[ProtocolName, Sequence[Example]] = {
    "pagerduty": [
        Example(
            {
                "event_action": "trigger",
                "dedup_key": "disk",
                "payload": {
                    "summary": "disk full",
                    "source": "db-1",
                    "severity": "critical",
                    "component": "disk",
                    "group": "shop",
                    "class": "space",
                    "timestamp": "2026-11-28T12:00:00Z",
                    "custom_details": {"used": "94 %"},
                },
                "links": [{"href": "https://x.example.com/1", "text": "Runbook"}],
                "images": [{"src": "https://x/2.png", "href": "https://x/3", "alt": "graph"}],
                "client": "Nagios",
                "client_url": "https://nagios.example.com",
            }
        )
    ],
    "goalert": [
        Example(
            {
                "summary": "disk full",
                "details": "94 %",
                "action": "close",
                "dedup": "disk",
                "meta": {"host": "db-1"},
            }
        )
    ],
    "uptime-kuma": [
        Example(
            {
                "msg": "[db-1] down",
                "heartbeat": {"status": 0, "monitorID": 7, "msg": "timeout", "ping": 1},
                "monitor": {
                    "id": 8,
                    "name": "db-1",
                    "url": "https://db-1.example.com",
                    "hostname": "db-1",
                    "port": 5432,
                    "type": "http",
                    "description": "the database",
                    "ping": 1,
                    "tags": [{"name": "team", "value": "shop"}],
                },
            }
        ),
        Example({"heartbeat": {"status": 0, "monitorID": 7, "msg": "timeout"}}),
    ],
    "cloudevents": [
        Example(
            {
                "specversion": "1.0",
                "id": "1",
                "source": "/clusters/eu",
                "type": "com.example.disk",
                "subject": "db-1",
                "dedupkey": "disk",
                "time": "2026-11-28T12:00:00Z",
                "datacontenttype": "application/json",
                "dataschema": "https://x.example.com/schema",
                "data": {"summary": "disk full", "status": "resolved"},
            }
        ),
        Example({"specversion": "1.0", "data": {"state": "resolved"}}),
        Example({"specversion": "1.0", "data_base64": "ZGlzayBmdWxs"}),
        Example(
            {"summary": "disk full"},
            {
                "ce-specversion": "1.0",
                "ce-id": "1",
                "ce-source": "/clusters/eu",
                "ce-type": "com.example.disk",
                "ce-subject": "db-1",
                "ce-dedupkey": "disk",
                "ce-time": "2026-11-28T12:00:00Z",
            },
        ),
    ],
}
ELSEWHERE = {("uptime-kuma", "data")}
"""A field of a form: `contract/web/test_uptime_kuma.py`."""


def said(protocol: ProtocolName, example: Example) -> Sequence[Event] | str:
    """What is read of a request, but for the fields by which a service is found."""
    payload = Payload(json.dumps(example.body).encode(), "application/json", {}, example.headers)
    try:
        return PROTOCOLS[protocol].read(payload)
    except (NotUnderstood, NotAnAlert) as error:
        return str(error)


def without(example: Example, field: str) -> Example:
    """The request without that field: a header, or a path into the body. `*` is any other."""
    if field in example.headers:
        headers = {name: value for name, value in example.headers.items() if name != field}
        return example._replace(headers=headers)
    body = copy.deepcopy(dict(example.body))
    *parents, last = field.removesuffix("[]").split(".")
    place: object = body
    for parent in parents:
        place = place.get(parent.removesuffix("[]")) if isinstance(place, dict) else None
        place = place[0] if isinstance(place, list) else place
    if isinstance(place, dict):
        place.pop("ping" if last == "*" else last, None)
    return example._replace(body=body)


TABLES: Mapping[ProtocolName, Mapping[str, Use]] = {
    "cloudevents": cloudevents.FIELDS,
    "goalert": goalert.FIELDS,
    "pagerduty": pagerduty.FIELDS,
    "uptime-kuma": uptime_kuma.FIELDS,
}
FIELDS = [
    (protocol, field, use)
    for protocol in EXAMPLES
    for field, use in TABLES[protocol].items()
    if field not in CREDENTIALS and (protocol, field) not in ELSEWHERE
]


@pytest.mark.parametrize(("protocol", "field", "use"), FIELDS)
def test_what_is_served_is_read_and_what_is_ignored_is_not(
    protocol: ProtocolName, field: str, use: Use
) -> None:
    """By leaving it out of a request that has everything."""
    examples = EXAMPLES[protocol]
    assert any(without(example, field) != example for example in examples), "an example has it"
    differs = any(
        _events(said(protocol, example)) != _events(said(protocol, without(example, field)))
        for example in examples
    )
    assert differs == (use == "served")


def _events(found: Sequence[Event] | str) -> object:
    """What is compared; `id` and the like may find a service, and are not read for anything."""
    ignored = {"id", "time", "datacontenttype", "dataschema", "timestamp", "ping"}
    if isinstance(found, str):
        return found
    return [
        event._replace(
            fields={name: text for name, text in event.fields.items() if name not in ignored}
        )
        for event in found
    ]
