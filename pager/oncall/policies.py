"""Escalation Policies that many services share, and that name people, teams and schedules."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from pager.durations import IsoDuration
from pager.model import (
    EmailTarget,
    EscalationPolicy,
    ExpiryField,
    RepeatField,
    ServiceId,
    SmsTarget,
    Value,
)
from pager.oncall.names import Name

MOST_TARGETS = 50
"""Of a Level. Each may be many addresses."""
MOST_LEVELS = 25


class PersonTarget(Value):
    """A person: as they want to be reached."""

    type: Literal["person"] = "person"
    name: Name


class TeamTarget(Value):
    """Everybody in a team."""

    type: Literal["team"] = "team"
    name: Name


class ScheduleTarget(Value):
    """Whoever is on call in a schedule."""

    type: Literal["schedule"] = "schedule"
    name: Name


OnCallTarget = PersonTarget | TeamTarget | ScheduleTarget
"""A Target that is somebody else at another time."""

PolicyTarget = Annotated[EmailTarget | SmsTarget | OnCallTarget, Field(discriminator="type")]
"""Whom a Level of a shared policy names."""


def _each_once(targets: tuple[PolicyTarget, ...]) -> tuple[PolicyTarget, ...]:
    seen: set[tuple[str, str]] = set()
    for target in targets:
        name = target.name if isinstance(target, OnCallTarget) else target.key
        if (target.type, name) in seen:
            raise PydanticCustomError(
                "target_twice", "{target} is on this Level twice: name it once.", {"target": name}
            )
        seen.add((target.type, name))
    return targets


class PolicyLevel(Value):
    """One step of a shared policy: whom it names, and how long they have to acknowledge."""

    targets: Annotated[
        tuple[PolicyTarget, ...],
        Field(min_length=1, max_length=MOST_TARGETS),
        AfterValidator(_each_once),
    ]
    acknowledgement_delay: Annotated[IsoDuration, Field(gt=timedelta(0), le=timedelta(days=7))] = (
        timedelta(minutes=15)
    )


class SharedPolicy(Value):
    """An Escalation Policy with a name, for every service that uses it."""

    type: Literal["policy"] = "policy"
    name: Name
    levels: Annotated[tuple[PolicyLevel, ...], Field(min_length=1, max_length=MOST_LEVELS)]
    repeat: RepeatField = 0
    acknowledgement_expiry: ExpiryField = None


class PolicyUse(Value):
    """A Monitored Service uses a shared policy, in the place of a policy of its own."""

    service_id: ServiceId
    uses: Name
    """The name of the shared policy."""


ServicePolicy = EscalationPolicy | PolicyUse
"""What a Monitored Service has: a policy of its own, or the use of a shared one."""
