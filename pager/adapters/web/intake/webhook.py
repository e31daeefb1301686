"""Any JSON: its fields are found by the paths of the integration, or by their usual names."""

from collections.abc import Iterable, Mapping, Sequence

from pager.access.integrations import PayloadPaths, Routing
from pager.access.json_paths import value_at
from pager.adapters.web.intake.answers import committed
from pager.adapters.web.intake.events import Event, NotUnderstood, Payload
from pager.adapters.web.intake.json_payload import JsonObject, json_of
from pager.adapters.web.intake.json_values import items, scalar, text, texts
from pager.adapters.web.intake.protocol import Protocol, Use
from pager.adapters.web.problems import response

TITLES = ("title", "summary", "subject", "headline", "alert_name", "alertname", "name")
TEXTS = ("message", "text", "description", "details", "body", "content", "msg", "reason", "output")
STATES = ("status", "state", "alert_state", "current_state", "event_type", "action", "event")
KEYS = (
    *("dedup_key", "dedupKey", "alert_uid", "incident_key", "fingerprint", "alias"),
    *("incident_id", "incidentId", "alert_id", "alertId", "key"),
)
IDS = ("id", "uid", "uuid")
"""Dedup keys of objects inside; those outside may be names of the message alone."""
LINKS = ("link_to_upstream_details", "url", "link", "html_url", "runbook_url")
INSIDE = ("incident", "alert", "event", "check", "monitor", "data", "payload", "object")
"""Objects inside, which may have these fields instead."""

RESOLVED = frozenset(
    {"resolved", "resolve", "closed", "close", "cleared", "recovered", "recovery"}
    | {"ok", "okay", "up", "healthy", "normal"}
)
"""States that mean that the trouble is over, where the integration names no others."""

ENDPOINTS: Mapping[str, Use] = {
    "POST /integrations/v1/webhook/{key}": "served",
    "PUT /integrations/v1/webhook/{key}": "served",
}
FIELDS: Mapping[str, Use] = dict.fromkeys((*TITLES, *TEXTS, *STATES, *KEYS, *IDS, *LINKS), "served")
"""Where no path is set. They may stand in an object INSIDE, too."""


def read(payload: Payload) -> Sequence[Event]:
    """An event for each object. Raises NotUnderstood."""
    value, is_cut = json_of(payload)
    objects = [each for each in items(value) if isinstance(each, dict)]
    if not objects or len(objects) < len(items(value)):
        raise NotUnderstood("It is JSON, but neither an object nor an array of objects.")
    events = [_event(each, payload.routing) for each in objects]
    if is_cut and any(event.action == "resolve" for event in events):
        raise NotUnderstood("Its end is missing, so nobody can tell whether something is over.")
    return events


def _event(fields: JsonObject, routing: Routing | None) -> Event:
    paths = (routing and routing.paths) or PayloadPaths()
    labels = texts(fields)
    if routing is not None and routing.field is not None:
        labels[routing.field] = _at(fields, routing.field)
    key = _at(fields, paths.dedup_key) if paths.dedup_key else _usual_key(fields)
    if _state(fields, paths) in ({value.lower() for value in paths.resolved} or RESOLVED):
        return Event("resolve", key or None, fields=labels)
    return Event("trigger", key or None, text_of(fields, paths), labels)


def _at(fields: JsonObject, path: str | None) -> str:
    return text(value_at(fields, path)) if path is not None else ""


def _usual(objects: Iterable[JsonObject], names: Sequence[str]) -> str:
    """The first of these names that has a text, in the first of these objects."""
    found = (scalar(each.get(name)) for each in objects for name in names)
    return next(filter(None, found), "")


def _inside(fields: JsonObject) -> Sequence[JsonObject]:
    inner = (fields.get(name) for name in INSIDE)
    return [each for each in inner if isinstance(each, dict)]


def _usual_key(fields: JsonObject) -> str:
    return _usual([fields, *_inside(fields)], KEYS) or _usual([*_inside(fields), fields], IDS)


def _state(fields: JsonObject, paths: PayloadPaths) -> str:
    if paths.state is not None:
        return _at(fields, paths.state).lower()
    return _usual([fields, *_inside(fields)], STATES).lower()


def text_of(fields: JsonObject, paths: PayloadPaths | None = None) -> str:
    """What people read: the title, the text, the links; all of it where there is none of these."""
    paths, objects = paths or PayloadPaths(), [fields, *_inside(fields)]
    title = _at(fields, paths.title) or _usual(objects, TITLES)
    message = _at(fields, paths.text) or _usual(objects, TEXTS)
    if not title and not message:
        return text(fields)
    links = (_usual(objects, [name]) for name in LINKS)
    urls = [link for link in links if link.startswith(("http://", "https://"))]
    return "\n".join(dict.fromkeys(filter(None, [title, message, *urls])))


PROTOCOL = Protocol(read, committed, response)
