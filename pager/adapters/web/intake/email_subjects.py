"""What the subject of a monitor's e-mail says: a trouble, its recovery, and which trouble it is.

A trouble and its recovery must get the same name. So what differs between the two is left out of
it: the state, and the replies and numbers before it.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from pager.adapters.web.intake.events import Action


class Meaning(NamedTuple):
    """What an e-mail means."""

    action: Action | None
    """None: nobody need know, such as that a downtime begins."""
    trouble: str
    """The name of the trouble: one that is recognised needs no sender to be told from others."""
    by: str | None = None
    is_of_monitor: bool = False
    """Whether the form is that of a known monitor, whose name of the trouble stands for itself."""


_REPLY = re.compile(
    r"(?:\s*(?:(?:re|aw|antw|sv|fw|fwd|wg|tr)\s*(?:\[\d+\])?:|\[ext(?:ern|ernal)?\]))+\s*",
    re.IGNORECASE,
)
"""What mail programs write before a subject, and mail servers before one from outside."""

_GROUP = re.compile(r"\[(?P<state>FIRING:\d+[^\]]*|RESOLVED)\]\s*(?P<names>.*)")
_GROUP_LABELS = re.compile(r"^\d+ alerts? for (?P<labels>\S.*)$", re.MULTILINE)
_COMMON_LABELS = re.compile(r"\s*\([^()]*\)$")

_CHECK = re.compile(
    r"(?:\*\* ?)?\[?(?P<kind>PROBLEM|RECOVERY|ACKNOWLEDGEMENT|CUSTOM|FLAPPING[A-Z]+|DOWNTIME[A-Z]+)"
    r"\]?(?: alert| service alert| host alert)?:? (?P<what>.+) is "
    r"(?P<state>OK|UP|WARNING|CRITICAL|UNKNOWN|DOWN|UNREACHABLE)\b[!. *]*",
    re.IGNORECASE,
)
_FLAPPING_ENDS = frozenset({"FLAPPINGEND", "FLAPPINGSTOP", "FLAPPINGDISABLED"})
_COMMENT = re.compile(r"^(?:Notification )?Comment by (?P<by>.+):$", re.MULTILINE)

_MONIT = re.compile(r"monit alert\s+--\s+(?P<what>.+)")
_MONIT_EVENT = re.compile(r"^(?P<event>\S.*) Service (?P<service>\S.*)$", re.MULTILINE)
_MONIT_FIELD = r"^\s+{}:\s+(?P<value>\S.*)$"
_MONIT_RECOVERED = re.compile(
    r".* (?:succeeded|ok|not changed|recovery|doesn't match)|Exists(?: not)?|Link up", re.IGNORECASE
)
_MONIT_KINDS = {"does": "existence", "exists": "existence", "invalid": "type"}
"""By the first word of an event; the others are called by that word."""

_RECOVERED = r"resolved|recovered|recovery|ok|up|cleared|normal"
_TROUBLE = (
    r"firing|problem|alert|alerting|alarm|triggered|down|critical|crit|warning|warn|error|failed|"
    r"failure|unknown"
)
_WORD = f"{_RECOVERED}|{_TROUBLE}"
_BRACKETED = re.compile(rf"\[\W*(?P<state>{_WORD})\b[^\]]*\](?P<what>.*)", re.IGNORECASE)
_LABELLED = re.compile(
    rf"\W*(?P<state>{_WORD})(?: (?:in|after) [\w ]+)?\s*[:|](?P<what>.*)", re.IGNORECASE
)
_SENTENCE = re.compile(rf"(?P<what>.*\bis) (?:now |back )?(?P<state>{_WORD.upper()})\b(?P<rest>.*)")


def meaning_of(subject: str, text: str) -> Meaning:
    """What an e-mail with that subject and text means; a trigger where neither says more."""
    before = _REPLY.match(subject)
    subject = subject[before.end() :] if before else subject
    for form in FORMS:
        meaning = form(subject, text)
        if meaning is not None:
            return meaning
    return Meaning("trigger", subject.strip())


def alert_group(subject: str, text: str) -> Meaning | None:
    """Alertmanager and Grafana: the trouble is the group of alerts, by its labels.

    The labels stand in the text, too, as names and values. Where they do not (the administrator
    may use another template), the labels that all alerts of the group have in common are left out:
    they change with the alerts.
    """
    found = _GROUP.fullmatch(subject)
    if found is None:
        return None
    action: Action = "resolve" if found["state"] == "RESOLVED" else "trigger"
    labels = _GROUP_LABELS.search(text)
    names = labels["labels"] if labels else _COMMON_LABELS.sub("", found["names"])
    return Meaning(action, f"group {names.strip()}".strip(), is_of_monitor=True)


def check(subject: str, text: str) -> Meaning | None:
    """Nagios and its successors (Icinga, Naemon): a check of a service or a host."""
    found = _CHECK.fullmatch(subject)
    if found is None:
        return None
    kind, is_well = found["kind"].upper(), found["state"].upper() in {"OK", "UP"}
    action: Action | None
    by = None
    if kind == "ACKNOWLEDGEMENT":
        comment = _COMMENT.search(text)
        action, by = "acknowledge", comment["by"] if comment else None
    elif kind.startswith("DOWNTIME"):
        action = None
    elif kind == "RECOVERY" or (is_well and kind in _FLAPPING_ENDS):
        action = "resolve"
    else:
        action = "trigger"
    return Meaning(action, f"check {found['what']}", by, is_of_monitor=True)


def monit(subject: str, text: str) -> Meaning | None:
    """Monit: the trouble is a kind of event of a service on a host."""
    if _MONIT.fullmatch(subject) is None:
        return None
    found = _MONIT_EVENT.search(text)
    if found is None:
        return None
    event, service = found["event"], found["service"].strip()
    host, done = (_monit_field(name, text) for name in ("Host", "Action"))
    if event.startswith("Monit instance"):
        # Monit writes when it stops, and when it starts again.
        action: Action = "resolve" if done == "start" else "trigger"
        return Meaning(action, f"monit {host} itself", is_of_monitor=True)
    word = event.split()[0].lower()
    action = "resolve" if _MONIT_RECOVERED.fullmatch(event) else "trigger"
    kind = _MONIT_KINDS.get(word, word)
    return Meaning(action, f"monit {host} {service} {kind}", is_of_monitor=True)


def _monit_field(name: str, text: str) -> str:
    found = re.search(_MONIT_FIELD.format(name), text, re.MULTILINE)
    return found["value"].strip() if found else ""


def state_word(subject: str, text: str) -> Meaning | None:  # noqa: ARG001 - as the others
    """Any other: [Resolved] disk full; OK: disk full; Monitor is UP: checkout."""
    for form in (_BRACKETED, _LABELLED, _SENTENCE):
        found = form.fullmatch(subject)
        if found is not None:
            what = found["what"] + found.groupdict().get("rest", "")
            is_well = re.fullmatch(_RECOVERED, found["state"], re.IGNORECASE) is not None
            return Meaning("resolve" if is_well else "trigger", " ".join(what.split()))
    return None


FORMS: tuple[Callable[[str, str], Meaning | None], ...] = (alert_group, check, monit, state_word)


def fields_of(text: str) -> Mapping[str, str]:
    """What the text says in lines like `Host: web-1` or `service = checkout-api`.

    By their names, as they are written and in lower case. The first of a name counts.
    """
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(text[:LONGEST_WITH_FIELDS]):
        for name in (found["name"], found["name"].lower()):
            fields.setdefault(name, found["value"].strip())
    return fields


LONGEST_WITH_FIELDS = 10_000
_FIELD = re.compile(
    r"^[ \t]*(?P<name>[A-Za-z_][\w .-]{0,60}?)(?:: |[ \t]=[ \t])[ \t]*(?P<value>\S.{0,500})$",
    re.MULTILINE,
)
