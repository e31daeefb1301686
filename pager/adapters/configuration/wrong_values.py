"""What is wrong with one value of a document, in the words of whoever writes the file."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from zoneinfo import available_timezones

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from pager.access.integrations import PayloadPaths
from pager.adapters.configuration.fields import duration_text
from pager.adapters.configuration.oncall_documents import (
    HoursDocument,
    LayerDocument,
    OverrideDocument,
    PersonDocument,
    RotationDocument,
    ScheduleDocument,
)
from pager.adapters.configuration.policy_documents import (
    LevelDocument,
    OwnLevelDocument,
    OwnPolicyDocument,
    PolicyDocument,
)
from pager.adapters.configuration.sender_documents import HeartbeatDocument, IntegrationDocument
from pager.configuration.managed import KINDS
from pager.model import shortened

BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than_equal": "at most",
}
BELOW: Mapping[str, type[BaseModel]] = {
    "people": PersonDocument,
    "schedules": ScheduleDocument,
    "layers": LayerDocument,
    "rotations": RotationDocument,
    "overrides": OverrideDocument,
    "policies": PolicyDocument,
    "services": OwnPolicyDocument,
    "fallback": OwnPolicyDocument,
    "levels": LevelDocument,
    "heartbeats": HeartbeatDocument,
    "integrations": IntegrationDocument,
    "paths": PayloadPaths,
    "restrictions": HoursDocument,
}
"""What stands below a kind, or in a list of that name."""
UNNAMED = {"fallback", "properties"}
"""The kinds whose entries have no names."""

DEEPER: Mapping[tuple[str, str], str] = {
    ("people", "email"): "contact_methods: [{email: …}]",
    ("people", "sms"): 'contact_methods: [{sms: "+…"}]',
    ("people", "phone"): 'contact_methods: [{sms: "+…"}]',
    ("people", "after"): "contact_methods: [{email: …, after: …}]",
    ("schedules", "rotations"): "layers: [{rotations: …}]",
    ("schedules", "participants"): "layers: [{rotations: [{participants: …}]}]",
    ("layers", "participants"): "rotations: [{participants: …}]",
    ("restrictions", "to"): "until in its place",
    ("policies", "targets"): "levels: [{targets: …}]",
    ("services", "targets"): "levels: [{targets: …}]",
}
"""How a field is written that somebody has put where it is not known."""

ONE_ALONE = {
    "targets": "A Target is one of email, sms, person, team and schedule: write an item for each.",
    "contact_methods": "A contact method is email or sms, and after: write an item for each.",
}
EMPTY = "Nothing is said: it may not be empty"
A_MOMENT, A_LOCAL_TIME = "2027-01-18T09:00:00+01:00", "2027-01-18 09:00"
LONGEST_QUOTED = 50


def message(detail: ErrorDetails) -> str:
    """A sentence on what pydantic has found."""
    found, kind = detail["input"], detail["type"]
    match kind:
        case "extra_forbidden":
            text = _no_such_field(detail)
        case "missing":
            text = "This is missing"
        case "dict_type":
            text = f"Names are expected, each with a colon and what it is; {_here(found)}"
        case "model_type":
            text = f"Fields are expected{_fields_of(detail)}; {_here(found)}"
        case "tuple_type":
            text = f"A list is expected, as [one, another] or with a - for each; {_here(found)}"
        case "int_type":
            text = f"A whole number is expected, such as 1; {_here(found)}"
        case "literal_error":
            text = _none_of(detail)
        case "greater_than" | "greater_than_equal" | "less_than_equal":
            [limit] = detail["ctx"].values()
            text = f"It must be {BOUNDS[kind]} {_limit(str(limit))}"
        case "too_short":
            text = f"There must be at least {detail['ctx']['min_length']}"
        case "too_long":
            text = f"There may be at most {detail['ctx']['max_length']}"
        case _:
            text = _of_text(detail)
    return text if text.endswith((".", "?")) else f"{text}."


def _of_text(detail: ErrorDetails) -> str:
    found, kind = detail["input"], detail["type"]
    if kind == "string_type" and isinstance(found, int | float):
        return "This is a number, true or false to YAML: put quotation marks round it"
    if kind == "string_pattern_mismatch":
        return _wrong_character(str(found), detail["ctx"]["pattern"])
    if kind == "time_zone":
        return no_time_zone(str(found))
    texts = {
        "string_type": f"A text is expected; {_here(found)}{_colon(found)}",
        "string_too_short": EMPTY,
        "string_too_long": f"There may be at most {_most(detail)} characters",
        "timezone_naive": "It is a time of the schedule's time zone: leave the offset out",
        "timezone_aware": f"A moment has an offset, such as {A_MOMENT}",
    }
    if kind.startswith("datetime"):
        is_moment = detail["loc"][-1] in OverrideDocument.model_fields
        return f"A date and a time are expected, such as {A_MOMENT if is_moment else A_LOCAL_TIME}"
    return texts.get(kind, detail["msg"])


def no_time_zone(name: str) -> str:
    """What is said of a name that no time zone has: Paris is probably Europe/Paris."""
    if not name.strip():
        return "A time zone is expected, such as Europe/Paris"
    known = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(available_timezones())}
    city = name.strip().rpartition("/")[2].casefold().replace(" ", "_")
    close = get_close_matches(city, known, n=1)
    hint = f"Did you mean {known[close[0]]}?" if close else "One is Europe/Paris."
    return f"There is no time zone {shortened(name, LONGEST_QUOTED)}. {hint}"


def _most(detail: ErrorDetails) -> object:
    return detail.get("ctx", {}).get("max_length")


def _here(found: object) -> str:
    """What stands there instead."""
    match found:
        case None:
            return "nothing is said here"
        case bool():
            return f"here is {str(found).lower()}"
        case int() | float():
            return "here is a number"
        case str():
            return f"here is the text {_quoted(found)}" if found else "here is an empty text"
        case dict():
            return "here are fields"
        case _:
            return "here is a list"


def _colon(found: object) -> str:
    """Why a text may have become fields."""
    text = ". A text that has a colon and a space in it needs quotation marks"
    return text if isinstance(found, dict) else ""


def _quoted(text: str) -> str:
    return repr(shortened(text, LONGEST_QUOTED))


def _wrong_character(text: str, pattern: str) -> str:
    if not text:
        return EMPTY
    if text != text.strip():
        return f"{_quoted(text)} has a space at its begin or end: take it out"
    only = (
        "; letters from A to Z, digits and . _ : @ + - can" if pattern.startswith("^[A-Z") else ""
    )
    return f"{_quoted(text)} has a character that cannot be here{only}"


def _none_of(detail: ErrorDetails) -> str:
    known = re.findall("'([^']*)'", detail["ctx"]["expected"])
    found = detail["input"]
    close = get_close_matches(found.casefold(), known, n=1) if isinstance(found, str) else []
    hint = f". Did you mean {close[0]}?" if close else ""
    return f"One of these is expected: {', '.join(known)}{hint}"


def _limit(limit: str) -> str:
    """A limit, where pydantic may have no more of a duration than its repr."""
    if not limit.startswith("datetime.timedelta("):
        return limit
    return duration_text(
        timedelta(**{unit: int(n) for unit, n in re.findall(r"(\w+)=(\d+)", limit)})
    )


def _no_such_field(detail: ErrorDetails) -> str:
    kind, *others = map(str, detail["loc"])
    if not others:
        return _unknown("kind of entries", kind, KINDS)
    # The second is the name of an entry, which may be called as a field is.
    *lists, field = kind, *(others if kind in UNNAMED else others[1:])
    where = [step for step in lists if step in {*BELOW, *ONE_ALONE}][-1]
    if where in ONE_ALONE:
        return ONE_ALONE[where]
    if deeper := DEEPER.get((where, field)):
        return f"There is no such field here. Write {deeper}"
    return _unknown("field", field, _names(BELOW[where]))


def _unknown(noun: str, name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}"
    return f"There is no such {noun}. {hint}"


def _fields_of(detail: ErrorDetails) -> str:
    """The names of the fields of what is expected."""
    name = detail.get("ctx", {}).get("class_name")
    kinds: list[type[BaseModel]] = [*BELOW.values(), OwnLevelDocument]
    known = {kind.__name__: kind for kind in kinds}
    return f": {', '.join(_names(known[name]))}" if name in known else ""


def _names(kind: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in kind.model_fields.items()]
