"""Messages, decisions and effects as text: for timelines, and for the reader of a failed test."""

from collections.abc import Sequence
from typing import assert_never

from pager.decide import Decision
from pager.durations import in_words
from pager.messages import (
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementTimeout,
    Alert,
    Effect,
    HealthyEvent,
    Message,
    Notification,
    Unreachable,
)
from pager.model import (
    MOST_LATER_ALERTS,
    Acknowledged,
    Escalating,
    Healthy,
    LaterAlerts,
    MonitoredService,
    Unhealthy,
)


def message_in_words(message: Message) -> str:
    """What the Pager received."""
    match message:
        case Alert():
            text = f'the Alert "{message.message}"'
        case Acknowledgement():
            by = f" by {message.by}" if message.by else ""
            text = f"the Acknowledgement of incident {message.incident}{by}"
        case AcknowledgementTimeout():
            text = f"the Acknowledgement Timeout of {_step(message)}"
        case Unreachable():
            text = f"the report that nobody was reached in {_step(message)}"
        case HealthyEvent():
            of = f" of incident {message.incident}" if message.incident else ""
            text = f"a Healthy event{of}"
        case _:
            assert_never(message)
    return f"{text} for {message.service_id}"


def decision_in_words(decision: Decision) -> str:
    """The state before and after a decision."""
    after = service_in_words(decision.after)
    if not decision.changed:
        return f"{decision.after.service_id} stays {after}"
    return f"{decision.after.service_id}: {service_in_words(decision.before)} → {after}"


def service_in_words(service: MonitoredService) -> str:
    """The state of a service."""
    match service:
        case Healthy():
            return "Healthy"
        case Unhealthy():
            parts = [_step(service), _stage(service), later_alerts_in_words(service.later_alerts)]
            return f"Unhealthy ({', '.join(filter(None, parts))})"
        case _:
            assert_never(service)


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
    more = " or more" if count >= MOST_LATER_ALERTS else ""
    return f"{count}{more} later Alert{'' if count == 1 else 's'}" if count else ""


def effect_in_words(effect: Effect) -> str:
    """What is to be carried out."""
    match effect:
        case Notification():
            texts = (f'"{text}"' for text in (effect.message, *effect.later_alerts.messages))
            return f"{effect.target.key}: {_step(effect)}, {', '.join(texts)}"
        case AcknowledgementDelay():
            return f"the Acknowledgement Delay of {_step(effect)}: {in_words(effect.delay)}"
        case _:
            assert_never(effect)


def effects_in_words(effects: Sequence[Effect]) -> str:
    """What is to be carried out for one step, in short."""
    texts = [
        effect.target.key
        if isinstance(effect, Notification)
        else f"a delay of {in_words(effect.delay)}"
        for effect in effects
    ]
    return ", ".join(texts) or "nothing"


def _step(step: Unhealthy | AcknowledgementTimeout | Unreachable | Effect) -> str:
    return f"incident {step.incident}, Level {step.level}"
