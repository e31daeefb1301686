"""GoAlert's generic incoming API: a summary, details, and what to do."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import Response

from pager.adapters.web.intake.events import Event, NotAnAlert, NotUnderstood, Payload
from pager.adapters.web.intake.forms import form_of, is_form
from pager.adapters.web.intake.json_payload import whole_object_of
from pager.adapters.web.intake.json_values import as_text, fields_in, lines_of, member
from pager.adapters.web.intake.protocol import Protocol, Result, Use
from pager.adapters.web.problems import Problem

ENDPOINTS: Mapping[str, Use] = {
    "POST /api/v2/generic/incoming": "served",
    "POST /integrations/v1/goalert/{key}": "served",
}

FIELDS: Mapping[str, Use] = {
    "token": "served",
    "Authorization": "served",
    "summary": "served",
    "details": "served",
    "action": "served",
    "dedup": "served",
    "meta": "served",
}

SAYS_NOTHING = ("token", "action")
"""Fields that say nothing of what is wrong. Whatever has another one may be an Alert."""

UPTIME_KUMA = re.compile(r"\[(.+?)\] \[(?:🔴 Down|✅ Up)\]")
"""How a summary of Uptime Kuma begins, which sends no `dedup`: with the name of the monitor."""


def read(payload: Payload) -> Sequence[Event]:
    """The event of a form or of JSON; what is in the body goes before what is in the query."""
    body = _body(payload)
    fields = {**payload.query, **body}
    meta = member(fields, "meta")
    summary, details = (as_text(fields.get(name)).strip() for name in ("summary", "details"))
    text = "\n\n".join(part for part in (summary, details, "\n".join(lines_of(meta))) if part)
    key = as_text(fields.get("dedup")).strip() or _key_of(summary, details)
    named = {"summary": summary, "dedup": key, **fields_in(meta)}
    if monitor := UPTIME_KUMA.match(summary):
        named["monitor"] = monitor[1]
    if as_text(fields.get("action")).strip().lower() == "close":
        return [Event("resolve", key, text, named)]
    if not text and any(as_text(body[name]).strip() for name in body if name not in SAYS_NOTHING):
        raise NotUnderstood("It has no summary.")
    if not text:
        raise NotAnAlert("There is no summary.")
    return [Event("trigger", key, text, named)]


def _body(payload: Payload) -> Mapping[str, object]:
    if not payload.body.strip():
        return {}
    return form_of(payload) if is_form(payload) else whole_object_of(payload)


def _key_of(summary: str, details: str) -> str:
    """As in GoAlert, what is closed has the summary and the details of what it closes."""
    if monitor := UPTIME_KUMA.match(summary):
        return f"Uptime Kuma: {monitor[1]}"
    text = f"{summary}\0{details}".encode(errors="replace")
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def accepted(_results: Sequence[Result]) -> Response:
    """204, as GoAlert answers."""
    return Response(status_code=HTTPStatus.NO_CONTENT)


def refused(details: Problem) -> Response:
    """An error, as GoAlert answers: a line of text."""
    return Response(f"{details.detail}\n", details.status, media_type="text/plain")


PROTOCOL = Protocol(read, accepted, refused)
