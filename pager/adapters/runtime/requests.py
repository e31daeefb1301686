"""Messages that came together, and are answered together."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import Connection

from pager.adapters.runtime.pools import Overloaded
from pager.decide import Decision
from pager.errors import NoEscalationPolicy, PagerError
from pager.messages import Message
from pager.ports import EscalationPolicies, MonitoredServices


class UnknownService(PagerError):
    """Monitored Service {service_id!r} is not known: it has no Escalation Policy, \
and has never raised an Alert."""

    def __init__(self, service_id: str) -> None:
        """`service_id` is what the message named."""
        super().__init__(service_id=service_id)
        self.service_id = service_id


class NothingToDo(PagerError):
    """What this is about is not open (any more)."""


Answer = Decision | NoEscalationPolicy | UnknownService | NothingToDo
"""The answer to a message: what was decided, or why nothing was decided."""


class NotTaken(NamedTuple):
    """Why a message was not committed, or may not have been: it is to be sent again."""

    error: Exception


NOT_COMMITTED = NotTaken(Overloaded())


class Later(NamedTuple):
    """A message that is chosen when it is decided: by what its service is then."""

    service_id: str
    choose: Callable[[MonitoredServices, EscalationPolicies], Message | None]
    """The message, about the service with that id; None where there is nothing to do."""
    other: str | None = None
    """Another service that `choose` asks for; it may ask for no more than these two."""


class Arrival:
    """A message that waits for its decision."""

    __slots__ = (
        *("answer", "arrived_at", "author", "decided"),
        *("is_begun", "is_dropped", "message", "request"),
    )

    def __init__(self, message: Message | Later, author: str | None, request: "Request") -> None:
        """`author` sent the message, as a part of `request`."""
        self.message = message
        self.author = author
        self.request = request
        self.arrived_at = time.monotonic()
        self.is_begun = False
        self.is_dropped = False
        self.decided: Answer | NotTaken = NOT_COMMITTED
        self.answer: Answer | NotTaken = self.decided
        """Once it is committed."""


Group = Sequence[Arrival]
"""What is committed in one transaction, or not at all: all that a monitor sends in a request; any
other message is by itself."""


class Record(NamedTuple):
    """What is written of a request, in the transaction that decides its messages."""

    key: str
    """Those with the same key write the same rows. They are written in the order of their keys, so
    two nodes never wait for each other in a circle."""
    write: Callable[[Connection, Sequence[Answer | NotTaken]], None]
    """Called with the answers to the messages. If it fails, nothing of it is written, and the
    request is to be sent again; what was decided is committed all the same, since it may page."""


class Request:
    """Some messages that are answered together, once each of them is."""

    __slots__ = ("arrivals", "future", "groups", "left", "record", "record_failure")

    def __init__(
        self,
        messages: Sequence[Message | Later],
        author: str | None,
        future: "asyncio.Future[None] | Future[None]",
        record: Record | None = None,
        *,
        together: bool = False,
    ) -> None:
        """`author` sent the messages; `future` is done once they are answered.

        Those with a record are to be committed `together`.
        """
        self.arrivals = [Arrival(message, author, self) for message in messages]
        is_one = together or len(self.arrivals) == 1
        self.groups: Sequence[Group] = (
            [self.arrivals] if is_one else [(arrival,) for arrival in self.arrivals]
        )
        """Its messages, as they are committed."""
        self.left = len(self.arrivals)
        """How many of them are not answered."""
        self.future = future
        self.record = record
        self.record_failure: NotTaken | None = None
        """Why the record is not written."""


def answer(arrivals: Sequence[Arrival]) -> None:
    """Let the futures of requests be done that are complete now: one call for each event loop."""
    futures: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for arrival in arrivals:
        request = arrival.request
        request.left -= 1
        if request.left:
            continue
        if isinstance(request.future, Future):
            request.future.set_result(None)
        else:
            futures.setdefault(request.future.get_loop(), []).append(request.future)
    for loop, done in futures.items():
        with suppress(RuntimeError):  # the loop is closed, so nobody waits
            loop.call_soon_threadsafe(set_done, done)


def set_done(futures: Sequence[asyncio.Future[None]]) -> None:
    """Let these be done, unless they are."""
    for future in futures:
        if not future.done():
            future.set_result(None)
