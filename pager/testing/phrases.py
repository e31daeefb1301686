"""Which message a scenario means, when it says for instance “the Acknowledgement by Ada”."""

from pager.messages import (
    Acknowledgement,
    AcknowledgementExpired,
    AcknowledgementTimeout,
    Alert,
    Escalate,
    HealthyEvent,
    Message,
    PageAgain,
    Resolve,
)
from pager.model import Acknowledged, MonitoredService, Unhealthy
from pager.testing.nouns import Kind, Phrase


def message_of(  # noqa: PLR0911 - one for each kind
    phrase: Phrase, service: MonitoredService
) -> Message:
    """The message that `phrase` means, of the running incident and step unless it says so."""
    service_id = service.service_id
    if isinstance(service, Unhealthy):
        incident, level = phrase.incident or service.incident, phrase.step or service.level
    else:
        incident, level = phrase.incident or max(1, service.incident), phrase.step or 1
    match phrase.kind:
        case Kind.ALERT:
            text = phrase.text or "something is wrong"
            return Alert(service_id=service_id, message=text, dedup_key=phrase.dedup_key)
        case Kind.RESOLVE:
            return Resolve(service_id=service_id, dedup_key=phrase.dedup_key)
        case Kind.ACKNOWLEDGEMENT:
            return Acknowledgement(service_id=service_id, incident=incident, by=phrase.by)
        case Kind.TIMEOUT:
            return AcknowledgementTimeout(service_id=service_id, incident=incident, level=level)
        case Kind.EXPIRY:
            return AcknowledgementExpired(service_id=service_id, incident=incident, level=level)
        case Kind.HEALTHY_EVENT:
            return HealthyEvent(service_id=service_id, incident=phrase.incident)
        case Kind.ESCALATE | Kind.PAGE_AGAIN:
            return (Escalate if phrase.kind is Kind.ESCALATE else PageAgain)(
                service_id=service_id,
                incident=incident,
                level=level,
                by=phrase.by or "somebody",
                acknowledged=isinstance(service, Unhealthy)
                and isinstance(service.escalation, Acknowledged),
            )
