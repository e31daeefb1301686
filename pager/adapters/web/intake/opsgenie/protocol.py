"""The protocol as all others have one: what it shares with them."""

from collections.abc import Mapping, Sequence

from fastapi import Response

from pager.adapters.web.bodies import CutBody
from pager.adapters.web.intake.events import Event, Payload
from pager.adapters.web.intake.opsgenie import compatibility
from pager.adapters.web.intake.opsgenie.answers import Reply, refused
from pager.adapters.web.intake.opsgenie.bodies import read_alert
from pager.adapters.web.intake.protocol import Protocol, Result, Use


def read(payload: Payload) -> Sequence[Event]:
    """The event of a body that creates an alert. Raises NotUnderstood."""
    encoding = payload.headers.get("content-encoding", "")
    body = read_alert(CutBody(payload.body, b""), encoding)
    return [Event("trigger", body.alias or None, body.text, body.routing_fields)]


def accepted(_results: Sequence[Result]) -> Response:
    """202."""
    return Reply().accepted()


_ENDPOINTS = {**compatibility.ENDPOINTS, **compatibility.MAINTENANCE_ENDPOINTS}

ENDPOINTS: Mapping[str, Use] = {name: support.use for name, support in _ENDPOINTS.items()}
FIELDS: Mapping[str, Use] = {name: support.use for name, support in compatibility.FIELDS.items()}
MAINTENANCE_FIELDS: Mapping[str, Use] = {
    name: support.use for name, support in compatibility.MAINTENANCE_FIELDS.items()
}
NOTES: Mapping[str, str] = {
    name: support.note
    for name, support in (*_ENDPOINTS.items(), *compatibility.FIELDS.items())
    if support.note
}
"""What an endpoint or a field means here, where that is not plain."""
MAINTENANCE_FIELDS_NOTES: Mapping[str, str] = {
    name: support.note for name, support in compatibility.MAINTENANCE_FIELDS.items() if support.note
}

PROTOCOL = Protocol(read, accepted, refused)
