"""Pools: a few threads for one kind of work that waits, such as the queries of requests.

Each kind has its own pool, so that nothing waits for what it does not need.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from datetime import timedelta
from typing import Generic, NamedTuple, ParamSpec, TypeVar

from pager.errors import PagerError

P = ParamSpec("P")
T = TypeVar("T")

ANSWER_WITHIN = timedelta(seconds=10)
"""After this a caller is told to try again later: it would give up soon anyway."""

LOGIN_WITHIN = timedelta(seconds=30)
"""The same for people who sign in: on a slow machine a password takes a second, and a person waits
rather than be refused."""

CONFIGURED_WITHIN = timedelta(seconds=50)
"""The same for a whole configuration, which may be large: who sends one waits a minute."""

IDLE_THREAD_ENDS_AFTER = timedelta(seconds=5)

caller: ContextVar[str] = ContextVar("caller", default="")
"""Who makes the request that is answered: a key, a person, a link, or the address of a stranger."""


class Overloaded(PagerError):
    """Pager is very busy. What was sent may be saved or not: send it again in a while, to send it \
twice does no harm."""


async def answer_within(limit: float, future: Future[T]) -> T:
    """The result of `future`. Raises Overloaded where that takes more than `limit` seconds."""
    try:
        async with asyncio.timeout(limit):
            return await asyncio.wrap_future(future)
    except TimeoutError as error:
        if future.done() and not future.cancelled():
            # The work has raised it; or it was done at the last moment, and is as good as any.
            return future.result()
        raise Overloaded from error


class _Work(Generic[T]):
    """Some work for a thread, and the future of its result."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.future: Future[T] = Future()
        self._work = work

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001 - its future has it
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Pool:
    """A few threads. Callers take turns: one that asks for much delays nobody but itself.

    The threads are daemons, and start when they are needed: one that hangs in a call to a database
    which is halted does not keep the process from ending.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        most_waiting: int = 1_000,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> None:
        """Nobody waits for longer than `answer_within`; `most_waiting` is for all callers."""
        self._name = name
        self._most_threads = threads
        self._most_waiting = most_waiting
        self._answer_within = answer_within.total_seconds()
        self._threads = 0
        self._idle = 0
        self._waiting: dict[str, deque[_Work[object]]] = {}
        self._changed = threading.Condition()

    @property
    def work_within(self) -> timedelta:
        """How long work may take that ends by itself, so that it is still an answer."""
        return timedelta(seconds=self._answer_within * 0.7)

    @property
    def waiting(self) -> int:
        """How much work waits for a thread."""
        return sum(map(len, self._waiting.values()))

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work` on one of the threads: its result.

        Raises Overloaded where that takes too long or too many wait, and what `work` raises.
        """
        future = self._submit(lambda: work(*args, **kwargs), caller.get())
        return await answer_within(self._answer_within, future)

    def _submit(self, call: Callable[[], T], name: str) -> Future[T]:
        work = _Work(call)
        with self._changed:
            if self.waiting >= self._most_waiting:
                self._drop_one(name)
            self._waiting.setdefault(name, deque()).append(work)  # type: ignore[arg-type]  # work of any kind
            self._changed.notify()
            if self.waiting > self._idle and self._threads < self._most_threads:
                self._threads += 1
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return work.future

    def _drop_one(self, name: str) -> None:
        """Refuse the last of the caller that has the most waiting.

        Raises Overloaded if that is the one that asks now.
        """
        largest = max(self._waiting, key=lambda other: len(self._waiting[other]), default=name)
        if len(self._waiting.get(largest, ())) <= len(self._waiting.get(name, ())):
            raise Overloaded
        dropped = self._waiting[largest].pop().future
        if dropped.set_running_or_notify_cancel():
            dropped.set_exception(Overloaded())

    def _run(self) -> None:
        while (work := self._next()) is not None:
            work.run()

    def _next(self) -> _Work[object] | None:
        """The next work of the caller whose turn it is; None ends the thread."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._waiting, IDLE_THREAD_ENDS_AFTER.total_seconds())
            self._idle -= 1
            if not self._waiting:
                self._threads -= 1
                return None
            name = next(iter(self._waiting))
            queue = self._waiting.pop(name)
            work = queue.popleft()
            if queue:
                self._waiting[name] = queue  # behind the others
            return work


class Pools(NamedTuple):
    """The pools of the web server."""

    authentication: Pool
    """Finds the principals of keys and sessions."""
    links: Pool
    """Reads for people with an acknowledge link."""
    reads: Pool
    """Reads for programs and people with an account."""
    strangers: Pool
    """Reads for people who have not signed in."""
    passwords: Pool
    """Hashes passwords: each takes 64 MiB and much of a core."""
    parsing: Pool
    """Parses large bodies: the addresses of a large policy take seconds."""
    configuration: Pool
    """Reads, parses and plans whole configurations, one at a time: a large one takes seconds."""
    monitoring: Pool
    """Reads for health checks and metrics."""
    verification: Pool
    """Waits for a process that verifies: each takes a core for some seconds."""


def new_pools() -> Pools:
    """Pools of a server. Together with the workers they have fewer threads than connections."""
    return Pools(
        authentication=Pool("authentication", 3),
        links=Pool("links", 2),
        reads=Pool("reads", 4),
        strangers=Pool("strangers", 2),
        passwords=Pool("passwords", 2, answer_within=LOGIN_WITHIN),
        parsing=Pool("parsing", 1),
        configuration=Pool("configuration", 1, answer_within=CONFIGURED_WITHIN),
        monitoring=Pool("monitoring", 2),
        verification=Pool("verification", 1),
    )
