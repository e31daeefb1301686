"""Grafana's webhooks: of its alerting, and of the legacy alerting of Grafana 10 and older."""

import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from pager.adapters.web.intake.alert_groups import GroupAlert, Wording, events_of, group_of
from pager.adapters.web.intake.answers import committed
from pager.adapters.web.intake.events import Event, Payload
from pager.adapters.web.intake.json_payload import JsonObject, object_of
from pager.adapters.web.intake.json_values import items, text, texts
from pager.adapters.web.intake.protocol import Protocol, Use
from pager.adapters.web.problems import response

ENDPOINTS: Mapping[str, Use] = {
    "POST /integrations/v1/grafana/{key}": "served",
    "PUT /integrations/v1/grafana/{key}": "served",
}

LEGACY_FIELDS: Mapping[str, Use] = {
    "ruleId": "served",
    "ruleName": "served",
    "ruleUrl": "served",
    "state": "served",
    "title": "served",
    "message": "served",
    "evalMatches": "served",
    "tags": "served",
    "imageUrl": "served",
    "orgId": "accepted and ignored",
    "dashboardId": "accepted and ignored",
    "panelId": "accepted and ignored",
}

FIELDS: Mapping[str, Use] = {
    "status": "served",
    "groupKey": "served",
    "truncatedAlerts": "served",
    "groupLabels": "served",
    "commonLabels": "served",
    "title": "served",
    "message": "served",
    "alerts[].status": "served",
    "alerts[].labels": "served",
    "alerts[].annotations": "served",
    "alerts[].values": "served",
    "alerts[].valueString": "served",
    "alerts[].generatorURL": "served",
    "alerts[].silenceURL": "served",
    "alerts[].dashboardURL": "served",
    "alerts[].panelURL": "served",
    "alerts[].imageURL": "served",
    "alerts[].fingerprint": "served",
    "alerts[].startsAt": "accepted and ignored",
    "alerts[].endsAt": "accepted and ignored",
    "commonAnnotations": "accepted and ignored",
    "receiver": "accepted and ignored",
    "externalURL": "accepted and ignored",
    "version": "accepted and ignored",
    "orgId": "accepted and ignored",
    "state": "accepted and ignored",
}

TEST_KEY = "test notification"
TEST_NAMES = ("TestAlert", "Test notification")
THIS_IS_A_TEST = "This is a test notification. Grafana never resolves it: close the incident."

WITHOUT_RESULT = {"DatasourceNoData": "No data", "DatasourceError": "Cannot be evaluated"}
"""Names of alerts about a rule that has no result, and what they mean."""

MOST_VALUES = 20

_DEFAULT_TITLE = re.compile(r"\[(FIRING|RESOLVED)")
_DEFAULT_MESSAGE = re.compile(r"\*\*(Firing|Resolved)")
_STATE_IN_TITLE = re.compile(r"\[(Alerting|OK|No Data|Pending|Paused|Unknown)\]\s*")


def read(payload: Payload) -> Sequence[Event]:
    """An event for each service of a group, or that of a legacy rule. Raises NotUnderstood."""
    fields, is_cut = object_of(payload)
    if "alerts" not in fields and "state" in fields:
        return _of_legacy_rule(fields)
    group = group_of(payload, fields, is_cut=is_cut)
    title, message = text(fields.get("title")), text(fields.get("message"))
    wording = Wording(
        "" if _DEFAULT_TITLE.match(title) else title,
        "" if _DEFAULT_MESSAGE.match(message) else message,
        _details,
    )
    if group.common.get("alertname") in TEST_NAMES and group.common.get("instance") == "Grafana":
        group = group._replace(key=TEST_KEY)
        wording = wording._replace(message=THIS_IS_A_TEST)
    group = group._replace(alerts=[_as_it_is_meant(alert) for alert in group.alerts])
    return events_of(group, payload, wording)


def _as_it_is_meant(alert: GroupAlert) -> GroupAlert:
    """Of a rule that has no result: its summary would say what has not been found out."""
    meaning = WITHOUT_RESULT.get(alert.labels.get("alertname", ""))
    if meaning is None:
        return alert
    summary = f"{meaning}: {alert.labels.get('rulename') or alert.summary}"
    return alert._replace(annotations={**alert.annotations, "summary": summary})


def _details(alert: GroupAlert) -> Iterable[str]:
    if error := alert.annotations.get("Error"):
        yield error
    values = texts(alert.fields.get("values"))
    if values:
        pairs = [f"{name}={_rounded(value)}" for name, value in sorted(values.items())]
        yield f"Values: {', '.join(pairs[:MOST_VALUES])}"
    elif value := text(alert.fields.get("valueString")):
        yield value


def _rounded(value: str) -> str:
    try:
        return f"{float(value):.6g}"
    except ValueError:
        return value


def _of_legacy_rule(fields: JsonObject) -> Sequence[Event]:
    """The event of a rule, which is alerting or has no data, or is neither any more.

    Nothing is resolved of a rule once it is paused: that is an end, too.
    """
    state = text(fields.get("state")).lower()
    if state == "pending":
        return []
    name = text(fields.get("ruleName"))
    key = TEST_KEY if name in TEST_NAMES else f"rule {text(fields.get('ruleId')) or name}"
    matches = [match for match in items(fields.get("evalMatches")) if isinstance(match, dict)]
    labels: dict[str, str] = {}
    for match in reversed(matches):
        labels |= texts(match.get("tags"))
    labels |= texts(fields.get("tags")) | {"ruleName": name}
    if state in {"ok", "paused"}:
        return [Event("resolve", key, fields=labels)]
    return [Event("trigger", key, _legacy_text(fields, state, name, matches), labels)]


def _legacy_text(
    fields: JsonObject, state: str, name: str, matches: Sequence[Mapping[str, JsonValue]]
) -> str:
    title = text(fields.get("title")) or name or "Alert"
    tags = ", ".join(f"{name}={value}" for name, value in texts(fields.get("tags")).items())
    values = [f"{text(match.get('metric'))}: {text(match.get('value'))}" for match in matches]
    lines = [
        _STATE_IN_TITLE.sub("", title) if state == "alerting" else title,
        text(fields.get("message")),
        THIS_IS_A_TEST if name in TEST_NAMES else "",
        *values[:MOST_VALUES],
        tags and f"Tags: {tags}",
    ]
    links = {"Rule": text(fields.get("ruleUrl")), "Image": text(fields.get("imageUrl"))}
    lines += [f"{title}: {url}" for title, url in links.items() if url]
    return "\n".join(filter(None, lines))


PROTOCOL = Protocol(read, committed, response)
