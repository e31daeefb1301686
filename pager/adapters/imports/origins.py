"""Whose API has answered so: what is round its objects, and which fields they have, tells it."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import JsonValue

from pager.adapters.imports.export import File

ENVELOPES = {
    frozenset({"data"}): "opsgenie",
    frozenset({"count", "results"}): "oncall",
    frozenset({"limit", "offset", "more"}): "pagerduty",
}
"""The fields round what an API answers, and whose API it is."""

OWN_FIELDS: Mapping[str, Iterable[str]] = {
    "oncall": (
        "escalation_chain_id",
        "escalation_chains",
        "grafana_id",
        "integration_id",
        "is_phone_number_verified",
        "on_call_now",
        "on_call_shifts",
        "personal_notification_rules",
        "rolling_users",
        "team_id",
        "user_id",
    ),
    "opsgenie": (
        "actionType",
        "applyOrder",
        "fromUser",
        "fullName",
        "intervalUnit",
        "isDefault",
        "notifyType",
        "ownerTeam",
        "rotations",
        "teamId",
        "timeUnit",
        "userAddress",
    ),
    "pagerduty": (
        "escalation_delay_in_minutes",
        "escalation_policy",
        "escalation_rules",
        "html_url",
        "job_title",
        "overrides_subschedule",
        "rotation_turn_length_seconds",
        "schedule_layers",
    ),
}
"""Fields that only this pager's objects have, at any depth."""

ORIGIN = {field: origin for origin, fields in OWN_FIELDS.items() for field in fields}
REFERENCE = "_reference"
"""How the types of PagerDuty's references end: user_reference."""


def origins(files: Iterable[File]) -> set[str]:
    """The pagers whose APIs answer so: none where nothing tells it, more where files are mixed."""
    found: set[str] = set()
    for file in files:
        found.update(_round(file.content))
        found.update(_within(file.content))
    return found


def _round(content: JsonValue) -> Iterator[str]:
    if isinstance(content, dict):
        yield from (ENVELOPES[fields] for fields in ENVELOPES if fields <= content.keys())


def _within(value: JsonValue) -> Iterator[str]:
    match value:
        case dict():
            if str(value.get("type", "")).endswith(REFERENCE):
                yield "pagerduty"
            for name, inner in value.items():
                if name in ORIGIN:
                    yield ORIGIN[name]
                yield from _within(inner)
        case list():
            for item in value:
                yield from _within(item)
        case _:
            pass
