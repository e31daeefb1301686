"""The domain's messages that an event stands for. What a monitor sends is mended, never refused."""

from collections.abc import Sequence

from pager.adapters.dedup_keys import dedup_key_of
from pager.adapters.text import mended
from pager.adapters.web.intake.events import Event
from pager.messages import Acknowledgement, Alert, Message, PageAgain, Resolve
from pager.model import (
    LONGEST_MESSAGE,
    Acknowledged,
    Healthy,
    MonitoredService,
    shortened,
)

NO_TEXT = "(The sender gave no text.)"
SOMEBODY = "somebody"
LONGEST_NAME = 320
"""Characters of who acknowledged."""


def text_of(text: str) -> str:
    """The text of a trigger as an Alert can have it."""
    return shortened(mended(text).strip() or NO_TEXT, LONGEST_MESSAGE)


def messages_of(event: Event, service: MonitoredService) -> Sequence[Message]:
    """What `event` stands for, where `service` is as it is now; nothing where it means nothing."""
    key = dedup_key_of(event.dedup_key)
    match event.action, service:
        case "trigger", _:
            text = text_of(event.text)
            return [Alert(service_id=service.service_id, message=text, dedup_key=key)]
        case "resolve", _:
            return [Resolve(service_id=service.service_id, dedup_key=key)]
        case _, Healthy():
            return []
        case "acknowledge", unhealthy if key in unhealthy.open_keys:
            by = shortened(mended(event.by or "").strip(), LONGEST_NAME) or None
            return [
                Acknowledgement(service_id=unhealthy.service_id, incident=unhealthy.incident, by=by)
            ]
        case "unacknowledge", unhealthy if key in unhealthy.open_keys and isinstance(
            unhealthy.escalation, Acknowledged
        ):
            by = shortened(mended(event.by or "").strip(), LONGEST_NAME) or SOMEBODY
            return [
                PageAgain(
                    service_id=unhealthy.service_id,
                    incident=unhealthy.incident,
                    level=unhealthy.level,
                    by=by,
                    acknowledged=True,
                )
            ]
        case _:
            return []
