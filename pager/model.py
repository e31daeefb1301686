"""What Pager knows: Escalation Policies, and the Monitored Services they are for.

Everything here is a frozen value that cannot be built wrong: strict types, unknown fields
refused, every text and list bounded. A Monitored Service is a union of its two states, so a
Healthy one has no Level to be on and no Acknowledgement to forget.
"""

import operator
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Literal, TypeVar

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from pager.durations import IsoDuration

T = TypeVar("T")


class Value(BaseModel):
    """A frozen, strict value: two of them with the same fields are the same thing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


ACCEPTED = {"accepted": True}
"""The validation context for stored values, which were accepted before.

Their addresses and numbers are not validated again: a newer version of a library may refuse what an
older one accepted, and that Target must still be paged.
"""


_label = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_host = rf"(?:{_label}\.)+(?!\d+$){_label}|\[[0-9A-FIPVa-fipv.:]+\]"
INTERNAL_ADDRESS = re.compile(rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@(?:{_host})")
"""What a mail server of one's own takes although the public Internet has no such address: a name
below .local, one with an underscore, an IP address in brackets, two dots in a row."""


def _valid_email_address(text: str, info: ValidationInfo[object]) -> str:
    """The address as typed, its domain in lower case; a display name is not part of one."""
    if info.context == ACCEPTED:
        return text
    try:
        # test_environment only lets names under .test through: nothing here asks the DNS.
        checked = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        if INTERNAL_ADDRESS.fullmatch(text):
            local_part, _, domain = text.rpartition("@")
            return f"{local_part}@{domain.lower()}"
        raise PydanticCustomError(
            "email_address",
            "{reason} A good e-mail address looks like ada@example.com.",
            {"reason": str(error)},
        ) from error
    return checked.normalized


def _valid_phone_number(text: str, info: ValidationInfo[object]) -> str:
    """The number in E.164. Its length must be right; whether it is in use is not asked.

    A library knows the numbers of its day, and Twilio those of today: +1 436 is newer than some.
    """
    if info.context == ACCEPTED:
        return text
    # Left alone, phonenumbers reads letters as on an old keypad (+336OOO… as +33666…), and leaves
    # out a name or an extension.
    if re.fullmatch(r"\+[0-9 ().-]{1,63}", text):
        try:
            number = phonenumbers.parse(text)
        except phonenumbers.NumberParseException:
            number = phonenumbers.PhoneNumber()
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise PydanticCustomError(
        "phone_number",
        "This is not a phone number that can be dialled. A good one has its country's code "
        "and looks like +33612345678.",
    )


def shortened(text: str, longest: int, ellipsis: str = "…") -> str:
    """The text, cut to `longest` characters; `ellipsis` says that something is missing."""
    return text if len(text) <= longest else text[: longest - len(ellipsis)] + ellipsis


ServiceId = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]*$")
]
"""The identifier of a Monitored Service. It can stand in a URL as it is."""

FALLBACK = "pager:fallback"
"""The service whose Escalation Policy is the fallback: it is used for every service that has none
of its own."""

NO_NUL = r"^[^\x00]*$"
"""No text may have a NUL in it: PostgreSQL keeps none."""

LONGEST_MESSAGE = 10_000
"""Characters of an Alert's message."""

AlertMessage = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_MESSAGE, pattern=NO_NUL)
]
"""What the Monitored Service says is wrong, and every Target reads."""

DedupKey = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=NO_NUL)]
"""The name that a sender gives to one trouble of a service: all its Alerts carry it, and its
resolve."""

Responder = Annotated[str, StringConstraints(min_length=1, max_length=320, pattern=NO_NUL)]
"""Who acknowledged: a name or an address, as they gave it."""

EmailAddress = Annotated[
    str,
    StringConstraints(max_length=320),
    AfterValidator(_valid_email_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 320}),
]
"""An e-mail address that a mail server takes, of the Internet or of one's own network."""

PhoneNumber = Annotated[
    str,
    AfterValidator(_valid_phone_number),
    WithJsonSchema({"type": "string", "format": "phone", "maxLength": 64}),
]
"""A phone number that can be dialled; written in E.164 once it is validated."""

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
        """Identifies this Target, whatever the case of its address."""
        return self.address.lower()


class SmsTarget(Value):
    """Somebody to be notified by SMS: arrow 6 of the brief."""

    type: Literal["sms"] = "sms"
    phone_number: PhoneNumber

    @property
    def key(self) -> str:
        """Identifies this Target."""
        return self.phone_number


Target = Annotated[EmailTarget | SmsTarget, Field(discriminator="type")]
"""Whom a Level notifies."""


def _at_least_one(items: tuple[T, ...]) -> tuple[T, ...]:
    # Field(min_length=1) would also complain where the only item is not valid itself.
    if not items:
        raise PydanticCustomError("at_least_one", "There must be at least 1.")
    return items


def _each_once(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    seen: set[str] = set()
    for target in targets:
        if target.key in seen:
            raise PydanticCustomError(
                "target_twice",
                "{target} is on this Level twice: name it once.",
                {"target": target.key},
            )
        seen.add(target.key)
    return targets


def _not_from_outside(value: T, info: ValidationInfo[object]) -> T:
    if value and info.mode == "json" and info.context != ACCEPTED:
        raise PydanticCustomError("not_from_outside", "Pager finds this out by itself.")
    return value


class Level(Value):
    """One step of an Escalation Policy: its Targets, and how long they have to acknowledge."""

    targets: Annotated[
        tuple[Target, ...],
        Field(max_length=1_000, json_schema_extra={"minItems": 1, "uniqueItems": True}),
        AfterValidator(_at_least_one),
        AfterValidator(_each_once),
    ]
    acknowledgement_delay: Annotated[IsoDuration, Field(gt=timedelta(0), le=timedelta(days=7))] = (
        timedelta(minutes=15)
    )
    continues: Annotated[
        bool,
        Field(exclude_if=operator.not_),
        AfterValidator(_not_from_outside),
        SkipJsonSchema(),
    ] = False
    """Whether it belongs to the Level before it, and tells people in a second way who have not
    answered the first. People count both as one. Only of a policy that names people: left out of
    what is stored of others, and no part of a policy that somebody sends."""
    number: Annotated[
        LevelNumber | None,
        Field(exclude_if=operator.not_),
        AfterValidator(_not_from_outside),
        SkipJsonSchema(),
    ] = None
    """Which Level of its policy it is, where a Level before it is left out because it reaches
    nobody; None: the one at its place. Only of a policy that names people, as `continues`."""


LONGEST_GAP = 300
"""Characters of a sentence that says whom a policy does not reach."""
MOST_GAPS = 100
"""Of a policy, which may have been that of the service and then the fallback."""
MOST_GAPS_TOLD = 5
"""Of a page."""

Gap = Annotated[str, StringConstraints(max_length=LONGEST_GAP)]


GapsField = Annotated[
    tuple[Gap, ...],
    Field(max_length=MOST_GAPS, exclude_if=operator.not_),
    AfterValidator(_not_from_outside),
    SkipJsonSchema(),
]
"""Whom a policy that names people does not reach just now: a sentence for each Level. Left out of
what is stored where there is none, and no part of a policy that somebody sends."""

MOST_REPEATS = 20
"""How many times a policy may begin again."""
MOST_NOTIFIED = 100_000
"""As many Targets as a policy can have."""


RepeatField = Annotated[int, Field(ge=0, le=MOST_REPEATS, exclude_if=operator.not_)]
"""How many times a policy begins again with its first Level after nobody has answered the last.
Left out of what is stored where it is 0."""

ExpiryField = Annotated[
    Annotated[IsoDuration, Field(gt=timedelta(0), le=timedelta(days=7))] | None,
    Field(exclude_if=operator.not_),
]
"""How long an Acknowledgement is good for: if the incident is not closed by then, its Level is told
again. None: for as long as the incident lasts; left out of what is stored then."""


def _few_enough(repeat: int, info: ValidationInfo[object]) -> int:
    """No incident notifies more often than the largest policy does that begins once."""
    targets = sum(len(level.targets) for level in info.data.get("levels", ()))
    if repeat and targets * (repeat + 1) > MOST_NOTIFIED and info.context != ACCEPTED:
        raise PydanticCustomError(
            "too_many_notifications",
            "It would notify {number} times in one incident: {most} are the most.",
            {"number": targets * (repeat + 1), "most": MOST_NOTIFIED},
        )
    return repeat


class EscalationPolicy(Value):
    """Who is to be notified about a Monitored Service, Level after Level: arrows 1 and 4."""

    service_id: ServiceId
    levels: Annotated[
        tuple[Level, ...],
        Field(max_length=100, json_schema_extra={"minItems": 1}),
        AfterValidator(_at_least_one),
    ]
    repeat: Annotated[RepeatField, AfterValidator(_few_enough)] = 0
    acknowledgement_expiry: ExpiryField = None
    gaps: GapsField = ()

    @property
    def level_count(self) -> int:
        """How many Levels there are, as people count them, up to the last that reaches somebody."""
        return max(number for number, _ in self.numbered_levels())

    def numbered_levels(self) -> Iterator[tuple[int, Level]]:
        """Each Level with its number, as people count them: what continues one belongs to it."""
        number = 0
        for level in self.levels:
            number = level.number or number + (not level.continues)
            yield number, level

    @property
    def gaps_told(self) -> tuple[str, ...]:
        """`gaps` as a page tells them: the first ones, and how many more there are."""
        more = len(self.gaps) - MOST_GAPS_TOLD + 1
        if more <= 1:
            return self.gaps
        return (*self.gaps[:-more], f"and {more} more Levels")

    def next_level(self, notified: Sequence[str]) -> Level | None:
        """The first Level with somebody who is still to be notified, and only those Targets.

        It says its number, wherever it is.
        `notified` has the key of a Target as often as it was notified. Whoever stands on two Levels
        is notified for each. None where nobody is left.
        """
        notified_before = Counter(notified)
        for number, level in self.numbered_levels():
            left = tuple(target for target in level.targets if not notified_before[target.key])
            if left:
                return level.model_copy(update={"targets": left, "number": number})
            notified_before.subtract(target.key for target in level.targets)
        return None

    def last_level(self, notified: Sequence[str]) -> Level | None:
        """The last Level with somebody who was notified, and only those Targets.

        `notified` and the number are as in `next_level`. None where nobody of the policy was
        notified. Of a Level that another one continues, it is all whom the two have told.
        """
        times_left = Counter(notified)
        last = None
        told_before: tuple[Target, ...] = ()
        for number, level in self.numbered_levels():
            told = tuple(target for target in level.targets if times_left[target.key] > 0)
            times_left.subtract(target.key for target in told)
            told_before = (*told_before, *told) if level.continues else told
            if told:
                last = level.model_copy(update={"targets": told_before, "number": number})
        return last


class Escalating(Value):
    """Nobody has answered yet: the Acknowledgement Timeout leads to the next Level."""

    stage: Literal["escalating"] = "escalating"


class Acknowledged(Value):
    """Somebody has the incident in hand: no more Notifications."""

    stage: Literal["acknowledged"] = "acknowledged"
    by: Responder | None = None


class Exhausted(Value):
    """The last Level was notified and nobody answered: no Level is left."""

    stage: Literal["exhausted"] = "exhausted"


Escalation = Annotated[Escalating | Acknowledged | Exhausted, Field(discriminator="stage")]
"""How far the escalation of an incident has come."""


class Healthy(Value):
    """A Monitored Service that nobody needs to be paged for."""

    state: Literal["healthy"] = "healthy"
    service_id: ServiceId
    incident: Annotated[int, Field(ge=0)] = 0
    """The number of the last incident, which is over; 0 before the first one."""


MOST_LATER_MESSAGES = 5
"""The newest texts of later Alerts, which are kept with the incident."""
LONGEST_LATER_MESSAGE = 1_000
"""Characters of each; the journal has it in full."""
MOST_LATER_ALERTS = 100
"""Later Alerts that are noted in one incident: the text of some monitors differs each time."""


class LaterAlerts(Value):
    """What the Alerts of an incident said after its first one: each text once."""

    messages: Annotated[tuple[AlertMessage, ...], Field(max_length=MOST_LATER_MESSAGES)] = ()
    """The newest of them, the newest last."""
    count: Annotated[int, Field(ge=0)] = 0
    """How many were noted; some of them are no longer in `messages`."""

    @property
    def left_out(self) -> int:
        """How many are no longer in `messages`."""
        return self.count - len(self.messages)

    def noting(self, message: str) -> "LaterAlerts":
        """With `message`, too; unchanged where it is in `messages`, or MOST_LATER_ALERTS are."""
        text = later_message(message)
        if text in self.messages or self.count >= MOST_LATER_ALERTS:
            return self
        newest = (*self.messages, text)[-MOST_LATER_MESSAGES:]
        return LaterAlerts(messages=newest, count=self.count + 1)


def later_message(message: str) -> str:
    """The text of a later Alert as it is kept: cut to LONGEST_LATER_MESSAGE, with a sign."""
    return shortened(message, LONGEST_LATER_MESSAGE)


def _is_empty(later_alerts: LaterAlerts) -> bool:
    # Left out of what is stored: most incidents have none.
    return later_alerts.count == 0


LaterAlertsField = Annotated[LaterAlerts, Field(exclude_if=_is_empty)]


RepeatsField = Annotated[int, Field(ge=0, exclude_if=operator.not_)]
"""How many steps of an incident do not count for its Level: they told one again, waited for the end
of a maintenance window, or came before the policy began again. Left out of what is stored where it
is 0."""

LevelNumberField = Annotated[LevelNumber | None, Field(exclude_if=operator.not_)]
"""The number that the policy had for a Level when it was told, where it is not that of the step
without the repeats: a Level before it was left out, or the policy has changed meanwhile. Left out
of what is stored where it is None."""

BegunAgainField = Annotated[int, Field(ge=0, exclude_if=operator.not_)]
"""How many times the policy has begun again in an incident. Left out of what is stored where it is
0."""


MOST_OPEN_KEYS = 500
"""Troubles of one service that are told apart. Where there are more, a person closes the incident.
"""
WITHOUT_KEY: tuple[DedupKey | None, ...] = (None,)


def _is_without_key(open_keys: tuple[DedupKey | None, ...]) -> bool:
    # Left out of what is stored: most incidents are of senders without dedup keys.
    return open_keys == WITHOUT_KEY


OpenKeys = Annotated[
    tuple[DedupKey | None, ...], Field(max_length=MOST_OPEN_KEYS, exclude_if=_is_without_key)
]
"""The dedup keys of the troubles that are not resolved; None is the one of Alerts without a key.
Empty where they were too many: they are no longer counted then."""


class Unhealthy(Value):
    """A Monitored Service in trouble: which incident, how far it has escalated, and about what."""

    state: Literal["unhealthy"] = "unhealthy"
    service_id: ServiceId
    incident: Incident
    level: LevelNumber
    """How many times a Level was notified: it names the step. For people there is `policy_level`.
    """
    message: AlertMessage
    escalation: Escalation = Escalating()
    notified: Annotated[tuple[str, ...], Field(max_length=MOST_NOTIFIED)] | None = None
    """The key of each Target that was notified since the policy last began, once for each time.
    None where that was not stored yet: then it was the Levels that the policy has up to `level`."""
    later_alerts: LaterAlertsField = LaterAlerts()
    repeats: RepeatsField = 0
    """How many of the steps do not count for `policy_level`: they told a Level again, waited for
    the end of a maintenance window, or came before the policy began again."""
    level_number: LevelNumberField = None
    begun_again: BegunAgainField = 0
    """How many times the policy has begun again with its first Level."""
    open_keys: OpenKeys = WITHOUT_KEY
    """The incident is over once the last of them is resolved. Empty: once a person closes it."""

    @property
    def policy_level(self) -> int:
        """The Level that was notified last, by the number that the policy had for it then.

        0 where nobody was notified yet.
        """
        return self.level_number or self.level - self.repeats

    @property
    def waits_for_maintenance(self) -> bool:
        """Whether nobody was notified yet, and somebody will be once the maintenance is over."""
        return self.policy_level == 0 and isinstance(self.escalation, Escalating)

    @property
    def has_too_many_keys(self) -> bool:
        """Whether no resolve closes the incident: there were more keys than are told apart."""
        return not self.open_keys

    def on_level(self, number: int) -> "Unhealthy":
        """As it is, with the Level told last that has this number in the policy."""
        noted = None if number == self.level - self.repeats else number
        if noted == self.level_number:
            return self
        return self.model_copy(update={"level_number": noted})

    def noting(self, message: str) -> "Unhealthy":
        """As it is, with what a later Alert says; unchanged where that was said before."""
        if message == self.message:
            return self
        return self.model_copy(update={"later_alerts": self.later_alerts.noting(message)})

    def may_be_open(self, key: DedupKey | None) -> bool:
        """Whether that dedup key is open; of any key, where they are too many to be told apart."""
        return self.has_too_many_keys or key in self.open_keys

    def opening(self, key: DedupKey | None) -> "Unhealthy":
        """As it is, with that dedup key open; without any where they are too many."""
        if self.may_be_open(key):
            return self
        keys = (*self.open_keys, key)
        return self.model_copy(update={"open_keys": keys if len(keys) <= MOST_OPEN_KEYS else ()})

    def resolving(self, key: DedupKey | None) -> "Unhealthy | Healthy":
        """As it is, with that dedup key closed; Healthy where it was the last one."""
        if key not in self.open_keys:
            return self
        left = tuple(open_key for open_key in self.open_keys if open_key != key)
        if not left:
            return Healthy(service_id=self.service_id, incident=self.incident)
        return self.model_copy(update={"open_keys": left})


MonitoredService = Annotated[Healthy | Unhealthy, Field(discriminator="state")]
"""A Monitored Service, in one of its two states."""
