"""What each protocol has: how its payloads are read, and its own shape of answers and errors."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from fastapi import Response

from pager.adapters.web.api.receipts import Receipt, Refusal
from pager.adapters.web.intake.events import Event, Payload
from pager.adapters.web.problems import Problem

Use = Literal["served", "accepted and ignored", "refused"]
"""What Pager does with an endpoint or a field of a protocol. Each protocol's module lists its own
as `ENDPOINTS` and `FIELDS`."""


class Result(NamedTuple):
    """What became of one event."""

    event: Event
    service_id: str
    """The service that it was found to be about."""
    receipt: Receipt | Refusal


class Protocol(NamedTuple):
    """One protocol."""

    read: Callable[[Payload], Sequence[Event]]
    """Raises NotUnderstood, where it may be an Alert, and NotAnAlert where it is none for sure."""
    accepted: Callable[[Sequence[Result]], Response]
    """The answer once all events are committed."""
    refused: Callable[[Problem], Response]
    """The answer to a request that is refused, or that is to be sent again."""
