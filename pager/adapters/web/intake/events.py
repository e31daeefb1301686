"""What a monitor says, in whatever protocol: events, each about one trouble of one service."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from pager.access.integrations import Routing
from pager.adapters.web.api.tolerant_json import text_of
from pager.adapters.web.bodies import CutBody
from pager.errors import PagerError

Action = Literal["trigger", "acknowledge", "unacknowledge", "resolve"]


class Event(NamedTuple):
    """One event."""

    action: Action
    dedup_key: str | None = None
    """What the sender calls the trouble, in whatever length; None where it gives it no name."""
    text: str = ""
    """Of a trigger: what people read. Its first line is the title."""
    fields: Mapping[str, str] = {}
    """By which the service may be found: labels, a host, a component."""
    by: str | None = None
    """Who acknowledged; None: the integration."""


class Payload(NamedTuple):
    """The request of a monitor."""

    body: bytes
    media_type: str
    """Of its Content-Type, in lower case and without parameters; "" where it has none."""
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    """Their names in lower case."""
    end: bytes = b""
    """The last bytes of a body that was too large, after a gap; empty where `body` is all."""
    kind: str = ""
    """What the path says that it is, such as "formatted_webhook"; "" where it says nothing."""
    routing: Routing | None = None
    """How its integration finds the services; None where that is not known."""

    @property
    def text(self) -> str:
        """The body as text, unpacked and in whichever encoding it is."""
        encoding = self.headers.get("content-encoding", "")
        return text_of(CutBody(self.body, self.end), encoding)

    def service_of(self, fields: Mapping[str, str]) -> str:
        """The service that an event with these fields will be about; "" where that is not known."""
        return self.routing.service_of(fields) if self.routing is not None else ""


class NotUnderstood(PagerError):
    """The payload is not understood: {reason}"""

    def __init__(self, reason: str) -> None:
        """`reason` is a sentence for the sender, and for whoever reads the page."""
        super().__init__(reason=reason)


class NotAnAlert(PagerError):
    """{reason}"""

    def __init__(self, reason: str) -> None:
        """What is asked makes no sense, and pages nobody; `reason` says it to the sender."""
        super().__init__(reason=reason)
