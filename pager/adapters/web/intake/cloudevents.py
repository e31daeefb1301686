"""CloudEvents 1.0 by HTTP: structured, batched, or binary (the attributes are headers).

CloudEvents has no word for "it is over". An event is a resolve where a `status` or `state` in its
data says so, or else the last part of its type does: `com.example.disk.full.resolved`. Events with
the same source, type (without that part) and subject are about one trouble, unless the extension
`dedupkey` names it.
"""

import json
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from fastapi import Response

from pager.adapters.web.bodies import JSON
from pager.adapters.web.intake.events import Action, Event, NotUnderstood, Payload
from pager.adapters.web.intake.json_payload import whole_json_of
from pager.adapters.web.intake.json_values import as_text, fields_in, lines_of, text_at
from pager.adapters.web.intake.protocol import Protocol, Result, Use
from pager.adapters.web.intake.receiving import not_understood
from pager.adapters.web.problems import response

ENDPOINTS: Mapping[str, Use] = {"POST /integrations/v1/cloudevents/{key}": "served"}

FIELDS: Mapping[str, Use] = {
    "specversion": "served",
    "source": "served",
    "type": "served",
    "subject": "served",
    "dedupkey": "served",
    "id": "accepted and ignored",
    "time": "accepted and ignored",
    "datacontenttype": "accepted and ignored",
    "dataschema": "accepted and ignored",
    "data": "served",
    "data.status": "served",
    "data.state": "served",
    "data.summary": "served",
    "data_base64": "served",
    "ce-specversion": "served",
    "ce-source": "served",
    "ce-type": "served",
    "ce-subject": "served",
    "ce-dedupkey": "served",
    "ce-id": "accepted and ignored",
    "ce-time": "accepted and ignored",
}

RESOLVED = ("resolved", "recovered", "closed", "cleared", "ok", "up", "healthy")
ACKNOWLEDGED = ("acknowledged", "acked")
TRIGGERED = ("triggered", "firing", "fired", "alerting", "opened", "raised")

ACTIONS: Mapping[str, Action] = {
    **dict.fromkeys(RESOLVED, "resolve"),
    **dict.fromkeys(ACKNOWLEDGED, "acknowledge"),
    **dict.fromkeys(TRIGGERED, "trigger"),
}
"""What a status, or the last part of a type, says; every other word is a trigger."""

TITLES = ("summary", "title", "message", "text", "name", "description")
"""Fields of the data of which the first that is there is the title of a page."""

PREFIX = "ce-"


def read(payload: Payload) -> Sequence[Event]:
    """The events of a request. One of a batch that is none keeps no other from being read."""
    if f"{PREFIX}specversion" in payload.headers:
        return [_event(_binary(payload))]
    value = whole_json_of(payload)
    if not isinstance(value, list):
        return [_event(value)]
    return list(_batch(value))


def _batch(values: Sequence[object]) -> Iterator[Event]:
    for value in values:
        try:
            yield _event(value)
        except NotUnderstood as error:
            yield not_understood(Payload(as_text(value).encode(errors="replace"), JSON), error)


def _binary(payload: Payload) -> Mapping[str, object]:
    """The event whose attributes are headers, as it would be if it were structured."""
    attributes = {
        name.removeprefix(PREFIX): unquote(value)
        for name, value in payload.headers.items()
        if name.startswith(PREFIX)
    }
    return {**attributes, "data": _json_or(payload.text)}


def _json_or(text: str) -> object:
    try:
        return whole_json_of(Payload(text.encode(errors="replace"), JSON))
    except NotUnderstood:
        return text


def _event(value: object) -> Event:
    if not isinstance(value, Mapping) or "specversion" not in value:
        raise NotUnderstood("It is no CloudEvent: it has no specversion.")
    data = _data(value)
    of_data = data if isinstance(data, Mapping) else {}
    stem, _, last = text_at(value, "type").rpartition(".")
    says = [text_at(of_data, name).lower() for name in ("status", "state")]
    known = [ACTIONS[word] for word in (*says, last.lower()) if word in ACTIONS]
    action: Action = known[0] if known else "trigger"
    kind = stem if last.lower() in ACTIONS else text_at(value, "type")
    key = text_at(value, "dedupkey") or json.dumps(
        [text_at(value, "source"), kind, text_at(value, "subject")], ensure_ascii=False
    )
    fields = fields_in(of_data) | fields_in(of_data, "data.") | fields_in(value)
    return Event(action, key, _text(value, data), fields)


def _data(value: Mapping[str, object]) -> object:
    """The data, also where it is packed in base64, or is JSON in a string."""
    data = value.get("data")
    if data is None and isinstance(packed := value.get("data_base64"), str):
        try:
            data = b64decode(packed).decode(errors="replace")
        except Error:
            data = packed
    return _json_or(data) if isinstance(data, str) and data.lstrip()[:1] == "{" else data


def _text(value: Mapping[str, object], data: object) -> str:
    about = [
        f"{name.capitalize()}: {text}"
        for name in ("subject", "type", "source")
        if (text := text_at(value, name))
    ]
    if not isinstance(data, Mapping):
        title, details = as_text(data).strip(), list[str]()
    else:
        name = next((name for name in TITLES if text_at(data, name)), "")
        title = text_at(data, name)
        details = list(lines_of({other: data[other] for other in data if other != name}))
    title = title or text_at(value, "subject") or text_at(value, "type")
    return "\n\n".join(part for part in (title, "\n".join(about), "\n".join(details)) if part)


def accepted(_results: Sequence[Result]) -> Response:
    """202, without a body."""
    return Response(status_code=HTTPStatus.ACCEPTED)


PROTOCOL = Protocol(read, accepted, response)
