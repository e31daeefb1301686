"""Reads Alerts, resolves and Healthy events from requests, in whatever form the world sends them.

An Alert is paged with what there is of it: its text is mended, unknown fields are ignored, and only
what names no service is refused. A Healthy event or a resolve silences pages: its form may be odd
as well, but where it may mean another incident or trouble it is refused. What was mended or ignored
is in the receipt.
"""

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from http import HTTPStatus
from itertools import islice
from typing import Annotated, NamedTuple
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from pager.adapters.dedup_keys import dedup_key_of
from pager.adapters.text import UNSHOWABLE, mended, with_line_feeds
from pager.adapters.validation import FieldError
from pager.adapters.web.api.service_names import name_of, service_id_of
from pager.adapters.web.api.tolerant_json import NotJson, is_array, values
from pager.adapters.web.bodies import check_keys
from pager.adapters.web.limits import LARGEST_BODY
from pager.adapters.web.problems import Problem, ProblemError, invalid, problem
from pager.counted import counted
from pager.messages import Acknowledgement, Alert, HealthyEvent, Resolve
from pager.model import LONGEST_MESSAGE, shortened

MOST_ALERTS = 1_000
MOST_IGNORED = 20
"""Unknown fields that a receipt names."""

MOST_IN_ANSWER = 100
"""Unknown fields of a Healthy event or a resolve: each is compared with those that are known."""

DEDUP_KEYS = ("dedup_key", "alias", "fingerprint", "incident_key")
"""What monitors call the name of a trouble."""

MOST_FORM_FIELDS = 1_000
LONGEST_FIELD = 100
NO_MESSAGE = "(The Alert has no message.)"
TOO_DEEP = "(The message of the Alert is nested too deeply to be shown.)"
A_GOOD_ALERT = '{"service_id": "checkout-api", "message": "…"}'

ODD_TEXT = re.compile(f"{UNSHOWABLE.pattern}|\r")
"""What is replaced in a message."""

_ALERT = TypeAdapter(Alert)

OTHER_MESSAGES = {
    kind.model_fields["type"].default: f"/{kind.model_fields['type'].default}s"
    for kind in (Acknowledgement, HealthyEvent, Resolve)
}
"""Types of messages that are sent to another address."""


class AlertRequest(BaseModel):
    """An Alert as clients may send it. Other fields are ignored, and named in the receipt."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    service_id: Annotated[str, Field(pattern=r"\S")] | int | float
    """The identifier of the Monitored Service. Of one that no service can have, the receipt says
    what it was taken as."""
    message: JsonValue = None
    """What is wrong: text of up to 10,000 characters. More is cut, and anything else is shown as
    JSON."""
    dedup_key: JsonValue = None
    """Which trouble of the service: text of up to 255 characters, the same in each Alert of that
    trouble and in its resolve. Without it, it is the service's one trouble without a key."""


class ResolveRequest(BaseModel):
    """A resolve as clients may send it. Other fields are ignored, and named in the receipt.

    A field whose name looks like `dedup_key` is refused.
    """

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    service_id: Annotated[str, Field(pattern=r"\S")] | int | float
    dedup_key: JsonValue = None
    """As in the Alerts of the trouble that is over; without it, it is the one without a key."""


class HealthyEventRequest(BaseModel):
    """A Healthy event as clients may send it. Other fields are ignored, and named in the receipt.

    A field whose name looks like `incident` is refused.
    """

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    service_id: Annotated[str, Field(pattern=r"\S")] | int | float
    incident: (
        Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern="^[1-9][0-9]{0,17}$")] | None
    ) = None
    """Close only this incident; without it, whichever is running."""


class ReadAlert(NamedTuple):
    """An Alert, and what was mended or ignored."""

    message: Alert
    warnings: list[FieldError]


class ReadHealthyEvent(NamedTuple):
    """A Healthy event, and what was mended or ignored."""

    message: HealthyEvent
    warnings: list[FieldError]


class ReadResolve(NamedTuple):
    """A resolve, and what was mended or ignored."""

    message: Resolve
    warnings: list[FieldError]


class AlertRequests(NamedTuple):
    """What a body consists of."""

    alerts: list[ReadAlert | Problem]
    """In the order of the body: an Alert, or why there is none. What is beyond MOST_ALERTS, or
    the largest body, has one Problem."""
    is_array: bool
    """Whether it is answered with an array."""


def read_alerts(text: str, media_type: str, *, is_cut: bool = False) -> AlertRequests:
    """The Alerts in the text of a body. Raises ProblemError where there is nothing in it.

    `is_cut`: some of the body is missing.
    """
    found = iter(_in_form(text, media_type) or _flat(text))
    alerts = [_alert(value) for value in islice(found, MOST_ALERTS)]
    if any(True for _ in found) or (is_cut and is_array(text)):
        alerts.append(_too_many())
    if not alerts:
        raise ProblemError(_names_no_service())
    return AlertRequests(alerts, is_array(text) or len(alerts) > 1)


def read_plain_alert(body: bytes) -> ReadAlert | None:
    """The Alert in a body of which nothing is to be mended or ignored; None for every other body.

    Most are. `read_alerts` would return the same, and takes ten times as long.
    """
    try:
        alert = _ALERT.validate_json(body)
    except ValidationError:
        return None
    is_plain = not ODD_TEXT.search(alert.message) and not alert.message.isspace()
    key = alert.dedup_key
    is_plain = is_plain and (key is None or dedup_key_of(key) == key)
    return ReadAlert(alert, []) if is_plain else None


def read_healthy_event(text: str, media_type: str) -> ReadHealthyEvent:
    """The Healthy event in the text of a body. Raises ProblemError (422)."""
    known, ignored, warnings = _answer(text, media_type, "Healthy event", "incident")
    _refuse_doubtful(ignored, ("incident",), "To name an incident, send `incident`.")
    one_trouble = "A Healthy event closes all troubles: to close one, POST it to /resolves."
    _refuse_doubtful(ignored, ("dedup_key",), one_trouble)
    incident = known.get("incident")
    if isinstance(incident, str) and re.fullmatch("[0-9]{1,18}", incident.strip()):
        known["incident"] = int(incident)
    try:
        event = HealthyEvent.model_validate(known)
    except ValidationError as error:
        raise ProblemError(invalid(error)) from error
    return ReadHealthyEvent(event, [*warnings, *_named(ignored)])


def read_resolve(text: str, media_type: str) -> ReadResolve:
    """The resolve in the text of a body. Raises ProblemError (422)."""
    known, ignored, warnings = _answer(text, media_type, "resolve", "dedup_key")
    _refuse_doubtful(ignored, DEDUP_KEYS, "To name a trouble, send `dedup_key`.")
    known["dedup_key"], key_warnings = _dedup_key(known.get("dedup_key"))
    try:
        resolve = Resolve.model_validate(known)
    except ValidationError as error:
        raise ProblemError(invalid(error)) from error
    return ReadResolve(resolve, [*warnings, *key_warnings, *_named(ignored)])


def _answer(
    text: str, media_type: str, what: str, field: str
) -> tuple[dict[str, object], list[str], list[FieldError]]:
    """The known fields of the one object that a body is, with its service's identifier; the names
    of others, and warnings. Raises ProblemError (422)."""
    check_keys(text)
    found = _in_form(text, media_type) or list(values(text))
    if len(found) != 1 or not isinstance(found[0], dict) or is_array(text):
        raise ProblemError(_unprocessable("body", f"Send one {what}, as a JSON object."))
    known, ignored = _fields(found[0], ("service_id", field, "type"))
    if len(ignored) > MOST_IN_ANSWER:
        raise ProblemError(_unprocessable("body", f"A {what} has only a few fields."))
    service_id, warnings = service_id_of(known.get("service_id"))
    if service_id is None:
        raise ProblemError(_unprocessable("service_id", "It names no service."))
    return known | {"service_id": service_id}, ignored, warnings


def _refuse_doubtful(ignored: list[str], names: tuple[str, ...], what_to_send: str) -> None:
    """Raises ProblemError (422) where a field may be meant as one of these."""
    spellings = [key.lower() for key in ignored]
    for name in names:
        if doubtful := get_close_matches(name, spellings):
            raise ProblemError(_unprocessable(doubtful[0], what_to_send))


def _in_form(text: str, media_type: str) -> list[object]:
    """The fields of a form; none where it is none, such as JSON from curl, which says otherwise."""
    if media_type != "application/x-www-form-urlencoded" or text.lstrip()[:1] in ("{", "[", '"'):
        return []
    try:
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS))
    except ValueError:
        return []
    return [fields] if fields else []


def _flat(text: str) -> Iterator[object]:
    """Each object that names a service, also in an envelope; and what has no such object."""
    for value in values(text):
        found = False
        for named in _naming_a_service(value):
            found = True
            yield named
        if not found:
            yield value


def _naming_a_service(value: object) -> Iterator[object]:
    """The objects in `value` that name a service, in order, and not those inside of them."""
    left = [value]
    while left:
        match left.pop():
            case dict() as fields if _names_a_service(fields):
                yield fields
            case dict() as fields:
                left += reversed(fields.values())
            case list() as items:
                left += reversed(items)
            case str() as text if text.lstrip().startswith("{"):  # JSON in a string
                left += reversed([item for item in values(text) if isinstance(item, dict)])
            case _:
                pass


def _names_a_service(fields: Mapping[str, object]) -> bool:
    known, _ = _fields(fields, ("service_id",))
    return bool(name_of(known.get("service_id")))


def _alert(value: object) -> ReadAlert | Problem:
    if isinstance(value, NotJson):
        return _alert_in(value)
    if not isinstance(value, dict):
        return _names_no_service()
    known, ignored = _fields(value, ("service_id", "message", "dedup_key", "type"))
    kind = known.pop("type", "alert")
    if isinstance(kind, str) and kind in OTHER_MESSAGES:
        return _unprocessable("type", f"This is no Alert: send it to {OTHER_MESSAGES[kind]}.")
    if kind != "alert":
        ignored.append("type")
    service_id, name_warnings = service_id_of(known.get("service_id"))
    if service_id is None:
        return _names_no_service()
    message, message_warnings = _message(known.get("message"))
    key, key_warnings = _dedup_key(known.get("dedup_key"))
    alert = Alert(service_id=service_id, message=message, dedup_key=key)
    warnings = [*name_warnings, *message_warnings, *key_warnings, *_named(ignored)]
    return ReadAlert(alert, warnings)


def _alert_in(piece: NotJson) -> ReadAlert | Problem:
    """The Alert in a piece that is not JSON: its message is the piece, as it was sent."""
    service_id, warnings = service_id_of(piece.service)
    if service_id is None:
        return _names_no_service()
    message, _ = _message(piece.text)
    warning = FieldError(
        field="body", message="it is not JSON, or too large: people read it as it was sent."
    )
    return ReadAlert(Alert(service_id=service_id, message=message), [*warnings, warning])


def _fields(
    fields: Mapping[str, object], names: tuple[str, ...]
) -> tuple[dict[str, object], list[str]]:
    """The fields with these names, in whatever spelling (serviceId), and the names of others."""
    known: dict[str, object] = {}
    others = []
    for key, value in fields.items():
        name = key if key in names else _NAMES.get(_letters(key), key)
        if name not in names or (name in known and key != name):
            others.append(key)
        else:
            known[name] = value
    return known, others


def _letters(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


_NAMES = {
    _letters(name): name for name in ("service_id", "message", "dedup_key", "incident", "type")
}


def _message(value: object) -> tuple[str, list[FieldError]]:
    """The text that people read, and warnings where that is not what was sent."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return NO_MESSAGE, [FieldError(field="message", message="there is none.")]
    warnings = []
    text = value if isinstance(value, str) else _as_json(value)
    if not isinstance(value, str):
        warnings.append("it is no text: people read it as JSON.")
    if (whole := mended(text)) != with_line_feeds(text):
        warnings.append(
            "characters that cannot be shown were replaced by \N{REPLACEMENT CHARACTER}."
        )
    if len(whole) > LONGEST_MESSAGE:
        warnings.append(f"it was cut to {LONGEST_MESSAGE:,} of {len(whole):,} characters.")
    return shortened(whole, LONGEST_MESSAGE), [
        FieldError(field="message", message=warning) for warning in warnings
    ]


def _dedup_key(value: object) -> tuple[str | None, list[FieldError]]:
    """The dedup key, and a warning where that is not what was sent."""
    text = value if value is None or isinstance(value, str) else _as_json(value)
    key = dedup_key_of(text)
    if key == value or not text:
        return key, []
    what = "there is none." if key is None else f"it was taken as {key!r}."
    return key, [FieldError(field="dedup_key", message=what)]


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return TOO_DEEP


def _named(ignored: list[str]) -> list[FieldError]:
    """Warnings that these fields were ignored; of very many, some."""
    warnings = [
        FieldError(
            field=shortened(mended(key), LONGEST_FIELD), message="there is no such field: ignored."
        )
        for key in ignored[:MOST_IGNORED]
    ]
    if (more := len(ignored) - MOST_IGNORED) > 0:
        fields = counted(more, "more field was", "more fields were")
        warnings.append(FieldError(field="…", message=f"{fields} ignored."))
    return warnings


def _names_no_service() -> Problem:
    return _unprocessable("service_id", f"This names no service. A good Alert: {A_GOOD_ALERT}")


def _too_many() -> Problem:
    detail = f"A request has at most {MOST_ALERTS:,} Alerts and {LARGEST_BODY:,} bytes: send the \
others in another."
    return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


def _unprocessable(field: str, message: str) -> Problem:
    error = FieldError(field=field, message=message)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {message}", [error])
