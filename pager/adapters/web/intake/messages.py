"""The domain's messages that an event stands for. What a monitor sends is mended, never refused."""

from collections.abc import Sequence

from pager.adapters.dedup_keys import dedup_key_of
from pager.adapters.runtime.requests import Later
from pager.adapters.text import mended
from pager.adapters.web.intake.events import Event
from pager.messages import Acknowledgement, Alert, Message, PageAgain, Resolve
from pager.model import (
    LONGEST_MESSAGE,
    Acknowledged,
    Healthy,
    MonitoredService,
    Unhealthy,
    shortened,
)
from pager.ports import EscalationPolicies, MonitoredServices

NO_TEXT = "(The sender gave no text.)"
SOMEBODY = "somebody"
LONGEST_NAME = 320
"""Characters of who acknowledged."""


def text_of(text: str) -> str:
    """The text of a trigger as an Alert can have it."""
    return shortened(mended(text).strip() or NO_TEXT, LONGEST_MESSAGE)


def message_of(event: Event, service: MonitoredService) -> Message | None:
    """What `event` stands for, where `service` is as it is now; None where it means nothing."""
    key = dedup_key_of(event.dedup_key)
    match event.action, service:
        case "trigger", _:
            text = text_of(event.text)
            return Alert(service_id=service.service_id, message=text, dedup_key=key)
        case "resolve", _:
            return Resolve(service_id=service.service_id, dedup_key=key)
        case "acknowledge", Unhealthy() if service.may_be_open(key):
            return Acknowledgement(
                service_id=service.service_id, incident=service.incident, by=_name(event.by)
            )
        case "unacknowledge", Unhealthy(escalation=Acknowledged()) if service.may_be_open(key):
            return PageAgain(
                service_id=service.service_id,
                incident=service.incident,
                level=service.level,
                by=_name(event.by) or SOMEBODY,
                acknowledged=True,
            )
        case _:
            return None


def messages_at(event: Event, service_id: str, fallback: str) -> Sequence[Message | Later]:
    """What `event` about that service stands for: there, and at the service `fallback`.

    An Alert goes to the fallback where its service can page nobody, since it has no policy. There
    it has a dedup key of its own: other services may have the same key.
    """
    if service_id == fallback:
        return [_message_at(event, service_id)]
    there = event._replace(
        dedup_key=f"{service_id}: {event.dedup_key or ''}",
        text=f"{service_id} has no Escalation Policy: {event.text}",
    )
    key = dedup_key_of(there.dedup_key)

    def choose(services: MonitoredServices, policies: EscalationPolicies) -> Message | None:
        service, now = services.load(service_id).service, services.load(fallback).service
        can_page = isinstance(service, Unhealthy) or policies.of(service_id) is not None
        # It may have been paged there before its service had a policy.
        is_there = isinstance(now, Unhealthy) and key in now.open_keys
        is_wanted = not can_page or (is_there and event.action != "trigger")
        return message_of(there, now) if is_wanted else None

    return [_message_at(event, service_id), Later(fallback, choose, service_id)]


def _message_at(event: Event, service_id: str) -> Message | Later:
    """The message; where it depends on the state of the service, as it is when it is decided."""
    message = message_of(event, Healthy(service_id=service_id))
    return message or Later(
        service_id, lambda services, _: message_of(event, services.load(service_id).service)
    )


def _name(by: str | None) -> str | None:
    return shortened(mended(by or "").strip(), LONGEST_NAME) or None
