"""The entries of the journal: what was edited, decided, attempted and reported; and notes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from pager.messages import (
    Effect,
    Message,
    Notification,
)
from pager.model import EscalationPolicy, MonitoredService, Unhealthy
from pager.oncall.policies import ServicePolicy
from pager.ports import ReportStatus, Status


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: datetime
    """By the database's clock."""


class PolicyEdit(_Entry):
    """The Escalation Policy of the service was edited or removed: arrow 1."""

    type: Literal["policy-edit"] = "policy-edit"
    service_id: str
    author: str | None
    """None where the edit was made before there were accounts."""
    policy: ServicePolicy | None
    """None where it was removed."""


class Decided(_Entry):
    """A message was accepted, and changed the service. (What changes nothing is not stored.)"""

    type: Literal["decision"] = "decision"
    service_id: str
    version_before: int
    version_after: int
    message: Message
    author: str | None
    """Who sent the message. None for Pager's own timers, and before there were accounts."""
    policy: EscalationPolicy | None
    """As it was read for this decision."""
    rules: int
    """The version of the rules that decided (`pager.decide.RULES`)."""
    after: MonitoredService
    effects: tuple[Effect, ...]
    before: Annotated[MonitoredService | None, Field(exclude=True), SkipJsonSchema()] = None
    """What the decision before it has led to; None where that is not known (any more)."""

    @property
    def begins_again(self) -> bool:
        """Whether it lets the policy begin again with its first Level."""
        return (
            isinstance(self.before, Unhealthy)
            and isinstance(self.after, Unhealthy)
            and self.after.begun_again > self.before.begun_again
        )

    @property
    def continues(self) -> bool:
        """Whether it tells people of a Level in a second way, who have not answered the first."""
        return any(isinstance(page, Notification) and page.continues for page in self.effects)


class Attempt(_Entry):
    """An attempt to carry out an effect has ended."""

    type: Literal["attempt"] = "attempt"
    effect: Effect
    idempotency_key: str
    attempt: int
    """Counted from 1. If one is missing, its process died or its end could not be recorded."""
    status: Status
    detail: str
    retry_at: datetime | None


class Reported(_Entry):
    """The provider has reported what became of a page that it had accepted."""

    type: Literal["delivery-report"] = "delivery-report"
    effect: Effect
    idempotency_key: str
    receipt: str
    """The provider's name for the copy."""
    status: ReportStatus
    detail: str


class Note(_Entry):
    """Somebody has written down what they saw or did. It is no part of the journal."""

    type: Literal["note"] = "note"
    author: str
    text: str


Kind = Literal["policy-edit", "decision", "attempt", "delivery-report"]


class UnreadableEntry(_Entry):
    """Something happened, and this version of Pager cannot read what."""

    type: Literal["unreadable"] = "unreadable"
    what: Kind
    reason: str


Entry = Annotated[
    PolicyEdit | Decided | Attempt | Reported | Note | UnreadableEntry, Field(discriminator="type")
]
