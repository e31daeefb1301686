"""What Opsgenie's API answers with, and what of it means nothing to Pager."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

from pager.adapters.imports.export import kind
from pager.adapters.imports.fields import Fields

T = TypeVar("T")

KINDS = (
    kind("user", "users", "username fullName"),
    kind("contact", "contacts", "method to"),
    kind("notification rule", "notificationRules notification_rules", "actionType"),
    kind("forwarding rule", "forwardingRules forwarding_rules", "fromUser toUser"),
    kind("override", "overrides", "user startDate endDate"),
    kind("routing rule", "routingRules routing_rules", "notify"),
    kind("schedule", "schedules", "timezone rotations", "timezone enabled"),
    kind("escalation", "escalations", "rules"),
    kind("heartbeat", "heartbeats", "intervalUnit"),
    kind("maintenance", "maintenances", "time status"),
    kind("policy", "policies", "type order enabled"),
    kind("integration", "integrations", "type enabled"),
    kind("service", "services", "teamId", "visibility"),
    kind("team", "teams", "members", "id name"),
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


def main_of(called: tuple[str, ...]) -> str:
    """The first of these identifiers; empty where something has none."""
    return called[0] if called else ""


def named(fields: Fields, known: Mapping[str, T]) -> T | None:
    """Which of these an object names; None where it is none of them."""
    return next((known[name] for name in identifiers(fields) if name in known), None)


def in_words(fields: Fields) -> str:
    """What it is, and what Opsgenie calls it: team Operations."""
    names = [fields.text(name) for name in ("name", "username", "id")]
    return " ".join((fields.text("type"), next((name for name in names if name), ""))).strip()
