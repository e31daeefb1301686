"""The names of Pager's own specification: its four people, its services, what only it speaks of."""

from enum import StrEnum

from pager import EmailTarget, SmsTarget
from pager.testing.address_book import AddressBook
from pager.testing.nouns import DURATION, Noun, described, one_of, people_named, read_duration
from pager.testing.sentences import VOCABULARY


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


BOOK = AddressBook({person: (person.email, person.sms) for person in Person})
"""Everybody has one address and one number."""


class CrashPoint(StrEnum):
    BEFORE_DECISION = "before its next decision"
    AFTER_DECISION = "after its next decision"
    AFTER_MAIL = "after its next e-mail"
    AFTER_SMS = "after its next SMS"


class Which(StrEnum):
    FIRST = "first"
    NEXT = "next"


def read_service(text: str) -> str:
    """a name that ends in -api, as in checkout-api; the brief's "this Monitored Service" is one"""
    return "checkout-api" if text == "this Monitored Service" else text


def read_heartbeat(text: str) -> str:
    """a name that begins with nightly-, as in nightly-backup"""
    return text


NAME = "[A-Z][a-z]+"
A_NAME = Noun(NAME, str, ("a name, as in Database",))

VOCABULARY.use(
    {
        "service": described(r"[a-z]+-api|this Monitored Service", read_service),
        "heartbeat": described("nightly-[a-z]+", read_heartbeat),
        "interval": described(DURATION, read_duration),
        "person": one_of(Person),
        "other": one_of(Person),
        "people": people_named(
            Noun(NAME, str, ("one or more, as in Ada, Grace and Edsger; or nobody",))
        ),
        "team": A_NAME,
        "schedule": A_NAME,
        "policy": A_NAME,
        "rotation": A_NAME,
        "name": A_NAME,
        "crash_point": one_of(CrashPoint),
        "which": one_of(Which),
    }
)
