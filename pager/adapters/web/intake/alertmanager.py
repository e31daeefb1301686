"""Prometheus Alertmanager's webhook, version 4 of its payload (Alertmanager 0.6 and newer)."""

from collections.abc import Mapping, Sequence

from pager.adapters.web.intake.alert_groups import Wording, events_of, group_of
from pager.adapters.web.intake.answers import committed
from pager.adapters.web.intake.events import Event, Payload
from pager.adapters.web.intake.json_payload import object_of
from pager.adapters.web.intake.protocol import Protocol, Use
from pager.adapters.web.problems import response

ENDPOINTS: Mapping[str, Use] = {
    "POST /integrations/v1/alertmanager/{key}": "served",
}

FIELDS: Mapping[str, Use] = {
    "status": "served",
    "groupKey": "served",
    "truncatedAlerts": "served",
    "groupLabels": "served",
    "commonLabels": "served",
    "alerts[].status": "served",
    "alerts[].labels": "served",
    "alerts[].annotations": "served",
    "alerts[].generatorURL": "served",
    "alerts[].fingerprint": "served",
    "alerts[].startsAt": "accepted and ignored",
    "alerts[].endsAt": "accepted and ignored",
    "commonAnnotations": "accepted and ignored",
    "receiver": "accepted and ignored",
    "externalURL": "accepted and ignored",
    "version": "accepted and ignored",
    "notificationReason": "accepted and ignored",
    "routeID": "accepted and ignored",
}


def read(payload: Payload) -> Sequence[Event]:
    """An event for each service of the group. Raises NotUnderstood."""
    fields, is_cut = object_of(payload)
    return events_of(group_of(payload, fields, is_cut=is_cut), payload, Wording())


PROTOCOL = Protocol(read, committed, response)
