"""Alerts, notes and requests as Opsgenie shows them."""

from datetime import datetime, timedelta

from pydantic import JsonValue

from pager.access.integrations import Integration
from pager.adapters.store.alerts.reading import AlertNote, StoredAlert, StoredRequest
from pager.adapters.web.intake.opsgenie.answers import time_of


def alert_in_list(alert: StoredAlert, integration: Integration) -> dict[str, JsonValue]:
    """An alert, without its longer fields."""
    return {
        "id": alert.id,
        "tinyId": str(alert.number),
        "alias": alert.alias,
        "message": alert.fields.message,
        "status": "open" if alert.is_open else "closed",
        "acknowledged": alert.is_acknowledged,
        "isSeen": alert.is_acknowledged,
        "tags": list(alert.fields.tags),
        "snoozed": alert.snoozed_until is not None,
        **({} if alert.snoozed_until is None else {"snoozedUntil": time_of(alert.snoozed_until)}),
        "count": alert.times,
        "lastOccurredAt": time_of(alert.last_raised_at),
        "createdAt": time_of(alert.opened_at),
        "updatedAt": time_of(alert.updated_at),
        "source": alert.fields.source,
        "owner": alert.acknowledged_by or alert.fields.more.owner,
        "priority": alert.fields.priority,
        "responders": [],
        "integration": {"id": str(integration.id), "name": integration.name, "type": "API"},
        "report": _report(alert),
    }


def whole_alert(alert: StoredAlert, integration: Integration) -> dict[str, JsonValue]:
    """An alert."""
    return {
        **alert_in_list(alert, integration),
        "actions": [],
        "entity": alert.fields.entity,
        "description": alert.fields.more.description,
        "details": dict(alert.fields.more.details),
    }


def _report(alert: StoredAlert) -> dict[str, JsonValue]:
    """Who has acknowledged and closed it, and how long that took in milliseconds."""
    report: dict[str, JsonValue] = {}
    if alert.acknowledged_at is not None:
        report["ackTime"] = _milliseconds(alert.opened_at, alert.acknowledged_at)
        report["acknowledgedBy"] = alert.acknowledged_by
    if alert.closed_at is not None:
        report["closeTime"] = _milliseconds(alert.opened_at, alert.closed_at)
        report["closedBy"] = alert.closed_by
    return report


def _milliseconds(begin: datetime, end: datetime) -> int:
    # An incident may have been acknowledged before one of its alerts was opened.
    return max(0, (end - begin) // timedelta(milliseconds=1))


def note_in_list(note: AlertNote) -> dict[str, JsonValue]:
    """A note; its offset is where a list goes on after it."""
    return {
        "note": note.text,
        "owner": note.author,
        "createdAt": time_of(note.at),
        "offset": str(note.id),
    }


def request_status(request: StoredRequest, integration: Integration) -> dict[str, JsonValue]:
    """What became of a request."""
    return {
        "success": request.is_success,
        "action": request.action,
        "processedAt": time_of(request.at),
        "integrationId": str(integration.id),
        "isSuccess": request.is_success,
        "status": request.status,
        "alertId": request.alert,
        "alias": request.alias,
    }
