"""The inbox: messages that arrive at the same time are decided and committed together."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import NamedTuple, TypeVar

from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.pools import ANSWER_WITHIN, Overloaded, answer_within
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction, Port
from pager.adapters.store.ports import SqlPorts
from pager.decide import Decision
from pager.errors import NoEscalationPolicy, PagerError
from pager.messages import Acknowledgement, Alert, HealthyEvent, Message
from pager.service import PagerService

P = TypeVar("P", bound=Port)
T = TypeVar("T")

MOST_WAITING = 5_000
"""Messages that wait for a commit: as many as can be committed before their senders give up."""


class UnknownService(PagerError):
    """Monitored Service {service_id!r} is not known: it has no Escalation Policy, \
and has never raised an Alert."""

    def __init__(self, service_id: str) -> None:
        """`service_id` is what the message named."""
        super().__init__(service_id=service_id)
        self.service_id = service_id


Answer = Decision | NoEscalationPolicy | UnknownService
"""The answer to a message: what was decided, or why nothing was decided."""


class NotTaken(NamedTuple):
    """Why a message was not committed, or may not have been: it is to be sent again."""

    error: Exception


class Inbox:
    """What requests write: each message or edit is in one of the writer's next transactions.

    An Acknowledgement goes before all that waits. So does a Healthy event, except before an Alert
    of its own service that came first: that would begin another incident after it.
    """

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        metrics: Metrics | None = None,
        *,
        answer_within: timedelta = ANSWER_WITHIN,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Commit to `database`, wake workers through `wakeups`, and count in `metrics`."""
        self._database = database
        self._wakeups = wakeups
        self._metrics = metrics or Metrics()
        self._answer_within = answer_within.total_seconds()
        self._most_waiting = most_waiting
        self._waiting_alerts: Counter[str] = Counter()
        self._counting = threading.Lock()

    async def receive(self, messages: Sequence[Message], author: str | None = None) -> list[Answer]:
        """Decide each of `messages`, which `author` sent, and return once all are committed.

        Raises Overloaded where that takes too long, and the database's errors.
        """
        # A program tries again; a person who acknowledges might not.
        if self._database.waiting > self._most_waiting and not isinstance(
            messages[0], Acknowledgement
        ):
            raise Overloaded
        answers = await self._answers(messages, author)
        for answer in answers:
            if isinstance(answer, NotTaken):
                raise answer.error
        return [answer for answer in answers if not isinstance(answer, NotTaken)]

    async def receive_each(
        self, messages: Sequence[Message], author: str | None = None
    ) -> list[Answer | NotTaken]:
        """As `receive`, message by message: one that is not taken keeps no other from its answer.

        Raises Overloaded where too much is waiting already.
        """
        if self._database.waiting > self._most_waiting:
            raise Overloaded
        return await self._answers(messages, author)

    async def commit(self, port: type[P], work: Callable[[P], T]) -> T:
        """Do `work` with that port in a transaction: its result, once that is committed.

        For what is no message. Raises Overloaded where that takes too long, and what `work` and the
        database raise.
        """
        committed = self._database.submit(
            lambda connection: work(port(InTransaction(connection))), port.lock_key
        )
        return await answer_within(self._answer_within, committed)

    async def _answers(
        self, messages: Sequence[Message], author: str | None
    ) -> list[Answer | NotTaken]:
        futures = [asyncio.wrap_future(self.submit(message, author)) for message in messages]
        try:
            await asyncio.wait(futures, timeout=self._answer_within)
        finally:
            for future in futures:
                # Its sender is told to send it again, so it must not be committed later.
                future.cancel()
        return [_outcome(future) for future in futures]

    def submit(self, message: Message, author: str | None = None) -> Future[Answer]:
        """Decide `message`, which `author` sent; the future is done once that is committed."""
        arrived_at = time.monotonic()
        received = self._database.submit(
            lambda connection: _answer(SqlPorts(InTransaction(connection), author=author), message),
            message.service_id,
            urgent=self._is_urgent(message),
        )

        def committed(received: Future[Answer]) -> None:
            self._count(message, -1)
            if not received.cancelled() and received.exception() is None:
                answer = received.result()
                self._metrics.committed(message, answer)
                self._metrics.waited(time.monotonic() - arrived_at)
                if isinstance(answer, Decision):
                    self._wakeups.wake_for(answer.effects)

        self._count(message, 1)
        received.add_done_callback(committed)
        return received

    def _is_urgent(self, message: Message) -> bool:
        if isinstance(message, HealthyEvent):
            return not self._waiting_alerts[message.service_id]
        return isinstance(message, Acknowledgement)

    def _count(self, message: Message, change: int) -> None:
        """Count the Alerts of each service that wait."""
        if isinstance(message, Alert):
            with self._counting:
                self._waiting_alerts[message.service_id] += change
                if not self._waiting_alerts[message.service_id]:
                    del self._waiting_alerts[message.service_id]


def _outcome(future: asyncio.Future[Answer]) -> Answer | NotTaken:
    if future.cancelled() or not future.done():
        return NotTaken(Overloaded())
    error = future.exception()
    if isinstance(error, Exception):
        return NotTaken(error)
    return future.result()


def _answer(ports: SqlPorts, message: Message) -> Answer:
    try:
        decision = PagerService(ports.policies, ports.services).receive(message)
    except NoEscalationPolicy as refusal:
        return refusal
    never_seen = not decision.changed and ports.services.load(message.service_id).version == 0
    if never_seen and ports.policies.versioned(message.service_id).policy is None:
        return UnknownService(message.service_id)
    return decision
