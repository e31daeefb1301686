"""Heartbeats at run time: pings are committed, and what stays away raises its Alert."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from pager.adapters.runtime.arrivals import Arrivals
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.pools import ANSWER_WITHIN, answer_within
from pager.adapters.runtime.requests import Answer, Group, NotTaken, Request
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import heartbeats
from pager.adapters.store.heartbeats.reading import HeartbeatList
from pager.adapters.store.heartbeats.writing import AT_ONCE, HeartbeatWrites, May, Sent
from pager.adapters.store.ports.unit_of_work import KnownPolicies
from pager.errors import NoEscalationPolicy

T = TypeVar("T")


class Heartbeats:
    """Writes heartbeats, each with what its Alert or resolve leads to, in one transaction."""

    def __init__(
        self, database: Database, wakeups: Wakeups, metrics: Metrics, now: Now = database_clock
    ) -> None:
        """Commit to `database`, wake workers through `wakeups`, and count in `metrics`."""
        self._database = database
        self._list = HeartbeatList(database, now)
        self._now = now
        # Both are used by the thread of the writer alone.
        known = KnownPolicies()
        self._new_arrivals = partial(Arrivals, wakeups, metrics, known, now)

    async def ping(self, name: str, may: May) -> None:
        """Commit that the heartbeat is alive.

        Raises Overloaded, what `HeartbeatWrites.ping` raises, and the database's errors.
        """
        await self.write(lambda writes: writes.ping(name, may), f"heartbeat {name}")

    async def write(
        self,
        work: Callable[[HeartbeatWrites], T],
        lock_key: str = heartbeats.name,
        within: timedelta = ANSWER_WITHIN,
    ) -> T:
        """Do `work` in a transaction: its result, once that is committed.

        Raises Overloaded, what `work` raises, and the database's errors.
        """
        return await answer_within(within.total_seconds(), self._submit(work, lock_key))

    def beat(self) -> None:
        """Say that a node listens, and raise the Alerts of heartbeats that stay away."""
        if self._list.is_anything_to_do():
            while self._submit(_beat, heartbeats.name).result() == AT_ONCE:
                pass

    def _submit(self, work: Callable[[HeartbeatWrites], T], lock_key: str) -> "Future[T]":
        deciding = _Deciding(self._new_arrivals)

        def write(connection: Connection) -> T:
            deciding.begin()
            return work(HeartbeatWrites(connection, deciding.receive, self._now))

        future = self._database.submit(write, lock_key)
        future.add_done_callback(deciding.end)
        return future


class _Deciding:
    """Decides messages in the transaction of a heartbeat, as the inbox decides others in its."""

    def __init__(self, new_arrivals: Callable[[], Arrivals]) -> None:
        self._new_arrivals = new_arrivals
        self._decided: list[tuple[Arrivals, Sequence[Group]]] = []

    def begin(self) -> None:
        """Forget what was decided in a transaction that has failed."""
        self._decided.clear()

    def receive(self, connection: Connection, sent: Sequence[Sent]) -> Sequence[Exception | None]:
        """As in `store.heartbeats.writing.Receive`."""
        requests = [Request([message], author, Future()) for message, author in sent]
        waiting = [arrival for request in requests for arrival in request.arrivals]
        groups = [request.arrivals for request in requests]
        arrivals = self._new_arrivals()
        arrivals.arrived(waiting)
        arrivals.run(connection, groups, lambda: False)
        self._decided.append((arrivals, groups))
        return [_why_not(arrival.decided) for arrival in waiting]

    def end(self, written: "Future[T]") -> None:
        """Count what is committed, and wake the workers."""
        if not written.cancelled() and written.exception() is None:
            for arrivals, decided in self._decided:
                arrivals.committed(decided)


def _why_not(answer: Answer | NotTaken) -> Exception | None:
    match answer:
        case NotTaken(error):
            return error
        case NoEscalationPolicy():
            return answer
        case _:
            return None


def _beat(writes: HeartbeatWrites) -> int:
    writes.listen()
    return writes.raise_overdue()
