"""What PagerDuty's API answers with, and what of it means nothing to Pager."""

from pager.adapters.imports.export import kind
from pager.adapters.imports.fields import Fields

KINDS = (
    kind("schedule", "schedules schedule", "schedule_layers", "time_zone escalation_policies"),
    kind("user", "users user", "email role"),
    kind("team", "teams team"),
    kind("member", "members", "user role"),
    kind("override", "overrides", "user start end"),
    kind("escalation policy", "escalation_policies escalation_policy", "escalation_rules"),
    kind("service", "services service", "escalation_policy"),
    kind("maintenance window", "maintenance_windows"),
)


def pass_over_links(fields: Fields) -> None:
    """What every object has, and says where it is shown."""
    fields.skip("id", "type", "summary", "self", "html_url", "description", "created_at")


def reference(fields: Fields) -> str:
    """The id of what an object refers to."""
    pass_over_links(fields)
    return fields.text("id")


def summary(fields: Fields) -> str:
    """What an object refers to, in words: user Ada Lovelace."""
    kind_, name = fields.text("type").removesuffix("_reference"), fields.text("summary", "id")
    return f"{kind_.replace('_', ' ')} {name}".strip()
