"""What Opsgenie's API answers with, and what of it means nothing to Pager."""

from datetime import timedelta

from pager.adapters.imports.export import Kind
from pager.adapters.imports.fields import Fields


def _kind(name: str, lists: str, *marks: str) -> Kind:
    return Kind(name, frozenset(lists.split()), [frozenset(one.split()) for one in marks])


KINDS = (
    _kind("user", "users", "username fullName"),
    _kind("contact", "contacts", "method to"),
    _kind("notification rule", "notificationRules notification_rules", "actionType"),
    _kind("forwarding rule", "forwardingRules forwarding_rules", "fromUser toUser"),
    _kind("override", "overrides", "user startDate endDate"),
    _kind("routing rule", "routingRules routing_rules", "notify"),
    _kind("schedule", "schedules", "timezone rotations", "timezone enabled"),
    _kind("escalation", "escalations", "rules"),
    _kind("heartbeat", "heartbeats", "intervalUnit"),
    _kind("maintenance", "maintenances", "time status"),
    _kind("policy", "policies", "type order enabled"),
    _kind("integration", "integrations", "type enabled"),
    _kind("service", "services", "teamId", "visibility"),
    _kind("team", "teams", "members", "id name"),
)
"""The first that fits: an integration has a team, too."""

UNITS = {
    unit: length
    for name, length in (
        ("minute", timedelta(minutes=1)),
        ("hour", timedelta(hours=1)),
        ("day", timedelta(days=1)),
    )
    for unit in (name, f"{name}s")
}


def duration(fields: Fields, amount: str, unit: str) -> timedelta:
    """A number and its unit; minutes where none is said."""
    known = UNITS.get(fields.text(unit).lower())
    return fields.number(amount) * (known or UNITS["minutes"])


def identifiers(fields: Fields) -> tuple[str, ...]:
    """All by which Opsgenie names something: its id, its name, a user's address."""
    names = (fields.text("id"), fields.text("username"), fields.text("name"))
    return tuple(name for name in names if name)


def in_words(fields: Fields) -> str:
    """What it is, and what Opsgenie calls it: team Operations."""
    names = [fields.text(name) for name in ("name", "username", "id")]
    return " ".join((fields.text("type"), next((name for name in names if name), ""))).strip()
