"""What Pager knows: Escalation Policies, and the Monitored Services they are for.

Everything here is a frozen value that cannot be built wrong: strict types, unknown fields
refused, every text and list bounded. A Monitored Service is a union of its two states, so a
Healthy one has no Level to be on and no Acknowledgement to forget.
"""

from collections.abc import Hashable, Iterable
from datetime import timedelta
from typing import Annotated, Literal, Self, TypeVar

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_extra_types.phone_numbers import PhoneNumberValidator

T = TypeVar("T")


class Value(BaseModel):
    """A frozen, strict value: two of them with the same fields are the same thing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _valid_email_address(text: str) -> str:
    """The address as typed, its domain in lower case; a display name is not part of one."""
    try:
        # test_environment only lets names under .test through: nothing here asks the DNS.
        checked = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise PydanticCustomError(
            "email_address",
            "{reason} A good e-mail address looks like ada@example.com.",
            {"reason": str(error)},
        ) from error
    return checked.normalized


def _valid_phone_number(text: object, valid: ValidatorFunctionWrapHandler) -> str:
    try:
        return str(valid(text))
    except ValueError as error:
        raise PydanticCustomError(
            "phone_number",
            "This is not a phone number that can be dialled. A good one has its country's code "
            "and looks like +33612345678.",
        ) from error


def _iso_duration(value: object) -> object:
    """Let only ISO 8601 through: pydantic would read "15:00" as fifteen *hours*."""
    if isinstance(value, timedelta) or (isinstance(value, str) and value.startswith("P")):
        return value
    raise PydanticCustomError(
        "iso_duration", "A delay is an ISO 8601 duration such as PT15M (15 minutes)."
    )


ServiceId = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]*$")
]
"""The identifier of a Monitored Service. It can stand in a URL as it is."""

AlertMessage = Annotated[
    str, StringConstraints(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")
]
"""What the Monitored Service says is wrong, and every Target reads. (NUL: no database keeps it.)"""

EmailAddress = Annotated[
    str,
    StringConstraints(max_length=320),
    AfterValidator(_valid_email_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 320}),
]
"""An e-mail address, checked by the email-validator library."""

PhoneNumber = Annotated[
    str,
    StringConstraints(max_length=64),
    PhoneNumberValidator(number_format="E164"),
    WrapValidator(_valid_phone_number),
    WithJsonSchema({"type": "string", "format": "phone", "maxLength": 64}),
]
"""A phone number that the phonenumbers library knows to be dialled; E.164 once it is here."""

LevelNumber = Annotated[int, Field(ge=1)]
"""Which Level of the Escalation Policy, counted from 1 as people do."""

Incident = Annotated[int, Field(ge=1)]
"""How many times the Monitored Service has become Unhealthy: names one incident for ever."""


class EmailTarget(Value):
    """Somebody to be notified by e-mail: arrow 5 of the brief."""

    type: Literal["email"] = "email"
    address: EmailAddress

    @property
    def key(self) -> str:
        """What makes this Target this one, however its address is capitalised."""
        return self.address.casefold()


class SmsTarget(Value):
    """Somebody to be notified by SMS: arrow 6 of the brief."""

    type: Literal["sms"] = "sms"
    phone_number: PhoneNumber

    @property
    def key(self) -> str:
        """What makes this Target this one."""
        return self.phone_number


Target = Annotated[EmailTarget | SmsTarget, Field(discriminator="type")]
"""Whom a Level notifies."""


def _at_least_one(items: tuple[T, ...]) -> tuple[T, ...]:
    # Field(min_length=1) would also complain where the only item is not valid itself.
    if not items:
        raise PydanticCustomError("at_least_one", "There must be at least 1.")
    return items


def _twice(keys: Iterable[Hashable]) -> Hashable | None:
    seen: set[Hashable] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None


class Level(Value):
    """One step of an Escalation Policy: its Targets, and how long they have to acknowledge."""

    targets: Annotated[
        tuple[Target, ...],
        Field(max_length=1_000, json_schema_extra={"minItems": 1}),
        AfterValidator(_at_least_one),
    ]
    acknowledgement_delay: Annotated[
        timedelta,
        BeforeValidator(_iso_duration),
        Field(strict=False, gt=timedelta(0), le=timedelta(days=7)),
    ] = timedelta(minutes=15)

    @model_validator(mode="after")
    def _each_target_once(self) -> Self:
        if (key := _twice(target.key for target in self.targets)) is not None:
            raise PydanticCustomError(
                "target_twice", "{target} is on this Level twice: name it once.", {"target": key}
            )
        return self


class EscalationPolicy(Value):
    """Who is to be notified about a Monitored Service, Level after Level: arrows 1 and 4."""

    service_id: ServiceId
    levels: Annotated[
        tuple[Level, ...],
        Field(max_length=100, json_schema_extra={"minItems": 1}),
        AfterValidator(_at_least_one),
    ]

    def level(self, number: int) -> Level | None:
        """Level `number`, counted from 1, or None where the policy does not reach that far."""
        return self.levels[number - 1] if number <= len(self.levels) else None


class Escalating(Value):
    """Nobody has answered yet: the Acknowledgement Timeout leads to the next Level."""

    stage: Literal["escalating"] = "escalating"


class Acknowledged(Value):
    """Somebody has the incident in hand: no more Notifications."""

    stage: Literal["acknowledged"] = "acknowledged"
    by: str | None = None


class Exhausted(Value):
    """The last Level was notified and nobody answered: no Level is left."""

    stage: Literal["exhausted"] = "exhausted"


Escalation = Annotated[Escalating | Acknowledged | Exhausted, Field(discriminator="stage")]
"""How far the escalation of an incident has come."""


class Healthy(Value):
    """A Monitored Service that nobody needs to be paged for."""

    state: Literal["healthy"] = "healthy"
    service_id: ServiceId
    incidents: Annotated[int, Field(ge=0)] = 0
    """How many incidents are over: the next one has the next number."""


class Unhealthy(Value):
    """A Monitored Service in trouble: which incident, which Level was last notified, about what."""

    state: Literal["unhealthy"] = "unhealthy"
    service_id: ServiceId
    incident: Incident
    level: LevelNumber
    message: AlertMessage
    escalation: Escalation = Escalating()


MonitoredService = Annotated[Healthy | Unhealthy, Field(discriminator="state")]
"""A Monitored Service, in one of its two states."""
