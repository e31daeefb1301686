"""Who is paged: every rule of Pager, and nothing else.

`decide` is a function of its arguments alone. It reads no clock, keeps no state and does no I/O,
so the same arguments always lead to the same decision, and a test is three values. Each arm is a
rule that acts; `case _` is everything that the brief answers with "doesn't".
"""

from datetime import timedelta
from functools import cached_property
from typing import Annotated

from pydantic import Field

from pager import rules_of_version_1
from pager.errors import NoEscalationPolicy
from pager.messages import (
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementTimeout,
    Alert,
    ByHand,
    Effect,
    Escalate,
    HealthyEvent,
    Message,
    Notification,
    PageAgain,
    Resolve,
    TimerMessage,
    Unreachable,
)
from pager.model import (
    MOST_NOTIFIED,
    Acknowledged,
    Escalating,
    EscalationPolicy,
    Exhausted,
    Healthy,
    Level,
    MonitoredService,
    Unhealthy,
    Value,
)

RULES = 4
"""The version of the rules here. The journal keeps it with each decision.

What was decided by older rules must stay decidable, or `pager audit` would find a fault in every
old journal. So whoever changes a rule, once a version with the old one was released, adds 1, and
keeps the old rules: as a module like `rules_of_version_1`, or as an arm that asks for `rules`.

1. The rules of the brief, and Exhausted. So decided all nodes that knew no versions.
2. What a later Alert says is noted. A step that reached nobody escalates at once. An edit of the
   policy skips nobody, and notifies nobody twice.
3. People escalate and page again by hand: two new messages, which no older version can have
   received. The others mean what they meant, but an older version did not write `repeats` into the
   effects of an incident in which a newer one had paged again.
4. Dedup keys: an incident ends with the last of its troubles, and pages say how many are open. An
   Alert of a service in maintenance notifies nobody before the maintenance is over.
"""


class Decision(Value):
    """What was decided, and all that it was decided on.

    So it can be checked at any time: `decide(before, message, policy, rules, maintenance)` returns
    it again.
    """

    message: Message
    before: MonitoredService
    policy: EscalationPolicy | None
    after: MonitoredService
    effects: tuple[Effect, ...] = ()
    rules: Annotated[int, Field(ge=1)] = RULES
    """The version of the rules that decided."""
    maintenance: Annotated[timedelta, Field(gt=timedelta(0))] | None = None
    """How long the service was still to be in maintenance; None where it was in none."""

    @cached_property
    def changed(self) -> bool:
        """False for all that the brief answers with "doesn't": there is nothing to store."""
        return self.after is not self.before and self.after != self.before


def decide(
    service: MonitoredService,
    message: Message,
    policy: EscalationPolicy | None,
    rules: int = RULES,
    maintenance: timedelta | None = None,
) -> Decision:
    """Decide what `message` means for `service`, whose Escalation Policy is `policy` just now.

    `rules` is the version of the rules to go by: an old one only for what was decided by it.
    `maintenance` is how long the service is still in maintenance; None where it is in none.

    Raises NoEscalationPolicy for an Alert that could page nobody: a service marked Unhealthy
    without a page would swallow every later Alert.
    """
    if rules == 1:
        after, effects = rules_of_version_1.outcome(service, message, policy)
    else:
        after, effects = _outcome(service, message, policy, maintenance)
    if rules == 2:  # noqa: PLR2004 - see RULES
        effects = tuple(effect.model_copy(update={"repeats": 0}) for effect in effects)
    if rules in (2, 3):
        effects = tuple(map(_without_troubles, effects))
        if isinstance(service, Unhealthy) and isinstance(message, Alert):
            after = service.noting(message.message)
    return Decision(
        message=message,
        before=service,
        policy=policy,
        after=after,
        effects=effects,
        rules=rules,
        maintenance=maintenance,
    )


def _without_troubles(effect: Effect) -> Effect:
    """The effect as nodes of a version without dedup keys decided it during an upgrade.

    The incident may have troubles that a node of a newer version has noted.
    """
    if isinstance(effect, Notification):
        return effect.model_copy(update={"open_troubles": 1})
    return effect


def _outcome(  # noqa: PLR0912 - one arm for each rule
    service: MonitoredService,
    message: Message,
    policy: EscalationPolicy | None,
    maintenance: timedelta | None,
) -> tuple[MonitoredService, tuple[Effect, ...]]:
    """The service as it is after `message`, and the effects to carry out."""
    after: MonitoredService = service
    effects: tuple[Effect, ...] = ()
    match service, message:
        case Healthy(), Alert():
            if policy is None:
                raise NoEscalationPolicy(service.service_id)
            after = Unhealthy(
                service_id=service.service_id,
                incident=service.incident + 1,
                level=1,
                message=message.message,
                notified=_keys(policy.levels[0]),
                open_keys=(message.dedup_key,),
            )
            if maintenance is None:
                effects = _notify(policy, policy.levels[0], after)
            else:
                after = after.model_copy(update={"notified": (), "repeats": 1})
                effects = (_delay(after, maintenance),)

        case Unhealthy(), Alert():
            # Nobody is notified again. A text that was noted before changes nothing.
            after = service.noting(message.message).opening(message.dedup_key)

        case Unhealthy(), Resolve():
            after = service.resolving(message.dedup_key)

        case Unhealthy(), AcknowledgementTimeout() if (
            maintenance is not None
            and service.waits_for_maintenance
            and _is_current(message, service)
        ):
            # Its end was moved, or the next window has begun: wait for that end, as another step.
            step = {"level": service.level + 1, "repeats": service.repeats + 1}
            after = service.model_copy(update=step)
            effects = (_delay(after, maintenance),)

        case (
            Unhealthy(escalation=Escalating() | Exhausted()),
            AcknowledgementTimeout() | Unreachable() | Escalate(),
        ) if _is_current(message, service):
            by = message.by if isinstance(message, Escalate) else None
            exhausted = service.model_copy(update={"escalation": Exhausted()})
            after, effects = _next_step(service, policy, by) or (exhausted, ())

        case Unhealthy(escalation=Acknowledged()), Escalate() if _is_current(message, service):
            # Whoever has it hands it on, and keeps it where nobody is left.
            after, effects = _next_step(service, policy, message.by) or (service, ())

        case Unhealthy(), PageAgain() if _is_current(message, service):
            after, effects = _repeated_step(service, policy, message.by) or (service, ())

        case Unhealthy(escalation=Escalating() | Exhausted()), Acknowledgement() if (
            message.incident == service.incident
        ):
            after = service.model_copy(update={"escalation": Acknowledged(by=message.by)})

        case Unhealthy(), HealthyEvent() if message.incident in (None, service.incident):
            after = Healthy(service_id=service.service_id, incident=service.incident)

        case _:
            pass

    return after, effects


def next_level(service: Unhealthy, policy: EscalationPolicy | None) -> Level | None:
    """The Level that is next, with those of its Targets who are to be notified; None without one.

    It is the first Level of the policy with somebody who was not notified for it yet. So an edit
    during the incident skips nobody who is in the new policy, and notifies nobody twice.
    """
    return policy.next_level(_notified(service, policy)) if policy is not None else None


def timeout_after_edit(service: MonitoredService) -> AcknowledgementTimeout | None:
    """The timeout that the timer gives again, at once, when the policy of `service` is edited.

    That is the last one of an exhausted incident, for which there may be a Level again. While an
    incident escalates, its next timeout comes anyway.
    """
    if isinstance(service, Unhealthy) and isinstance(service.escalation, Exhausted):
        return AcknowledgementTimeout(
            service_id=service.service_id, incident=service.incident, level=service.level
        )
    return None


def timeout_after_maintenance(service: MonitoredService) -> AcknowledgementTimeout | None:
    """The timeout that the timer gives, at once, when the end of a maintenance window is moved.

    If the service is still in maintenance then, it sets the timer for the new end. None where no
    incident waits for the end.
    """
    if isinstance(service, Unhealthy) and service.waits_for_maintenance:
        return AcknowledgementTimeout(
            service_id=service.service_id, incident=service.incident, level=service.level
        )
    return None


def still_wanted(effect: Effect, service: MonitoredService) -> bool:
    """Whether a committed effect is still to be carried out, as `service` is now.

    An Acknowledgement or a Healthy event withdraws the pages of that incident which are not
    sent yet. A page of an earlier Level stays wanted: late is better than never. Where the
    Acknowledgement is taken back, so is a page that no relay has withdrawn by then.
    """
    return (
        isinstance(service, Unhealthy)
        and service.incident == effect.incident
        and not isinstance(service.escalation, Acknowledged)
    )


def _is_current(message: TimerMessage | ByHand, service: Unhealthy) -> bool:
    """Whether `message` is about the step that `service` is at: not late, and no repetition.

    Whoever acts by hand must know, too, whether somebody has acknowledged.
    """
    is_step = message.incident == service.incident and message.level == service.level
    knows_of_answer = isinstance(message, ByHand) and message.acknowledged
    return is_step and knows_of_answer == isinstance(service.escalation, Acknowledged)


def _next_step(
    service: Unhealthy, policy: EscalationPolicy | None, by: str | None
) -> tuple[Unhealthy, tuple[Effect, ...]] | None:
    """The service on its next Level, and the effects; None where there is no Level left.

    `by` has sent the incident on; None where nobody has.
    """
    level = next_level(service, policy)
    if policy is None or level is None:
        return None
    notified = (*_notified(service, policy), *_keys(level))
    after = service.model_copy(
        update={
            "level": service.level + 1,
            "escalation": Escalating(),
            "notified": notified[-MOST_NOTIFIED:],
        }
    )
    return after, _notify(policy, level, after, escalated_by=by)


def _repeated_step(
    service: Unhealthy, policy: EscalationPolicy | None, by: str
) -> tuple[Unhealthy, tuple[Effect, ...]] | None:
    """The service with its last Level told again by `by`, and the effects; None without a policy.

    It is a step of its own: its pages have keys of their own, and the timeout of the step before is
    stale. `notified` stays as it is, so the Level that is next is still the next one. It is told
    where an edit has left nobody who was notified.
    """
    if policy is None:
        return None
    notified = _notified(service, policy)
    level = policy.last_level(notified)
    if level is None:
        return _next_step(service, policy, by)
    after = service.model_copy(
        update={
            "level": service.level + 1,
            "escalation": Escalating(),
            "notified": notified,
            "repeats": service.repeats + 1,
        }
    )
    return after, _notify(policy, level, after, told_again_by=by)


def _keys(level: Level) -> tuple[str, ...]:
    return tuple(target.key for target in level.targets)


def _notified(service: Unhealthy, policy: EscalationPolicy | None) -> tuple[str, ...]:
    """The key of each Target that was notified in this incident, once for each time."""
    if service.notified is not None:
        return service.notified
    levels = policy.levels[: service.level] if policy is not None else ()
    return tuple(key for level in levels for key in _keys(level))


def _notify(
    policy: EscalationPolicy,
    level: Level,
    service: Unhealthy,
    *,
    escalated_by: str | None = None,
    told_again_by: str | None = None,
) -> tuple[Effect, ...]:
    """Notify every Target of that Level, which `service` has just reached, and set the delay.

    A `policy` that is not the service's own is the fallback.
    """
    notifications = (
        Notification(
            service_id=service.service_id,
            incident=service.incident,
            level=service.level,
            target=target,
            message=service.message,
            is_by_fallback=policy.service_id != service.service_id,
            later_alerts=service.later_alerts,
            repeats=service.repeats,
            escalated_by=escalated_by,
            told_again_by=told_again_by,
            gaps=policy.gaps_told,
            open_troubles=len(service.open_keys),
        )
        for target in level.targets
    )
    return (*notifications, _delay(service, level.acknowledgement_delay))


def _delay(service: Unhealthy, delay: timedelta) -> AcknowledgementDelay:
    """Set the timer of the step that `service` has just reached."""
    return AcknowledgementDelay(
        service_id=service.service_id,
        incident=service.incident,
        level=service.level,
        delay=delay,
        repeats=service.repeats,
    )
