"""People, teams and policies that tests are made of."""

from datetime import timedelta

from pager import EmailTarget, SmsTarget, Target
from pager.oncall.directory import Directory, Entry, directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    PolicyUse,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team

MINUTE = timedelta(minutes=1)


def email(name: str) -> EmailTarget:
    return EmailTarget(address=f"{name.lower()}@example.com")


def sms(number: int) -> SmsTarget:
    return SmsTarget(phone_number=f"+336123456{number:02}")


def method(target: Target, after: int = 0, *, verified: bool = False) -> ContactMethod:
    """`after` are minutes."""
    return ContactMethod(target=target, after=after * MINUTE, verified=verified)


def person(name: str, *methods: ContactMethod) -> Person:
    return Person(name=name, contact_methods=methods)


def level(*targets: PolicyTarget, minutes: int = 15) -> PolicyLevel:
    return PolicyLevel(targets=targets, acknowledgement_delay=minutes * MINUTE)


def shared(*levels: PolicyLevel, name: str = "Payments") -> SharedPolicy:
    return SharedPolicy(name=name, levels=levels)


def to(*names: str, minutes: int = 15) -> PolicyLevel:
    """A Level that names these people."""
    return level(*(PersonTarget(name=name) for name in names), minutes=minutes)


TEAM = TeamTarget(name="Payments")
DATABASE = ScheduleTarget(name="Database")
USE = PolicyUse(service_id="checkout-api", uses="Payments")

ADA = person("Ada", method(email("Ada")))
GRACE = person("Grace", method(sms(1)), method(email("Grace"), after=5))
EDSGER = person("Edsger")

PEOPLE: tuple[Entry, ...] = (ADA, GRACE, EDSGER)
EMPTY = Schedule(name="Database", time_zone="UTC")


def directory(*entries: Entry) -> Directory:
    """With PEOPLE in it."""
    return directory_of([*PEOPLE, *entries])


def team(*names: str) -> Team:
    return Team(name="Payments", members=names)
