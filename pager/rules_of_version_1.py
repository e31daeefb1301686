"""The rules of version 1, which `pager.decide` had at first: for what was decided by them.

They are never changed. New decisions are made by the rules in `pager.decide`.
"""

from pager.errors import NoEscalationPolicy
from pager.messages import (
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementTimeout,
    Alert,
    Effect,
    HealthyEvent,
    Message,
    Notification,
)
from pager.model import (
    Acknowledged,
    Escalating,
    EscalationPolicy,
    Exhausted,
    Healthy,
    Level,
    MonitoredService,
    Unhealthy,
)


def outcome(
    service: MonitoredService, message: Message, policy: EscalationPolicy | None
) -> tuple[MonitoredService, tuple[Effect, ...]]:
    """The service as it was after `message`, and the effects. Raises NoEscalationPolicy."""
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
            )
            effects = _notify(policy.levels[0], after)

        case Unhealthy(escalation=Escalating()), AcknowledgementTimeout() if (
            message.incident == service.incident and message.level == service.level
        ):
            if policy is not None and (level := _level(policy, service.level + 1)) is not None:
                after = service.model_copy(update={"level": service.level + 1})
                effects = _notify(level, after)
            else:
                after = service.model_copy(update={"escalation": Exhausted()})

        case Unhealthy(escalation=Escalating() | Exhausted()), Acknowledgement() if (
            message.incident == service.incident
        ):
            after = service.model_copy(update={"escalation": Acknowledged(by=message.by)})

        case Unhealthy(), HealthyEvent() if message.incident in (None, service.incident):
            after = Healthy(service_id=service.service_id, incident=service.incident)

        case _:
            pass

    return after, effects


def _level(policy: EscalationPolicy, number: int) -> Level | None:
    return policy.levels[number - 1] if number <= len(policy.levels) else None


def _notify(level: Level, service: Unhealthy) -> tuple[Effect, ...]:
    """Notify every Target of `level`, which `service` has just reached, and set the delay."""
    notifications = (
        Notification(
            service_id=service.service_id,
            incident=service.incident,
            level=service.level,
            target=target,
            message=service.message,
        )
        for target in level.targets
    )
    delay = AcknowledgementDelay(
        service_id=service.service_id,
        incident=service.incident,
        level=service.level,
        delay=level.acknowledgement_delay,
    )
    return (*notifications, delay)
