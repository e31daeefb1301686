"""Values that tests are made of: what a test does not say is the same everywhere.

The Monitored Service is `checkout-api`. Its policy notifies Ada and Grace, and after 15 minutes
Edsger, who has five: so that no Level can be taken for another.
"""

from collections.abc import Sequence
from datetime import timedelta

from pager import (
    Acknowledged,
    Acknowledgement,
    AcknowledgementDelay,
    AcknowledgementExpired,
    AcknowledgementExpiry,
    AcknowledgementTimeout,
    Alert,
    EmailTarget,
    Escalate,
    Escalating,
    EscalationPolicy,
    Exhausted,
    Healthy,
    HealthyEvent,
    Level,
    Notification,
    PageAgain,
    Resolve,
    SmsTarget,
    Target,
    Unhealthy,
    Unreachable,
)
from pager.model import WITHOUT_KEY, LaterAlerts

SERVICE = "checkout-api"
MESSAGE = "p99 latency above 3 s"

ADA = EmailTarget(address="ada@example.com")
GRACE = SmsTarget(phone_number="+33612345601")
EDSGER = EmailTarget(address="edsger@example.com")


def level(*targets: Target, minutes: int = 15, number: int | None = None) -> Level:
    delay = timedelta(minutes=minutes)
    return Level(targets=targets, acknowledgement_delay=delay, number=number)


def policy(*levels: Level) -> EscalationPolicy:
    return EscalationPolicy(service_id=SERVICE, levels=levels)


POLICY = policy(level(ADA, GRACE), level(EDSGER, minutes=5))


def healthy(incident: int = 0) -> Healthy:
    return Healthy(service_id=SERVICE, incident=incident)


def unhealthy(
    incident: int = 1,
    level: int = 1,
    escalation: Escalating | Acknowledged | Exhausted | None = None,
    message: str = MESSAGE,
    *,
    later: Sequence[str] = (),
    notified: Sequence[Target] | None = None,
    repeats: int = 0,
    begun_again: int = 0,
    open_keys: Sequence[str | None] = WITHOUT_KEY,
) -> Unhealthy:
    """`notified`: by default whom POLICY names up to `level`, repeats left out."""
    if notified is None:
        passed = POLICY.levels[: level - repeats]
        notified = [target for each in passed for target in each.targets]
    return Unhealthy(
        service_id=SERVICE,
        incident=incident,
        level=level,
        message=message,
        escalation=escalation or Escalating(),
        notified=tuple(target.key for target in notified),
        later_alerts=LaterAlerts(messages=tuple(later), count=len(later)),
        repeats=repeats,
        begun_again=begun_again,
        open_keys=tuple(open_keys),
    )


def alert(message: str = MESSAGE, key: str | None = None) -> Alert:
    return Alert(service_id=SERVICE, message=message, dedup_key=key)


def resolve(key: str | None = None) -> Resolve:
    return Resolve(service_id=SERVICE, dedup_key=key)


def acknowledgement(incident: int = 1, by: str | None = None) -> Acknowledgement:
    return Acknowledgement(service_id=SERVICE, incident=incident, by=by)


def timeout(incident: int = 1, level: int = 1) -> AcknowledgementTimeout:
    return AcknowledgementTimeout(service_id=SERVICE, incident=incident, level=level)


def expired(incident: int = 1, level: int = 1) -> AcknowledgementExpired:
    return AcknowledgementExpired(service_id=SERVICE, incident=incident, level=level)


def unreachable(incident: int = 1, level: int = 1) -> Unreachable:
    return Unreachable(service_id=SERVICE, incident=incident, level=level)


def escalate(
    incident: int = 1, level: int = 1, by: str = "Ada", *, acknowledged: bool = False
) -> Escalate:
    return Escalate(
        service_id=SERVICE, incident=incident, level=level, by=by, acknowledged=acknowledged
    )


def page_again(
    incident: int = 1, level: int = 1, by: str = "Ada", *, acknowledged: bool = False
) -> PageAgain:
    return PageAgain(
        service_id=SERVICE, incident=incident, level=level, by=by, acknowledged=acknowledged
    )


def healthy_event(incident: int | None = None) -> HealthyEvent:
    return HealthyEvent(service_id=SERVICE, incident=incident)


def page(
    target: Target,
    incident: int = 1,
    level: int = 1,
    message: str = MESSAGE,
    later: Sequence[str] = (),
    *,
    repeats: int = 0,
    level_number: int | None = None,
    escalated_by: str | None = None,
    told_again_by: str | None = None,
    expired_of: str | None = None,
    begun_again: int = 0,
    open_troubles: int = 1,
) -> Notification:
    return Notification(
        service_id=SERVICE,
        incident=incident,
        level=level,
        target=target,
        message=message,
        later_alerts=LaterAlerts(messages=tuple(later), count=len(later)),
        repeats=repeats,
        level_number=level_number,
        escalated_by=escalated_by,
        told_again_by=told_again_by,
        expired_of=expired_of,
        begun_again=begun_again,
        open_troubles=open_troubles,
    )


def delay(
    incident: int = 1, level: int = 1, minutes: int = 15, repeats: int = 0
) -> AcknowledgementDelay:
    return AcknowledgementDelay(
        service_id=SERVICE,
        incident=incident,
        level=level,
        delay=timedelta(minutes=minutes),
        repeats=repeats,
    )


def expiry(
    incident: int = 1, level: int = 1, hours: int = 4, repeats: int = 0
) -> AcknowledgementExpiry:
    return AcknowledgementExpiry(
        service_id=SERVICE,
        incident=incident,
        level=level,
        delay=timedelta(hours=hours),
        repeats=repeats,
    )
