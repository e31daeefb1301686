"""Groups of alerts, as Alertmanager and Grafana send them: what fires in the group, all of it.

The group is the trouble: its key is the dedup key. An alert's own fingerprint would not do, since
an alert that is silenced, or lost in a restart of the sender, leaves its group without ever being
resolved. The alerts of one group may be about several services; each of these has an event.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from pager.adapters.web.intake.events import Event, NotUnderstood, Payload
from pager.adapters.web.intake.json_payload import JsonObject
from pager.adapters.web.intake.json_values import items, number, text, texts
from pager.model import shortened

MOST_SHOWN = 20
"""Alerts of a group that a page tells one by one."""
MOST_LINKS = 10
MOST_NAMES = 3
LONGEST_TITLE = 300
LONGEST_LABEL = 200
LONGEST_LABELS = 2_000
LONGEST_OWN = 300
"""Characters of the labels in which one alert differs from the others."""
LONGEST_ANNOTATION = 500

SUMMARIES = ("summary", "title", "description", "message")
"""Annotations that may say what is wrong, the best first."""
LINKS = {
    "runbook_url": "Runbook",
    "runbook": "Runbook",
    "dashboardURL": "Dashboard",
    "panelURL": "Panel",
    "generatorURL": "Source",
    "silenceURL": "Silence",
    "imageURL": "Image",
}
"""Annotations and fields of an alert that are links, and what they are called in a page."""

_GROUP_KEY = re.compile(rb'"groupKey"\s*:\s*("(?:[^"\\]|\\.){1,10000}")')


def _key_of(labels: Mapping[str, str]) -> str:
    """The dedup key of what has no other name."""
    return json.dumps(dict(sorted(labels.items())))


class GroupAlert(NamedTuple):
    """One alert of a group."""

    is_firing: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    fields: JsonObject
    """All that it has."""

    @property
    def key(self) -> str:
        """What tells it from the others, where the group has no key."""
        return text(self.fields.get("fingerprint")) or _key_of(self.labels)

    @property
    def summary(self) -> str:
        """What is wrong; "" where it does not say."""
        found = (self.annotations.get(name, "") for name in SUMMARIES)
        return next(filter(None, found), "")

    def links(self) -> Iterable[str]:
        """Its links, with their names."""
        for name, title in LINKS.items():
            url = self.annotations.get(name) or text(self.fields.get(name))
            if url.startswith(("http://", "https://")):
                yield f"{title}: {url}"


class Group(NamedTuple):
    """A group of alerts."""

    key: str | None
    is_resolved: bool
    labels: Mapping[str, str]
    """By which its alerts are grouped."""
    common: Mapping[str, str]
    """Labels that all of its alerts have."""
    alerts: Sequence[GroupAlert]
    not_listed: int
    """How many more alerts it has."""


class Wording(NamedTuple):
    """What a sender adds to the text of a page."""

    title: str = ""
    """Of a group; "" where Pager makes one."""
    message: str = ""
    details: Callable[[GroupAlert], Iterable[str]] = lambda _alert: ()
    """Of an alert."""


def group_of(payload: Payload, fields: JsonObject, *, is_cut: bool) -> Group:
    """The group that a payload with these fields is. Raises NotUnderstood."""
    if "alerts" not in fields and "status" not in fields:
        raise NotUnderstood("It has neither alerts nor a status.")
    common = texts(fields.get("commonLabels")) | texts(fields.get("groupLabels"))
    is_resolved = _is_resolved(fields.get("status"))
    listed = fields.get("alerts")
    alerts = [_alert(each, common, group_is_resolved=is_resolved) for each in items(listed)]
    key = text(fields.get("groupKey"), 10_000) or _key_at_the_end(payload)
    not_read = len(listed) - len(alerts) if isinstance(listed, list) else 0
    not_listed = max(number(fields.get("truncatedAlerts")), 0) + not_read + int(is_cut)
    labels = texts(fields.get("groupLabels"))
    return Group(key or None, is_resolved, labels, common, alerts, not_listed)


def _is_resolved(status: JsonValue) -> bool:
    return text(status).lower() == "resolved"


def _key_at_the_end(payload: Payload) -> str:
    """The key of a group whose alerts are more than Pager reads: it comes after them."""
    found = _GROUP_KEY.findall(payload.end)
    try:
        return str(json.loads(found[-1])) if found else ""
    except ValueError:
        return ""


def _alert(value: JsonValue, common: Mapping[str, str], *, group_is_resolved: bool) -> GroupAlert:
    if not isinstance(value, dict):  # nobody knows what it says, so it fires
        return GroupAlert(not group_is_resolved, common, {"summary": text(value)}, {})
    is_firing = not group_is_resolved and not _is_resolved(value.get("status"))
    labels = texts(value.get("labels")) or common
    return GroupAlert(is_firing, labels, texts(value.get("annotations")), value)


def events_of(group: Group, payload: Payload, wording: Wording) -> Sequence[Event]:
    """An event for each service of the group: it fires while any of its alerts does.

    While some alerts of a group that fires are not listed, nothing is resolved: those that are not
    listed may fire.
    """
    if group.key is None and group.alerts:
        return [event for alert in group.alerts for event in _of_alert(group, alert, wording)]
    of_services: dict[str, list[GroupAlert]] = {}
    for alert in group.alerts:
        of_services.setdefault(payload.service_of(alert.labels), []).append(alert)
    events = []
    for alerts in of_services.values():
        if firing := [alert for alert in alerts if alert.is_firing]:
            page = text_of(group, firing, wording)
            events.append(Event("trigger", group.key, page, firing[0].labels))
        elif group.is_resolved or not group.not_listed:
            events.append(Event("resolve", group.key, fields=alerts[0].labels))
    return events or [_of_group(group, wording)]


def _of_alert(group: Group, alert: GroupAlert, wording: Wording) -> Iterable[Event]:
    if alert.is_firing:
        yield Event("trigger", alert.key, text_of(group, [alert], wording), alert.labels)
    else:
        yield Event("resolve", alert.key, fields=alert.labels)


def _of_group(group: Group, wording: Wording) -> Event:
    """Of a group of which no alert is listed, or none of those that fire."""
    key = group.key or _key_of(group.common)
    if group.is_resolved:
        return Event("resolve", key, fields=group.common)
    return Event("trigger", key, text_of(group, [], wording), group.common)


def text_of(group: Group, firing: Sequence[GroupAlert], wording: Wording) -> str:
    """What people read of these alerts, the most important first."""
    common = _in_all([alert.labels for alert in firing]) or group.common
    title = wording.title or _title(group, firing, common)
    lines = [shortened(title, LONGEST_TITLE)]
    if wording.message:
        lines += [wording.message]
    for alert in firing[:MOST_SHOWN]:
        lines += _lines(alert, common, title, wording, is_alone=len(firing) == 1)
    if left_out := len(firing) - MOST_SHOWN:
        lines += [f"… and {left_out} more."] if left_out > 0 else []
    if group.not_listed:
        lines.append("More alerts of this group are not listed: its sender knows them.")
    if common:
        lines.append(f"Labels: {shortened(_pairs(common), LONGEST_LABELS)}")
    links = dict.fromkeys(link for alert in firing[:MOST_SHOWN] for link in alert.links())
    return "\n".join([*lines, *list(links)[:MOST_LINKS]])


def _title(group: Group, firing: Sequence[GroupAlert], common: Mapping[str, str]) -> str:
    """What is wrong, where all say the same; otherwise the name of the group."""
    summaries = {alert.summary for alert in firing}
    if len(summaries) == 1 and (summary := summaries.pop()):
        return summary.partition("\n")[0]
    names = list(dict.fromkeys(alert.labels.get("alertname", "") for alert in firing))
    name = ", ".join(filter(None, names[:MOST_NAMES])) or group.labels.get("alertname", "")
    others = {key: value for key, value in group.labels.items() if key != "alertname"}
    where = _pairs(others or ({} if name else common))
    number_of = f"({len(firing)} alerts)" if len(firing) > 1 else ""
    return " ".join(filter(None, [name or "Alert", where, number_of]))


def _lines(
    alert: GroupAlert, common: Mapping[str, str], title: str, wording: Wording, *, is_alone: bool
) -> Iterable[str]:
    """What an alert says beyond the title and the `common` labels."""
    own = {name: value for name, value in alert.labels.items() if common.get(name) != value}
    said = [alert.annotations.get(name, "") for name in SUMMARIES]
    said += wording.details(alert)
    new = [shortened(each, LONGEST_ANNOTATION) for each in dict.fromkeys(said) if each]
    new = [each for each in new if each != title]
    if is_alone:
        return new
    return [f"- {': '.join(filter(None, [shortened(_pairs(own), LONGEST_OWN), ' '.join(new)]))}"]


def _pairs(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={shortened(labels[name], LONGEST_LABEL)}" for name in sorted(labels))


def _in_all(labels: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """The labels that are the same in all."""
    first, *others = labels or [{}]
    return {
        name: value
        for name, value in first.items()
        if all(other.get(name) == value for other in others)
    }
