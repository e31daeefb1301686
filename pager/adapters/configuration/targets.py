"""Whom a Level tells, and how a person is reached, in short: `{schedule: Database}`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, assert_never

from pydantic import Discriminator, Field, Tag

from pager.adapters.configuration.fields import Document, Duration
from pager.model import EmailAddress, EmailTarget, PhoneNumber, SmsTarget, Target
from pager.oncall.names import Name
from pager.oncall.people import ContactMethod
from pager.oncall.policies import PersonTarget, PolicyTarget, ScheduleTarget, TeamTarget

TAG = "/"
"""How the tag of a short form begins in the place of an error, where no name does."""


def by_key(*keys: str) -> Callable[[object], str | None]:
    """What tells short forms apart: which of these keys there is; None where there is none."""

    def tag(value: object) -> str | None:
        fields = vars(value) if isinstance(value, Document) else value
        known = fields if isinstance(fields, dict) else {}
        return next((f"{TAG}{key}" for key in keys if key in known), None)

    return tag


class EmailDocument(Document):
    """An e-mail address."""

    email: EmailAddress

    @property
    def target(self) -> EmailTarget:
        """As the domain has it."""
        return EmailTarget(address=self.email)


class SmsDocument(Document):
    """A phone number that takes SMS. In YAML it needs quotation marks: it looks like a number."""

    sms: PhoneNumber

    @property
    def target(self) -> SmsTarget:
        """As the domain has it."""
        return SmsTarget(phone_number=self.sms)


class PersonTargetDocument(Document):
    """A person, as they want to be reached."""

    person: Name

    @property
    def target(self) -> PersonTarget:
        """As the domain has it."""
        return PersonTarget(name=self.person)


class TeamTargetDocument(Document):
    """Everybody in a team."""

    team: Name

    @property
    def target(self) -> TeamTarget:
        """As the domain has it."""
        return TeamTarget(name=self.team)


class ScheduleTargetDocument(Document):
    """Whoever is on call in a schedule."""

    schedule: Name

    @property
    def target(self) -> ScheduleTarget:
        """As the domain has it."""
        return ScheduleTarget(name=self.schedule)


AddressDocument = Annotated[
    Annotated[EmailDocument, Tag("/email")] | Annotated[SmsDocument, Tag("/sms")],
    Discriminator(
        by_key("email", "sms"),
        custom_error_type="address",
        custom_error_message="An address is expected: {email: …} or {sms: …}.",
    ),
]
"""A Target of the brief, which is always the same."""

TargetDocument = Annotated[
    Annotated[EmailDocument, Tag("/email")]
    | Annotated[SmsDocument, Tag("/sms")]
    | Annotated[PersonTargetDocument, Tag("/person")]
    | Annotated[TeamTargetDocument, Tag("/team")]
    | Annotated[ScheduleTargetDocument, Tag("/schedule")],
    Discriminator(
        by_key("email", "sms", "person", "team", "schedule"),
        custom_error_type="target",
        custom_error_message="A Target is expected: {email: …}, {sms: …}, {person: …}, {team: …} or"
        " {schedule: …}.",
    ),
]
"""Whom a Level of a shared policy names."""


def address_document(target: Target) -> EmailDocument | SmsDocument:
    """The short form of an address."""
    if isinstance(target, EmailTarget):
        return EmailDocument(email=target.address)
    return SmsDocument(sms=target.phone_number)


def target_document(target: PolicyTarget) -> TargetDocument:
    """The short form of a Target."""
    match target:
        case EmailTarget() | SmsTarget():
            return address_document(target)
        case PersonTarget():
            return PersonTargetDocument(person=target.name)
        case TeamTarget():
            return TeamTargetDocument(team=target.name)
        case ScheduleTarget():
            return ScheduleTargetDocument(schedule=target.name)
        case _:
            assert_never(target)


_After = Annotated[Duration, Field(exclude_if=lambda after: not after)]


class EmailMethodDocument(EmailDocument):
    """A person is reached by e-mail."""

    after: _After = timedelta(0)
    """How long after the Level was notified, if nobody has acknowledged by then."""


class SmsMethodDocument(SmsDocument):
    """A person is reached by SMS."""

    after: _After = timedelta(0)
    """How long after the Level was notified, if nobody has acknowledged by then."""


MethodDocument = Annotated[
    Annotated[EmailMethodDocument, Tag("/email")] | Annotated[SmsMethodDocument, Tag("/sms")],
    Discriminator(
        by_key("email", "sms"),
        custom_error_type="contact_method",
        custom_error_message="A contact method is expected: {email: …} or {sms: …}.",
    ),
]
"""One way to reach a person. Whether it is verified is not written: a person says so by a code."""


def method_document(method: ContactMethod) -> MethodDocument:
    """The short form of a contact method, without whether it is verified."""
    if isinstance(method.target, EmailTarget):
        return EmailMethodDocument(email=method.target.address, after=method.after)
    return SmsMethodDocument(sms=method.target.phone_number, after=method.after)
