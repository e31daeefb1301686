"""Conditions on the text of stored JSON: the database can use them in an index, and parses nothing.

So *Now* and the metrics find the Unhealthy services in an index, whichever node has written them.
The conditions have no parameters, because an index is used only for exactly the same expression.

They look for fields as `codecs` writes them. The message of an Alert cannot look like a field:
inside a JSON string each quotation mark has a backslash. A text that is not recognised (of a newer
version, or damaged) is UNKNOWN, and whoever reads it has to parse it.
"""

from collections.abc import Mapping

from sqlalchemy import Boolean, ColumnElement, String, literal_column

UNKNOWN = "unknown"
"""The text is not recognised: the value has to be parsed."""

_HEALTHY, _UNHEALTHY = '{"state":"healthy"', '{"state":"unhealthy"'
_IS_HEALTHY = f"substr(state, 1, {len(_HEALTHY)}) = '{_HEALTHY}'"
_IS_UNHEALTHY = f"substr(state, 1, {len(_UNHEALTHY)}) = '{_UNHEALTHY}'"


NOBODY_NOTIFIED = '"notified":[]'
"""Nobody was notified in the incident yet, because it began in a maintenance window."""


def _contains(column: str, text: str) -> str:
    return f"replace({column}, '{text}', '') <> {column}"


def _is_on(stage: str) -> str:
    return _contains("state", f'"escalation":{{"stage":"{stage}"')


HEALTHY: ColumnElement[bool] = literal_column(f"({_IS_HEALTHY})")
"""Of `monitored_services`: rows that are Healthy."""

NOT_HEALTHY: ColumnElement[bool] = literal_column(f"({_IS_HEALTHY.replace(' = ', ' <> ')})")
"""Of `monitored_services`: rows that are Unhealthy or unknown."""

IS_ACKNOWLEDGED: ColumnElement[bool] = literal_column(f"({_is_on('acknowledged')})", Boolean)
"""Of `monitored_services`: rows of which somebody has acknowledged the incident."""

# Where an older version began the incident, it is not stored when: `begun_incident` is another one.
STAGE: ColumnElement[str] = literal_column(
    f"(CASE WHEN {_IS_HEALTHY} THEN 'healthy'"
    f" WHEN NOT {_IS_UNHEALTHY} OR begun_incident <> incident THEN '{UNKNOWN}'"
    f" WHEN {_is_on('escalating')} AND {_contains('state', NOBODY_NOTIFIED)} THEN 'maintenance'"
    f" WHEN {_is_on('escalating')} THEN 'escalating'"
    f" WHEN {_is_on('acknowledged')} THEN 'acknowledged'"
    f" WHEN {_is_on('exhausted')} THEN 'exhausted'"
    f" ELSE '{UNKNOWN}' END)",
    String,
)
"""Of `monitored_services`: the stage (`triage.Stage`), or "healthy", or UNKNOWN."""

_LEVELS = _contains("policy", '"levels":[{"targets":[{"type":"')
_EMAIL, _SMS = '{"type":"email","address":"', '{"type":"sms","phone_number":"'
HAS_TARGET: Mapping[str, ColumnElement[bool]] = {
    channel: literal_column(f"({_contains('policy', start)})")
    for channel, start in (("email", _EMAIL), ("sms", _SMS))
}
"""Of `policy_edits`: policies with a Target of that type; to be parsed where UNKNOWN_POLICY."""

_REST = f"replace(replace(policy, '{_EMAIL}', ''), '{_SMS}', '')"

UNKNOWN_POLICY: ColumnElement[bool] = literal_column(
    "(CASE WHEN policy IS NULL OR uses IS NOT NULL THEN 0"
    f" WHEN {_LEVELS} AND replace({_REST}, '\"type\":', '') = {_REST} THEN 0"
    " ELSE 1 END = 1)"
)
"""Of `policy_edits`: policies of another form, or with a kind of Target that is not known here.

The use of a shared policy is none of them: it has a column of its own."""
