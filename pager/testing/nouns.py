"""The nouns that steps are made of, and how each of them is read.

A new value of a noun is a line here. The names of services, people, teams, schedules, policies and
heartbeats are not among them: they come from what a scenario is about, its world.
"""

import re
from collections.abc import Callable, Collection
from datetime import timedelta
from enum import StrEnum
from inspect import getdoc
from typing import NamedTuple

from pager.durations import parse_duration
from pager.ports import ReportStatus
from pager.testing.expect import Unmet
from pager.testing.moments import MOMENT, read_moment
from pager.verify import PROPERTIES


class Noun(NamedTuple):
    """A word of a step for which others may stand."""

    pattern: str
    """A regular expression; `{person}` in it stands for the noun of that name."""
    read: Callable[[str], object]
    values: tuple[str, ...]
    """What it may be, or a description where there is no end to that."""
    misspelt: str = ""
    """What may have been meant for one and is none, as a regular expression; empty for nothing."""


class State(StrEnum):
    HEALTHY = "Healthy"
    UNHEALTHY = "Unhealthy"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"


class Gateway(StrEnum):
    MAIL = "mail server"
    SMS = "SMS gateway"


class Condition(StrEnum):
    DOWN = "is down"
    UP = "is up again"
    LOSES_ANSWERS = "loses its answers"


class Delivery(StrEnum):
    DELIVERS = "delivers"
    DOES_NOT = "does not deliver"
    NOBODY = "finds nobody to deliver"

    @property
    def status(self) -> ReportStatus:
        return "delivered" if self is Delivery.DELIVERS else "undelivered"


class Channel(StrEnum):
    EMAIL = "e-mail"
    SMS = "SMS"


class PageStatus(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


class Kind(StrEnum):
    ALERT = "Alert"
    TIMEOUT = "Acknowledgement Timeout"
    ACKNOWLEDGEMENT = "Acknowledgement"
    HEALTHY_EVENT = "Healthy event"
    RESOLVE = "resolve"
    ESCALATE = "request to escalate"
    PAGE_AGAIN = "request to page again"
    EXPIRY = "expiry of the Acknowledgement"


class ByHand(StrEnum):
    ESCALATES = "escalates the incident of"
    PAGES_AGAIN = "pages again for"

    @property
    def request(self) -> Kind:
        return Kind.ESCALATE if self is ByHand.ESCALATES else Kind.PAGE_AGAIN


class Phrase(NamedTuple):
    """A message as a scenario names it; what it leaves out is taken from the service as it is."""

    kind: Kind
    text: str | None = None
    incident: int | None = None
    step: int | None = None
    by: str | None = None
    dedup_key: str | None = None


def read_duration(text: str) -> timedelta:
    """seconds, minutes, hours or days, as in 15 minutes"""
    duration = parse_duration(text)
    if duration > LONGEST:
        raise Unmet(f"“{text}” is too long: write at most {LONGEST.days} days.")
    return duration


def read_channel(text: str) -> Channel:
    """One of them, however it is spelt: email is e-mail."""
    return Channel.SMS if text.casefold() == "sms" else Channel.EMAIL


def read_message(text: str) -> Phrase:
    """an Alert; the Alert "disk full"; the Alert "disk full" with the dedup key "disk"; the resolve
    of "disk"; the resolve (of the Alerts without a dedup key); the Acknowledgement by Ada; the
    Acknowledgement Timeout of incident 1, step 2; a Healthy event of incident 1; the request to
    escalate by Ada; the request to page again by Ada; the expiry of the Acknowledgement; what is
    left out is taken as it is now, and "Level 2" is step 2
    """
    found = re.fullmatch(MESSAGE.replace("{person}", ".+"), text)
    assert found is not None  # a sentence has matched it
    kind, message, key_of_alert, key_of_resolve, incident, step, by = found.groups()
    return Phrase(
        Kind(kind),
        message,
        int(incident) if incident else None,
        int(step) if step else None,
        by,
        key_of_alert or key_of_resolve,
    )


def read_local_time(text: str) -> str:
    """a date, perhaps with a time of day, as in 2027-01-18 09:00; in the schedule's time zone"""
    return text


def read_time_zone(text: str) -> str:
    """UTC, or a region and a city, as in Europe/Paris"""
    return text


def alternatives(values: Collection[str]) -> str:
    """A pattern for any of these; the longest first, as one may be the beginning of another."""
    return "|".join(map(re.escape, sorted(values, key=len, reverse=True))) or "(?!)"


def one_of(values: type[StrEnum]) -> Noun:
    """A noun that may be any of these."""
    return Noun(alternatives([*values]), values, tuple(values))


def described(pattern: str, read: Callable[[str], object]) -> Noun:
    """A noun that may be many things: the docstring of `read` says which."""
    return Noun(pattern, read, (" ".join((getdoc(read) or "").split()),))


def people_named(person: Noun) -> Noun:
    """One or more of the people that a noun stands for."""

    def read(text: str) -> list[object]:
        found = () if text == "nobody" else re.finditer(person.pattern, text)
        return [person.read(one[0]) for one in found]

    one = f"(?:{person.pattern})"
    return Noun(f"nobody|{one}(?:(?:, | and ){one})*", read, person.values)


MESSAGE = (
    rf'(?:an?|the) ({alternatives([*Kind])})(?: "([^"]+)"(?: with the dedup key "([^"]+)")?)?'
    r'(?: of "([^"]+)")?(?: of incident (\d+)(?:, (?:step|Level) (\d+))?)?(?: by ({person}))?'
)
LOCAL_TIME = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?"
_part = r"\d{1,6} ?(?:s|secs?|seconds?|mins?|minutes?|h|hours?|d|days?|weeks?)"
DURATION = rf"{_part}(?: {_part}){{0,3}}"
LONGEST = timedelta(days=36_500)
WITHOUT_QUOTATION_MARK = ("any text without a quotation mark",)

A_DURATION = described(DURATION, read_duration)._replace(misspelt=r"\d.*?")

NOUNS = {
    "message": described(MESSAGE, read_message),
    "never": Noun("never", str, ("never",)),
    "down": Noun("down", str, ("down",)),
    "duration": A_DURATION,
    "start": A_DURATION,
    "property": Noun(".+", str, tuple(form.sentence for form in PROPERTIES)),
    "number": Noun(r"\d{1,5}", int, ("a whole number, as in 15",)),
    "text": Noun(r'[^"]+', str, WITHOUT_QUOTATION_MARK),
    "key": Noun(r'[^"]+', str, WITHOUT_QUOTATION_MARK),
    "state": one_of(State)._replace(misspelt=r"\w+"),
    "gateway": one_of(Gateway),
    "condition": one_of(Condition),
    "delivery": one_of(Delivery),
    "channel": Noun("(?i:e-?mail|sms)", read_channel, tuple(Channel), r"[\w-]+"),
    "by_hand": one_of(ByHand),
    "local_time": described(LOCAL_TIME, read_local_time),
    "until": described(LOCAL_TIME, read_local_time),
    "moment": described(MOMENT, read_moment),
    "zone": described(r"UTC|[A-Z]\w+(?:/\w+)+", read_time_zone),
    "status": one_of(PageStatus)._replace(misspelt=r"\w+"),
}
"""Those that mean the same in every world."""
