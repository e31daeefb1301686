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
from pager.model import Acknowledged, Escalating, Healthy, MonitoredService, Unhealthy


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
            text = f"that nobody is reachable in {_step(message)}"
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
        case Unhealthy(escalation=Escalating()):
            return f"Unhealthy ({_step(service)})"
        case Unhealthy(escalation=Acknowledged(by=str(name))):
            return f"Unhealthy ({_step(service)}, acknowledged by {name})"
        case Unhealthy():
            return f"Unhealthy ({_step(service)}, {service.escalation.stage})"
        case _:
            assert_never(service)


def effect_in_words(effect: Effect) -> str:
    """What is to be carried out."""
    match effect:
        case Notification():
            return f'{effect.target.key}: {_step(effect)}, "{effect.message}"'
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
