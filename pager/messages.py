"""What comes in, and what goes out; the arrows are those of the brief's diagram.

In: Alert (3), Acknowledgement (8), AcknowledgementTimeout (9), HealthyEvent (2), Resolve,
Unreachable, AcknowledgementExpired, and what people do by hand: Escalate, PageAgain.
Out: Notification (5, 6), AcknowledgementDelay (7), AcknowledgementExpiry.

`(service_id, incident, level)` names one step of one escalation for ever. It needs no clock and
no random id, and it is why a message that is late, doubled or out of order does no harm.
"""

import operator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from pager.model import (
    MOST_GAPS_TOLD,
    MOST_OPEN_KEYS,
    AlertMessage,
    BegunAgainField,
    DedupKey,
    Gap,
    Incident,
    LaterAlerts,
    LaterAlertsField,
    LevelNumber,
    LevelNumberField,
    RepeatsField,
    Responder,
    ServiceId,
    Target,
    Value,
)


def _is_one(number: int) -> bool:
    return number == 1


DedupKeyField = Annotated[DedupKey | None, Field(exclude_if=operator.not_)]
"""Left out of what is stored where it is None."""


class Alert(Value):
    """A Monitored Service is in trouble: arrow 3."""

    type: Literal["alert"] = "alert"
    service_id: ServiceId
    message: AlertMessage
    dedup_key: DedupKeyField = None
    """Which trouble of the service. None: its sender knows of one trouble only."""


class Acknowledgement(Value):
    """Somebody takes the incident in hand: arrow 8. Of an incident that is over, it is stale."""

    type: Literal["acknowledgement"] = "acknowledgement"
    service_id: ServiceId
    incident: Incident
    by: Responder | None = None


class AcknowledgementTimeout(Value):
    """The time to acknowledge this step is over: arrow 9. The timer returns it unchanged."""

    type: Literal["acknowledgement-timeout"] = "acknowledgement-timeout"
    service_id: ServiceId
    incident: Incident
    level: LevelNumber


class Unreachable(Value):
    """This step has reached nobody: each of its pages was given up, so nobody can acknowledge."""

    type: Literal["unreachable"] = "unreachable"
    service_id: ServiceId
    incident: Incident
    level: LevelNumber


class AcknowledgementExpired(Value):
    """Whoever acknowledged at this step has had the time that the policy gives them.

    Of another step, or where nobody has it in hand any more, it is stale. The timer returns it
    unchanged.
    """

    type: Literal["acknowledgement-expired"] = "acknowledgement-expired"
    service_id: ServiceId
    incident: Incident
    level: LevelNumber


class HealthyEvent(Value):
    """The incident is closed: arrow 2. Without an incident it means whichever is running."""

    type: Literal["healthy-event"] = "healthy-event"
    service_id: ServiceId
    incident: Incident | None = None


class Resolve(Value):
    """One trouble is over. If it was the last one that was open, the service is Healthy.

    Of a trouble that is not open it is stale: monitors send such after a restart.
    """

    type: Literal["resolve"] = "resolve"
    service_id: ServiceId
    dedup_key: DedupKeyField = None
    """As in Alert."""


class Escalate(Value):
    """Somebody sends the incident on to the next Level now, and does not wait for the timeout.

    Of another step, or where somebody has acknowledged meanwhile, it is stale.
    """

    type: Literal["escalate"] = "escalate"
    service_id: ServiceId
    incident: Incident
    level: LevelNumber
    by: Responder
    acknowledged: bool = False
    """Whether the incident was acknowledged when `by` decided to send it on: handing it on is
    another thing than not waiting for an answer."""


class PageAgain(Value):
    """Somebody lets the Level that was notified last be told once more.

    If the incident was acknowledged, nobody has it any more: this is how an Acknowledgement is
    taken back. Of another step, or where somebody has acknowledged meanwhile, it is stale.
    """

    type: Literal["page-again"] = "page-again"
    service_id: ServiceId
    incident: Incident
    level: LevelNumber
    by: Responder
    acknowledged: bool = False
    """As with Escalate: nobody takes an Acknowledgement back that they have not seen."""


Message = Annotated[
    Alert
    | Acknowledgement
    | AcknowledgementTimeout
    | Unreachable
    | AcknowledgementExpired
    | HealthyEvent
    | Resolve
    | Escalate
    | PageAgain,
    Field(discriminator="type"),
]
"""What the Pager receives."""

ByHand = Escalate | PageAgain
"""What somebody does who does not wait for the timer: it is about one step, as the timer's messages
are."""

Timed = AcknowledgementTimeout | AcknowledgementExpired
"""What the timer is set for, and gives to the Pager when its time has come."""

TimerMessage = Timed | Unreachable
"""What the timer gives to the Pager: a time of a step is over, or nobody of it is reachable."""

ByHandField = Annotated[Responder | None, Field(exclude_if=operator.not_)]
"""Left out of what is stored where it is None: most pages are sent by no hand."""

SOMEBODY = "somebody"
"""Who has acknowledged, where that has no name."""

OpenTroublesField = Annotated[int, Field(ge=0, le=MOST_OPEN_KEYS, exclude_if=_is_one)]
"""Left out of what is stored where it is 1: most incidents have one trouble."""

GapsToldField = Annotated[
    tuple[Gap, ...], Field(max_length=MOST_GAPS_TOLD, exclude_if=operator.not_)
]
"""Left out of what is stored where there is none: most policies reach everybody."""

Channel = Literal["email", "sms", "timer"]
"""The port that carries out an effect. A slow channel does not hold up the others."""


class Notification(Value):
    """Tell one Target about one step of an incident: arrows 5 and 6."""

    type: Literal["notification"] = "notification"
    service_id: ServiceId
    incident: Incident
    level: LevelNumber
    target: Target
    message: AlertMessage
    """What the first Alert of the incident said."""
    # An older Pager, which does not know the field, can still read every other page.
    is_by_fallback: Annotated[bool, Field(exclude_if=operator.not_)] = False
    """Whether it is by the fallback policy, because the service has none of its own."""
    later_alerts: LaterAlertsField = LaterAlerts()
    repeats: RepeatsField = 0
    """How many steps of the incident were repeats, up to this one."""
    level_number: LevelNumberField = None
    escalated_by: ByHandField = None
    """Who sent the incident on to this Level; None where no Escalate did."""
    told_again_by: ByHandField = None
    """Who let this Level be told once more; None where no PageAgain did."""
    continues: Annotated[bool, Field(exclude_if=operator.not_)] = False
    """Whether it is a second way for people of the Level who have not answered the first."""
    gaps: GapsToldField = ()
    """Whom the policy names and did not reach, as in `EscalationPolicy.gaps_told`."""
    expired_of: ByHandField = None
    """Whose Acknowledgement has expired, so that the incident is told again; None where none has.
    One that has no name is `SOMEBODY`'s."""
    begun_again: BegunAgainField = 0
    """How many times the policy had begun again."""
    open_troubles: OpenTroublesField = 1
    """How many troubles of the service were open; 0 where they were too many to be counted."""

    @property
    def policy_level(self) -> int:
        """The Level, by the number that the policy had for it; 0 where nobody is told yet."""
        return self.level_number or self.level - self.repeats

    @property
    def is_first(self) -> bool:
        """Whether the policy had (once more) just begun: nobody was told by it before."""
        return self.level - self.repeats == 1 and not self.continues

    @property
    def channel(self) -> Channel:
        """The port that carries it out."""
        return self.target.type

    @property
    def idempotency_key(self) -> str:
        """Names this page for ever: a receiver may drop a second page with the same key."""
        return f"{self.step_key}{self.target.key}"

    @property
    def step_key(self) -> str:
        """What the keys of all pages of the same step begin with."""
        return f"{self.service_id}/{self.incident}/{self.level}/"

    @property
    def unreachable(self) -> Unreachable:
        """The message that the Pager receives if every page of this step is given up."""
        return Unreachable(service_id=self.service_id, incident=self.incident, level=self.level)


class _TimerOfStep(Value):
    """Set the timer for a message about one step of an incident."""

    type: str
    service_id: ServiceId
    incident: Incident
    level: LevelNumber
    delay: timedelta
    repeats: RepeatsField = 0
    """As in Notification."""
    level_number: LevelNumberField = None

    @property
    def policy_level(self) -> int:
        """As in Notification."""
        return self.level_number or self.level - self.repeats

    @property
    def channel(self) -> Channel:
        """The port that carries it out."""
        return "timer"


class AcknowledgementDelay(_TimerOfStep):
    """Set the timer for the Acknowledgement Timeout of one step: arrow 7."""

    type: Literal["acknowledgement-delay"] = "acknowledgement-delay"

    @property
    def idempotency_key(self) -> str:
        """Names this delay for ever. No page has the same key: no Target's key is empty."""
        return f"{self.service_id}/{self.incident}/{self.level}/"

    @property
    def timeout(self) -> AcknowledgementTimeout:
        """The message that the timer sends to the Pager once the delay is over."""
        return AcknowledgementTimeout(
            service_id=self.service_id, incident=self.incident, level=self.level
        )


class AcknowledgementExpiry(_TimerOfStep):
    """Set the timer for the end of an Acknowledgement of one step, which may expire."""

    type: Literal["acknowledgement-expiry"] = "acknowledgement-expiry"

    @property
    def idempotency_key(self) -> str:
        """Names this expiry for ever. No page has the same key: no Target's key is a word."""
        return f"{self.service_id}/{self.incident}/{self.level}/expiry"

    @property
    def timeout(self) -> AcknowledgementExpired:
        """The message that the timer sends to the Pager once the delay is over."""
        return AcknowledgementExpired(
            service_id=self.service_id, incident=self.incident, level=self.level
        )


TimerEffect = AcknowledgementDelay | AcknowledgementExpiry
"""What the timer carries out."""

Effect = Annotated[Notification | TimerEffect, Field(discriminator="type")]
"""What is to be carried out once the decision is committed."""
