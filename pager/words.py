"""Messages, decisions and effects as text: for timelines, and for the reader of a failed test."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, assert_never

from pager.counted import counted
from pager.decide import Decision
from pager.durations import in_words
from pager.messages import (
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
    MOST_LATER_ALERTS,
    MOST_OPEN_KEYS,
    Acknowledged,
    Escalating,
    Exhausted,
    Healthy,
    LaterAlerts,
    MonitoredService,
    Unhealthy,
)


def message_in_words(message: Message, before: MonitoredService | None = None) -> str:
    """What the Pager received.

    A message that names a step does not know which Level that told. The service knows as it was
    `before` the message; where it was not at that step, or is not given, the step has its number.
    """
    match message:
        case Alert():
            text = f'the Alert "{message.message}"{_with_key(message.dedup_key)}'
        case Acknowledgement():
            by = f" by {message.by}" if message.by else ""
            text = f"the Acknowledgement of incident {message.incident}{by}"
        case AcknowledgementTimeout() if _is_before_level_1(message, before):
            text = f"the end of the maintenance, incident {message.incident},"
        case AcknowledgementTimeout():
            text = f"the Acknowledgement Timeout of {_named_step(message, before)}"
        case AcknowledgementExpired():
            text = f"the expiry of the Acknowledgement of {_named_step(message, before)}"
        case Unreachable():
            text = f"the report that nobody was reached in {_named_step(message, before)}"
        case Escalate():
            text = f"the request to escalate {_named_step(message, before)} by {message.by}"
        case PageAgain():
            text = f"the request to page again {_named_step(message, before)} by {message.by}"
        case Resolve():
            text = f"the resolve{_of_key(message.dedup_key)}"
        case HealthyEvent():
            of = f" of incident {message.incident}" if message.incident else ""
            text = f"a Healthy event{of}"
        case _:
            assert_never(message)
    return f"{text} for {message.service_id}"


def decision_in_words(decision: Decision) -> str:
    """The state before and after a decision, and who was not reached by it."""
    after = service_in_words(decision.after)
    if not decision.changed:
        return f"{decision.after.service_id} stays {after}"
    before = service_in_words(decision.before)
    return "; ".join([f"{decision.after.service_id}: {before} → {after}", *gaps_of(decision)])


def gaps_of(decision: Decision) -> tuple[str, ...]:
    """Whom the policy names and who was not reached by this decision; nobody where it told nobody.

    Where it has found no Level left, they are those who might have been told.
    """
    policy = decision.policy
    if policy is None or not policy.gaps:
        return ()
    tells = any(isinstance(effect, Notification) for effect in decision.effects)
    return policy.gaps if tells or _exhausts(decision) else ()


def _exhausts(decision: Decision) -> bool:
    after = decision.after
    return isinstance(after, Unhealthy) and isinstance(after.escalation, Exhausted)


def service_in_words(service: MonitoredService) -> str:
    """The state of a service."""
    match service:
        case Healthy():
            return "Healthy"
        case Unhealthy():
            parts = [
                *(
                    [f"incident {service.incident}", "nobody notified yet"]
                    if service.policy_level == 0
                    else [_level(service), _other_step(service), _rounds(service)]
                ),
                _stage(service),
                later_alerts_in_words(service.later_alerts),
                troubles_in_words(service),
            ]
            return f"Unhealthy ({', '.join(filter(None, parts))})"
        case _:
            assert_never(service)


def _other_step(service: Unhealthy) -> str:
    """The number of the step, where it is not that of the Level: messages name the step."""
    return f"step {service.level}" if service.level != service.policy_level else ""


def _rounds(service: Unhealthy) -> str:
    """How often the policy has begun again."""
    return f"begun again {times_in_words(service.begun_again)}" if service.begun_again else ""


def times_in_words(number: int) -> str:
    """Once, or 2 times."""
    return "once" if number == 1 else f"{number} times"


def _stage(service: Unhealthy) -> str:
    match service.escalation:
        case Escalating():
            return ""
        case Acknowledged(by=str(name)):
            return f"acknowledged by {name}"
        case _:
            return service.escalation.stage


def later_alerts_in_words(later_alerts: LaterAlerts) -> str:
    """How many later Alerts were noted; "" for none."""
    count = later_alerts.count
    if count >= MOST_LATER_ALERTS:
        return f"{count} or more later Alerts"
    return counted(count, "later Alert") if count else ""


def troubles_in_words(service: Unhealthy) -> str:
    """How many troubles are open; "" for one, as most incidents have."""
    return _troubles(len(service.open_keys))


def troubles_of_page_in_words(page: Notification) -> str:
    """How many were open when the page was decided; "" for one."""
    return _troubles(page.open_troubles)


def _troubles(number: int) -> str:
    if number == 0:
        return f"more than {MOST_OPEN_KEYS} troubles"
    return f"{number} open troubles" if number > 1 else ""


def effect_in_words(effect: Effect) -> str:
    """What is to be carried out."""
    match effect:
        case Notification():
            texts = (f'"{text}"' for text in (effect.message, *effect.later_alerts.messages))
            parts = [_level(effect), why_in_words(effect), *texts]
            return f"{effect.target.key}: {', '.join(filter(None, parts))}"
        case AcknowledgementDelay(policy_level=0):
            text = f"the wait for the end of the maintenance, incident {effect.incident}"
            return f"{text}: {in_words(effect.delay)}"
        case AcknowledgementDelay():
            return f"the Acknowledgement Delay of {_level(effect)}: {in_words(effect.delay)}"
        case AcknowledgementExpiry():
            text = f"the expiry of the Acknowledgement of {_level(effect)}"
            return f"{text}: {in_words(effect.delay)}"
        case _:
            assert_never(effect)


def why_in_words(page: Notification) -> str:
    """Why its Level is told, where it is not just the next one; "" where it is.

    A name comes last: it may be long, and is cut then.
    """
    if page.expired_of:
        return f"told again: expired acknowledgement of {page.expired_of}"
    if page.told_again_by:
        return f"told again by {page.told_again_by}"
    if page.escalated_by:
        return f"sent on by {page.escalated_by}"
    return "told again: nobody has answered" if page.begun_again else ""


class Rules(Protocol):
    """What a policy says besides its Levels: one of a single service, or a shared one."""

    @property
    def repeat(self) -> int:
        """How many times it begins again."""

    @property
    def acknowledgement_expiry(self) -> timedelta | None:
        """How long an Acknowledgement is good for; None: it never expires."""


def rules_in_words(policy: Rules) -> list[str]:
    """What a policy says besides its Levels: nothing, most times."""
    rules = []
    if policy.repeat:
        rules.append(f"begins again {times_in_words(policy.repeat)}")
    if policy.acknowledgement_expiry is not None:
        rules.append(f"an acknowledgement expires after {in_words(policy.acknowledgement_expiry)}")
    return rules


def effects_in_words(effects: Sequence[Effect]) -> str:
    """What is to be carried out for one step, in short."""
    return ", ".join(map(_in_short, effects)) or "nothing"


def _in_short(effect: Effect) -> str:
    match effect:
        case Notification():
            return effect.target.key
        case AcknowledgementDelay():
            return f"a delay of {in_words(effect.delay)}"
        case AcknowledgementExpiry():
            return f"an expiry after {in_words(effect.delay)}"
        case _:
            assert_never(effect)


def _with_key(key: str | None) -> str:
    return f' with the dedup key "{key}"' if key else ""


def _of_key(key: str | None) -> str:
    return f' of "{key}"' if key else ""


_StepMessage = TimerMessage | ByHand


def _at_step(message: _StepMessage, before: MonitoredService | None) -> Unhealthy | None:
    """The service, where it was at the step that the message names."""
    if not isinstance(before, Unhealthy):
        return None
    is_there = (before.incident, before.level) == (message.incident, message.level)
    return before if is_there else None


def _is_before_level_1(message: _StepMessage, before: MonitoredService | None) -> bool:
    """Whether nobody was told at the step that the message names."""
    service = _at_step(message, before)
    return service is not None and service.policy_level == 0


def _named_step(message: _StepMessage, before: MonitoredService | None) -> str:
    """The incident, and the Level that was told at the step, or else the step."""
    service = _at_step(message, before)
    if service is None:
        return f"incident {message.incident}, step {message.level}"
    return _level(service)


def _level(step: Unhealthy | Effect) -> str:
    """The incident, and the Level of the policy."""
    level = step.policy_level
    return f"incident {step.incident}, {f'Level {level}' if level else 'before Level 1'}"
