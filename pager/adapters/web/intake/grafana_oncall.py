"""Grafana OnCall's webhooks: the path says how the payload is to be read."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from fastapi import Response

from pager.adapters.web.intake import alertmanager, grafana, webhook
from pager.adapters.web.intake.events import Event, Payload
from pager.adapters.web.intake.json_payload import object_of
from pager.adapters.web.intake.json_values import text, texts
from pager.adapters.web.intake.protocol import Protocol, Result, Use
from pager.adapters.web.problems import response

ENDPOINTS: Mapping[str, Use] = {
    "POST /integrations/v1/alertmanager/{key}/": "served",
    "POST /integrations/v1/grafana/{key}/": "served",
    "POST /integrations/v1/grafana_alerting/{key}/": "served",
    "POST /integrations/v1/formatted_webhook/{key}/": "served",
    "POST /integrations/v1/webhook/{key}/": "served",
    "GET /integrations/v1/{type}/{key}/": "refused",
    "POST /integrations/v1/{type}/{key}/heartbeat/": "refused",
}

FIELDS: Mapping[str, Use] = {
    "alert_uid": "served",
    "title": "served",
    "message": "served",
    "state": "served",
    "link_to_upstream_details": "served",
    "image_url": "served",
}
"""Of the formatted webhook."""


def _formatted(payload: Payload) -> Sequence[Event]:
    """The event of a formatted webhook: no field is required. Raises NotUnderstood."""
    fields, is_cut = object_of(payload)
    key = text(fields.get("alert_uid")) or None
    if text(fields.get("state")).upper() == "OK" and not is_cut:
        return [Event("resolve", key, fields=texts(fields))]
    told = webhook.text_of(fields)
    image = text(fields.get("image_url"))
    return [Event("trigger", key, f"{told}\n{image}" if image else told, texts(fields))]


def _by_its_shape(payload: Payload) -> Sequence[Event]:
    """The events at an address that says nothing more: Pager's own. Raises NotUnderstood."""
    fields, _ = object_of(payload)
    is_group = "alerts" in fields or "ruleId" in fields
    return grafana.read(payload) if is_group else _formatted(payload)


READERS: Mapping[str, Callable[[Payload], Sequence[Event]]] = {
    "alertmanager": alertmanager.read,
    "legacy_alertmanager": alertmanager.read,
    "grafana": grafana.read,
    "grafana_alerting": grafana.read,
    "legacy_grafana_alerting": grafana.read,
    "adaptive_grafana_alerting": grafana.read,
    "formatted_webhook": _formatted,
    "grafana-oncall": _by_its_shape,
}
"""By what the path says; everything else is any JSON."""


def read(payload: Payload) -> Sequence[Event]:
    """The events of a payload of that kind. Raises NotUnderstood."""
    return READERS.get(payload.kind, webhook.read)(payload)


def accepted(_results: Sequence[Result]) -> Response:
    """200, as Grafana OnCall answers."""
    return Response('"Ok."', HTTPStatus.OK, media_type="application/json")


PROTOCOL = Protocol(read, accepted, response)
