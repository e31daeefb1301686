"""Uptime Kuma's webhook: a monitor is down, or up again; both come to one URL."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import Response

from pager.adapters.web.bodies import JSON
from pager.adapters.web.intake.events import Action, Event, NotUnderstood, Payload
from pager.adapters.web.intake.forms import form_of, is_form
from pager.adapters.web.intake.json_payload import whole_object_of
from pager.adapters.web.intake.json_values import fields_in, lines_of, member, members, text_at
from pager.adapters.web.intake.protocol import Protocol, Result, Use
from pager.adapters.web.problems import response

ENDPOINTS: Mapping[str, Use] = {"POST /integrations/v1/uptime-kuma/{key}": "served"}

FIELDS: Mapping[str, Use] = {
    "msg": "served",
    "heartbeat.status": "served",
    "heartbeat.monitorID": "served",
    "heartbeat.msg": "served",
    "heartbeat.*": "accepted and ignored",
    "monitor.id": "served",
    "monitor.name": "served",
    "monitor.url": "served",
    "monitor.hostname": "served",
    "monitor.port": "served",
    "monitor.type": "served",
    "monitor.description": "served",
    "monitor.tags[]": "served",
    "monitor.*": "accepted and ignored",
    "data": "served",
}

ACTIONS: Mapping[str, Action | None] = {"0": "trigger", "1": "resolve", "2": None, "3": None}
"""By the status: down, up; a monitor that is pending or in maintenance is neither."""

TEST = " Testing"
"""How the message of its Test button ends."""

SHOWN = {"url": "URL", "hostname": "Host", "port": "Port", "description": "Description"}
"""Fields of the monitor that a page has a line for."""

NO_END = "(Uptime Kuma does not say when this is over: close the incident yourself.)"


def read(payload: Payload) -> Sequence[Event]:
    """The event of a body, JSON or a form with the JSON in `data`."""
    body = _body(payload)
    heartbeat, monitor = member(body, "heartbeat"), member(body, "monitor")
    message = text_at(body, "msg") or text_at(heartbeat, "msg")
    fields = {
        f"tag {text_at(tag, 'name')}": text_at(tag, "value") for tag in members(monitor, "tags")
    }
    fields |= {"monitor": text_at(monitor, "name"), **fields_in(monitor)}
    if not heartbeat:
        if not message:
            raise NotUnderstood("It has no heartbeat and no message.")
        # The Test button; or a certificate or a domain that expires soon.
        key = "test" if message.endswith(TEST) else message
        return [Event("trigger", key, f"{message}\n\n{NO_END}", fields)]
    status = text_at(heartbeat, "status")
    if status not in ACTIONS:
        raise NotUnderstood(f"Its heartbeat has the status {status[:100]!r}.")
    action = ACTIONS[status]
    if action is None:
        return []
    key = text_at(monitor, "id") or text_at(heartbeat, "monitorID") or text_at(monitor, "name")
    about = {title: monitor.get(name) for name, title in SHOWN.items()}
    text = "\n\n".join(part for part in (message, "\n".join(lines_of(about))) if part)
    return [Event(action, f"monitor {key}", text, fields)]


def _body(payload: Payload) -> Mapping[str, object]:
    if not is_form(payload):
        return whole_object_of(payload)
    return whole_object_of(Payload(form_of(payload).get("data", "").encode(), JSON))


def accepted(_results: Sequence[Result]) -> Response:
    """202. Uptime Kuma looks at the status alone."""
    return Response("{}", HTTPStatus.ACCEPTED, media_type="application/json")


PROTOCOL = Protocol(read, accepted, response)
