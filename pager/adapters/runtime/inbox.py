"""The inbox: messages that arrive at the same time are decided and committed together."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from pager.adapters.runtime.arrivals import Arrivals, Claiming
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.pools import ANSWER_WITHIN, Overloaded, answer_within, caller
from pager.adapters.runtime.requests import Answer, Later, NotTaken, Record, Request, set_done
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.transactions import InTransaction, Port
from pager.adapters.store.ports.unit_of_work import KnownPolicies
from pager.messages import Acknowledgement, Alert, ByHand, Channel, Message, TimerMessage

P = TypeVar("P", bound=Port)
T = TypeVar("T")

MOST_WAITING = 5_000
"""Messages that wait for a commit: as many as can be committed before their senders give up."""

MOST_OF_ONE = 4_000
"""The same, of one caller. The others keep as many places as requests are answered at a time."""


class Inbox:
    """What requests write: each message or edit is in one of the writer's next transactions.

    An Acknowledgement, what people do by hand, and the timer's messages go before all that waits.
    So does a Healthy event, except before an Alert of its own service that came first: that would
    begin another incident after it.
    """

    def __init__(  # noqa: PLR0913 - the last five are for tests
        self,
        database: Database,
        wakeups: Wakeups,
        metrics: Metrics | None = None,
        *,
        answer_within: timedelta = ANSWER_WITHIN,
        most_waiting: int = MOST_WAITING,
        most_of_one: int = MOST_OF_ONE,
        known_policies: KnownPolicies | None = None,
        now: Now = database_clock,
    ) -> None:
        """Commit to `database`, wake workers through `wakeups`, and count in `metrics`."""
        self._database = database
        self.wakeups = wakeups
        """Of the workers."""
        known_policies = known_policies or KnownPolicies()
        self._arrivals = Arrivals(wakeups, metrics or Metrics(), known_policies, now)
        self._answer_within = answer_within.total_seconds()
        self._most_waiting = most_waiting
        self._most_of_one = most_of_one
        self._callers: Counter[str] = Counter()
        """How many messages of each caller wait for their answer."""
        self._more = 0
        """How many more messages wait than jobs: those that are committed together are one job."""

    def claim_for(self, relays: Mapping[Channel, Claiming]) -> None:
        """Claim for these what the messages lead to, in the transaction that has decided it."""
        self._arrivals.relays = relays

    async def receive(self, messages: Sequence[Message], author: str | None = None) -> list[Answer]:
        """Decide each of `messages`, which `author` sent, and return once all are committed.

        Raises Overloaded where that takes too long, and the database's errors.
        """
        # A program tries again; a person who presses a button might not.
        if not isinstance(messages[0], Acknowledgement | ByHand):
            self._check_room(len(messages))
        answers = await self._decided(messages, author)
        for answer in answers:
            if isinstance(answer, NotTaken):
                raise answer.error
        return [answer for answer in answers if not isinstance(answer, NotTaken)]

    async def receive_each(
        self, messages: Sequence[Message], author: str | None = None
    ) -> list[Answer | NotTaken]:
        """As `receive`, message by message: one that is not taken keeps no other from its answer.

        Raises Overloaded where too much is waiting already, of all callers or of this one.
        """
        self._check_room(len(messages))
        return await self._decided(messages, author)

    async def receive_together(
        self,
        messages: Sequence[Message | Later],
        author: str | None = None,
        record: Record | None = None,
    ) -> list[Answer | NotTaken]:
        """As `receive_each`, in one transaction, in which `record` is written, too."""
        self._check_room(len(messages))
        return await self._decided(messages, author, record, together=True)

    async def commit(self, port: type[P], work: Callable[[P], T]) -> T:
        """Do `work` with that port in a transaction: its result, once that is committed.

        For what is no message. Raises Overloaded where that takes too long, and what `work` and the
        database raise.
        """
        return await self.write(
            lambda connection: work(port(InTransaction(connection))), port.lock_key
        )

    async def write(self, work: Callable[[Connection], T], lock_key: str) -> T:
        """As `commit`, for work that writes through several ports."""
        committed = self._database.submit(work, lock_key)
        return await answer_within(self._answer_within, committed)

    def _check_room(self, number: int) -> None:
        """Raises Overloaded where there is no room for so many more messages of this caller."""
        too_many = self._database.waiting + self._more > self._most_waiting
        if too_many or self._callers[caller.get()] + number > self._most_of_one:
            raise Overloaded

    async def _decided(
        self,
        messages: Sequence[Message | Later],
        author: str | None,
        record: Record | None = None,
        *,
        together: bool = False,
    ) -> list[Answer | NotTaken]:
        name = caller.get()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        request = Request(messages, author, future, record, together=together)
        self._submit(request)
        more = len(messages) - len(request.groups)
        self._more += more
        self._callers[name] += len(messages)
        too_late = loop.call_later(self._answer_within, set_done, [future])
        try:
            await future
        finally:
            too_late.cancel()
            self._more -= more
            self._callers[name] -= len(messages)
            if not self._callers[name]:
                del self._callers[name]
            if request.left:
                # Its sender is told to send it again, so it must not be committed later.
                self._arrivals.drop(request)
        return [arrival.answer for arrival in request.arrivals]

    def submit(self, message: Message, author: str | None = None) -> Future[Answer]:
        """Decide `message`, which `author` sent; the future is done once that is committed."""
        result: Future[Answer] = Future()

        def pass_on(answers: "Future[list[Answer | NotTaken]]") -> None:
            [answer] = answers.result()
            if isinstance(answer, NotTaken):
                result.set_exception(answer.error)
            else:
                result.set_result(answer)

        self.submit_all([message], author).add_done_callback(pass_on)
        return result

    def submit_all(
        self, messages: Sequence[Message], author: str | None = None
    ) -> "Future[list[Answer | NotTaken]]":
        """Decide `messages`; the future is done once all are committed, or are not taken.

        The timer's messages are marked done with what they lead to.
        """
        answered: Future[None] = Future()
        request = Request(messages, author, answered)
        result: Future[list[Answer | NotTaken]] = Future()
        answered.add_done_callback(
            lambda _: result.set_result([arrival.answer for arrival in request.arrivals])
        )
        self._submit(request)
        return result

    def _submit(self, request: Request) -> None:
        is_urgent = self._is_urgent(request)
        self._arrivals.arrived(request.arrivals)
        self._database.add(self._arrivals, request.groups, urgent=is_urgent)

    def _is_urgent(self, request: Request) -> bool:
        """Whether it goes before all that waits."""
        first = request.arrivals[0].message
        if isinstance(first, Alert):  # as most are
            return False
        return isinstance(first, TimerMessage) or (
            len(request.groups) == 1
            and all(self._arrivals.is_urgent(arrival.message) for arrival in request.arrivals)
        )
