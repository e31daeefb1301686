"""Who is paged: every rule of Pager, and nothing else.

`decide` is a function of its arguments alone. It reads no clock, keeps no state and does no I/O,
so the same arguments always lead to the same decision, and a test is three values. Each arm is a
rule that acts; `case _` is everything that the brief answers with "doesn't".
"""

from datetime import timedelta
from functools import cached_property
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field

from pager import rules_of_version_1
from pager.errors import NoEscalationPolicy
from pager.messages import (
    SOMEBODY,
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementExpired,
    AcknowledgementExpiry,
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

T = TypeVar("T", AcknowledgementDelay, AcknowledgementExpiry)

RULES = 6
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
5. A policy may begin again, and an Acknowledgement may expire. An older version ignores these two
   fields of a policy, and what a newer one has counted of it in an incident.
6. A step says which number the policy has for its Level. An older version counted the steps that
   were no repeats, and passed on what a newer one had said of the step before.
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
    elif rules == RULES:
        after, effects = _outcome(service, message, policy, maintenance)
    else:
        known = _as_before_5(policy) if rules in (2, 3, 4) else policy
        after, effects = _outcome(service, message, known, maintenance)
        after = _as_before_6(after, service)
        effects = tuple(_of_version(effect, rules) for effect in effects)
        if rules in (2, 3) and isinstance(service, Unhealthy) and isinstance(message, Alert):
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


def _as_before_5(policy: EscalationPolicy | None) -> EscalationPolicy | None:
    """The policy without what rules of a version before 5 do not know of it."""
    unknown = {"repeat": 0, "acknowledgement_expiry": None}
    return policy.model_copy(update=unknown) if policy is not None else None


def _as_before_6(after: MonitoredService, before: MonitoredService) -> MonitoredService:
    """The service as nodes of an older version left it: they passed on the number that it had."""
    if not isinstance(after, Unhealthy):
        return after
    number = before.level_number if isinstance(before, Unhealthy) else None
    return after.model_copy(update={"level_number": number})


def _of_version(effect: Effect, rules: int) -> Effect:
    """The effect as nodes of a version with these rules, of 2 to 5, decided it during an upgrade.

    They left out what nodes of a newer version had noted of the incident.
    """
    unknown: dict[str, object] = {"level_number": None}
    if rules == 2:  # noqa: PLR2004 - see RULES
        unknown["repeats"] = 0
    if isinstance(effect, Notification) and rules in (2, 3, 4):
        unknown["begun_again"] = 0
        if rules in (2, 3):
            unknown["open_troubles"] = 1
    return effect.model_copy(update=unknown)


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
                after = after.on_level(policy.levels[0].number or 1)
                effects = _notify(policy, policy.levels[0], after)
            else:
                after = after.model_copy(update={"notified": (), "repeats": 1})
                effects = (_timer(AcknowledgementDelay, after, maintenance),)

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
            # Its end was moved, or the next window has begun.
            after, effects = _waiting_step(service, maintenance)

        case (
            Unhealthy(escalation=Escalating() | Exhausted()),
            AcknowledgementTimeout() | Unreachable() | Escalate(),
        ) if _is_current(message, service):
            why = _Why(escalated_by=message.by) if isinstance(message, Escalate) else _AS_THE_NEXT
            exhausted = service.model_copy(update={"escalation": Exhausted()})
            after, effects = _next_step(service, policy, why) or (exhausted, ())

        case Unhealthy(escalation=Acknowledged()), Escalate() if _is_current(message, service):
            # Whoever has it hands it on, and keeps it where nobody is left.
            why = _Why(escalated_by=message.by)
            after, effects = _next_step(service, policy, why) or (service, ())

        case Unhealthy(), PageAgain() if _is_current(message, service):
            again, instead = _Why(told_again_by=message.by), _Why(escalated_by=message.by)
            after, effects = _repeated_step(service, policy, again, instead) or (service, ())

        case Unhealthy(escalation=Acknowledged(by=by)), AcknowledgementExpired() if (
            _is_current(message, service) and _expiry_of(policy) is not None
        ):
            if maintenance is not None and service.policy_level == 0:
                after, effects = _waiting_step(service, maintenance)
            else:
                why = _Why(expired_of=by or SOMEBODY)
                after, effects = _repeated_step(service, policy, why, why) or (service, ())

        case Unhealthy(escalation=Escalating() | Exhausted()), Acknowledgement() if (
            message.incident == service.incident
        ):
            after = service.model_copy(update={"escalation": Acknowledged(by=message.by)})
            if (expiry := _expiry_of(policy)) is not None:
                effects = (_timer(AcknowledgementExpiry, after, expiry),)

        case Unhealthy(), HealthyEvent() if message.incident in (None, service.incident):
            after = Healthy(service_id=service.service_id, incident=service.incident)

        case _:
            pass

    return after, effects


def next_level(service: Unhealthy, policy: EscalationPolicy | None) -> Level | None:
    """The Level that is next, with those of its Targets who are to be notified; None without one.

    It is the first Level of the policy with somebody who was not notified for it yet. So an edit
    during the incident skips nobody who is in the new policy, and notifies nobody twice. Where
    nobody is left, it is the first one, if the policy begins again.
    """
    if policy is None:
        return None
    level = policy.next_level(_notified(service, policy))
    is_first = level is None and _begins_again(service, policy)
    return policy.next_level(()) if is_first else level


def next_level_number(service: Unhealthy, policy: EscalationPolicy | None) -> int | None:
    """The number that the policy has for that Level; None without one."""
    level = next_level(service, policy)
    return level.number if level is not None else None


def _begins_again(service: Unhealthy, policy: EscalationPolicy) -> bool:
    """Whether nobody is left to be notified, and the policy begins again with its first Level."""
    is_left = policy.next_level(_notified(service, policy)) is not None
    return not is_left and service.begun_again < policy.repeat


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

    The end of an Acknowledgement is of interest for as long as that Acknowledgement stands. As for
    the others:

    An Acknowledgement or a Healthy event withdraws the pages of that incident which are not
    sent yet. A page of an earlier Level stays wanted: late is better than never. Where the
    Acknowledgement is taken back, so is a page that no relay has withdrawn by then.
    """
    if not isinstance(service, Unhealthy) or service.incident != effect.incident:
        return False
    is_acknowledged = isinstance(service.escalation, Acknowledged)
    if isinstance(effect, AcknowledgementExpiry):
        return is_acknowledged and service.level == effect.level
    return not is_acknowledged


def _is_current(message: TimerMessage | ByHand, service: Unhealthy) -> bool:
    """Whether `message` is about the step that `service` is at: not late, and no repetition.

    Whoever acts by hand must know, too, whether somebody has acknowledged; and only what was
    acknowledged can expire.
    """
    is_step = message.incident == service.incident and message.level == service.level
    knows_of_answer = isinstance(message, AcknowledgementExpired) or (
        isinstance(message, ByHand) and message.acknowledged
    )
    return is_step and knows_of_answer == isinstance(service.escalation, Acknowledged)


def _expiry_of(policy: EscalationPolicy | None) -> timedelta | None:
    """How long an Acknowledgement is good for; None where it does not expire."""
    return policy.acknowledgement_expiry if policy is not None else None


class _Why(NamedTuple):
    """Why a Level is told, if it is not just the next one: as in Notification."""

    escalated_by: str | None = None
    told_again_by: str | None = None
    expired_of: str | None = None


_AS_THE_NEXT = _Why()


def _next_step(
    service: Unhealthy, policy: EscalationPolicy | None, why: _Why
) -> tuple[Unhealthy, tuple[Effect, ...]] | None:
    """The service on its next Level, and the effects; None where there is no Level left.

    Where the policy begins again, nobody counts as notified any more.
    """
    level = next_level(service, policy)
    if policy is None or level is None:
        return None
    if _begins_again(service, policy):
        counted = {"repeats": service.level, "begun_again": service.begun_again + 1}
        notified = _keys(level)
    else:
        counted = {"repeats": service.repeats + level.continues}
        notified = (*_notified(service, policy), *_keys(level))
    after = service.model_copy(
        update={
            "level": service.level + 1,
            "escalation": Escalating(),
            "notified": notified[-MOST_NOTIFIED:],
            **counted,
        }
    )
    after = after.on_level(level.number or 1)
    return after, _notify(policy, level, after, why)


def _repeated_step(
    service: Unhealthy, policy: EscalationPolicy | None, why: _Why, instead: _Why
) -> tuple[Unhealthy, tuple[Effect, ...]] | None:
    """The service with its last Level told again, and the effects; None without a policy.

    It is a step of its own: its pages have keys of their own, and the timeout of the step before is
    stale. `notified` stays as it is, so the Level that is next is still the next one. It is told
    where an edit has left nobody who was notified: `instead`.
    """
    if policy is None:
        return None
    notified = _notified(service, policy)
    level = policy.last_level(notified)
    if level is None:
        return _next_step(service, policy, instead)
    after = service.model_copy(
        update={
            "level": service.level + 1,
            "escalation": Escalating(),
            "notified": notified,
            "repeats": service.repeats + 1,
        }
    )
    after = after.on_level(level.number or 1)
    return after, _notify(policy, level, after, why)


def _waiting_step(
    service: Unhealthy, maintenance: timedelta
) -> tuple[Unhealthy, tuple[Effect, ...]]:
    """The service as it waits for the end of its maintenance as that is now: another step."""
    after = service.model_copy(
        update={
            "level": service.level + 1,
            "escalation": Escalating(),
            "repeats": service.repeats + 1,
        }
    )
    return after, (_timer(AcknowledgementDelay, after, maintenance),)


def _keys(level: Level) -> tuple[str, ...]:
    return tuple(target.key for target in level.targets)


def _notified(service: Unhealthy, policy: EscalationPolicy | None) -> tuple[str, ...]:
    """The key of each Target that was notified since the policy last began, once for each time."""
    if service.notified is not None:
        return service.notified
    levels = policy.levels[: service.level] if policy is not None else ()
    return tuple(key for level in levels for key in _keys(level))


def _notify(
    policy: EscalationPolicy, level: Level, service: Unhealthy, why: _Why = _AS_THE_NEXT
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
            level_number=service.level_number,
            escalated_by=why.escalated_by,
            told_again_by=why.told_again_by,
            expired_of=why.expired_of,
            begun_again=service.begun_again,
            continues=level.continues and not (why.told_again_by or why.expired_of),
            gaps=policy.gaps_told,
            open_troubles=len(service.open_keys),
        )
        for target in level.targets
    )
    return (*notifications, _timer(AcknowledgementDelay, service, level.acknowledgement_delay))


def _timer(effect: type[T], service: Unhealthy, delay: timedelta) -> T:
    """Set the timer of the step that `service` is at now."""
    return effect(
        service_id=service.service_id,
        incident=service.incident,
        level=service.level,
        delay=delay,
        repeats=service.repeats,
        level_number=service.level_number,
    )
