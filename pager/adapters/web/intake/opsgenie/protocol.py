"""The protocol as all others have one: what it shares with them."""

from collections.abc import Sequence

from fastapi import Response

from pager.adapters.web.bodies import CutBody
from pager.adapters.web.intake.events import Event, Payload
from pager.adapters.web.intake.opsgenie.answers import Reply, refused
from pager.adapters.web.intake.opsgenie.bodies import read_alert
from pager.adapters.web.intake.protocol import Protocol, Result


def read(payload: Payload) -> Sequence[Event]:
    """The event of a body that creates an alert. Raises NotUnderstood."""
    encoding = payload.headers.get("content-encoding", "")
    body = read_alert(CutBody(payload.body, b""), encoding)
    return [Event("trigger", body.alias or None, body.text, body.routing_fields)]


def accepted(_results: Sequence[Result]) -> Response:
    """202."""
    return Reply().accepted()


PROTOCOL = Protocol(read, accepted, refused)
