"""How a step is read: the nouns that steps are made of, and the parser that knows them.

A pattern is a regular expression in which `{person}` stands for any value of the noun Person.
New nouns and new values of a noun are added here; most new scenarios need neither.
"""

import inspect
import re
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from pytest_bdd import parsers

from acceptance.expect import Unmet, expect
from pager import EmailTarget, SmsTarget, Target
from pager.ports import ReportStatus


class State(StrEnum):
    HEALTHY = "Healthy"
    UNHEALTHY = "Unhealthy"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"


class Person(StrEnum):
    ADA = "Ada"
    GRACE = "Grace"
    EDSGER = "Edsger"
    BARBARA = "Barbara"

    @property
    def email(self) -> EmailTarget:
        return EmailTarget(address=f"{self.lower()}@example.com")

    @property
    def sms(self) -> SmsTarget:
        return SmsTarget(phone_number=f"+3361234560{list(Person).index(self)}")

    @property
    def keys(self) -> set[str]:
        return {self.email.key, self.sms.key}


TARGETS: dict[str, Target] = {
    **{f"{person} by e-mail": person.email for person in Person},
    **{f"{person} by SMS": person.sms for person in Person},
}
NAMES = {target.key: name for name, target in TARGETS.items()}
"""How the features call the Target with a key."""


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


class CrashPoint(StrEnum):
    BEFORE_DECISION = "before its next decision"
    AFTER_DECISION = "after its next decision"
    AFTER_MAIL = "after its next e-mail"
    AFTER_SMS = "after its next SMS"


class Which(StrEnum):
    FIRST = "first"
    NEXT = "next"


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
    text: str | None
    incident: int | None
    level: int | None
    by: str | None = None
    dedup_key: str | None = None


def read_service(text: str) -> str:
    """a name that ends in -api, as in checkout-api; the brief's "this Monitored Service" is one"""
    return "checkout-api" if text == "this Monitored Service" else text


def read_heartbeat(text: str) -> str:
    """a name that begins with nightly-, as in nightly-backup"""
    return text


def read_duration(text: str) -> timedelta:
    """seconds, minutes, hours or days, as in 15 minutes"""
    number, unit = text.split()
    return timedelta(**{unit.removesuffix("s") + "s": int(number)})


def read_phrase(text: str) -> Phrase:
    """an Alert; the Alert "disk full"; the Alert "disk full" with the dedup key "disk"; the resolve
    of "disk"; the resolve (of the Alerts without a dedup key); the Acknowledgement by Ada; the
    Acknowledgement Timeout of incident 1, Level 2; a Healthy event of incident 1; the request to
    escalate by Ada; the request to page again by Ada; the expiry of the Acknowledgement; what is
    left out is taken as it is now
    """
    found = re.fullmatch(PHRASE_PARTS, text)
    if found is None:
        raise Unmet(f"“{text}” is no message. There are: {inspect.getdoc(read_phrase)}")
    kind, message, key_of_alert, key_of_resolve, incident, level, by = found.groups()
    return Phrase(
        Kind(kind),
        message,
        int(incident) if incident else None,
        int(level) if level else None,
        by,
        key_of_alert or key_of_resolve,
    )


def read_target(text: str) -> Target:
    """`Ada by e-mail` or `Ada by SMS`; everybody has one address and one number."""
    expect(text in TARGETS, f"“{text}” is no Target. There are: {', '.join(TARGETS)}.")
    return TARGETS[text]


def read_people(text: str) -> list[str]:
    """one or more, as in Ada, Grace and Edsger; or nobody"""
    return [] if text == "nobody" else re.split(", | and ", text)


def read_local_time(text: str) -> str:
    """a date, perhaps with a time of day, as in 2027-01-18 09:00; in the schedule's time zone"""
    return text


def read_time_zone(text: str) -> str:
    """UTC, or a region and a city, as in Europe/Paris"""
    return text


def one_of(noun: type[StrEnum]) -> str:
    # The longest first: "Acknowledgement" is the beginning of "Acknowledgement Timeout".
    return "|".join(re.escape(value) for value in sorted(noun, key=len, reverse=True))


PHRASE_PARTS = (
    rf'(?:an?|the) ({one_of(Kind)})(?: "([^"]+)"(?: with the dedup key "([^"]+)")?)?'
    r'(?: of "([^"]+)")?(?: of incident (\d+)(?:, Level (\d+))?)?'
    rf"(?: by ({one_of(Person)}))?"
)

NAME = "[A-Z][a-z]+"
LOCAL_TIME = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?"
PEOPLE = f"nobody|{NAME}(?:(?:, | and ){NAME})*"
DURATION = r"\d+ (?:second|minute|hour|day)s?"

NOUNS: dict[str, tuple[str, Callable[[str], object]]] = {
    "service": (r"[a-z]+-api|this Monitored Service", read_service),
    "heartbeat": ("nightly-[a-z]+", read_heartbeat),
    "message": (PHRASE_PARTS, read_phrase),
    "never": ("never", str),
    "down": ("down", str),
    "duration": (DURATION, read_duration),
    "interval": (DURATION, read_duration),
    "start": (DURATION, read_duration),
    "number": (r"\d+", int),
    "text": (r'[^"]+', str),
    "key": (r'[^"]+', str),
    "state": (one_of(State), State),
    "person": (one_of(Person), Person),
    "other": (one_of(Person), Person),
    "people": (PEOPLE, read_people),
    "team": (NAME, str),
    "schedule": (NAME, str),
    "policy": (NAME, str),
    "gateway": (one_of(Gateway), Gateway),
    "condition": (one_of(Condition), Condition),
    "delivery": (one_of(Delivery), Delivery),
    "crash_point": (one_of(CrashPoint), CrashPoint),
    "which": (one_of(Which), Which),
    "by_hand": (one_of(ByHand), ByHand),
    "rotation": (NAME, str),
    "name": (NAME, str),
    "local_time": (LOCAL_TIME, read_local_time),
    "until": (LOCAL_TIME, read_local_time),
    "zone": (r"UTC|[A-Z]\w+(?:/\w+)+", read_time_zone),
    "status": (one_of(PageStatus), PageStatus),
}


class Sentence(parsers.re):
    """One step of the catalogue, whichever apostrophe and closing punctuation the brief used."""

    def __init__(self, pattern: str) -> None:
        super().__init__(re.sub(r"\{(\w+)\}", lambda noun: self._group(noun[1]), pattern))
        self.pattern = pattern

    @staticmethod
    def _group(noun: str) -> str:
        return rf"(?P<{noun}>{NOUNS[noun][0]})"

    @staticmethod
    def _normalise(text: str) -> str:
        return text.replace("’", "'").rstrip(",.")

    def is_matching(self, name: str) -> bool:
        return super().is_matching(self._normalise(name))

    def parse_arguments(self, name: str) -> dict[str, object]:  # type: ignore[override]  # not only text
        found = self.regex.fullmatch(self._normalise(name))
        assert found is not None
        return {
            noun: NOUNS[noun][1](text)
            for noun, text in found.groupdict().items()
            if text is not None
        }
