"""Threads that hand pages to their provider, one page each at a time.

Pages that were tried before may take long, because their time-outs grow: they have threads of their
own, half as many again.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from queue import SimpleQueue
from typing import Literal, NamedTuple, Protocol

from pager.messages import Channel, Notification
from pager.ports import Claim, Gateways, Outcome
from pager.relay import notify

LONGEST_WAIT = timedelta(seconds=1)
"""A page that waits for longer, since it was checked that it is to be sent, is given back."""


class Ended(NamedTuple):
    """What became of a claim."""

    claim: Claim
    outcome: Outcome | None
    """None where no attempt was begun: it is given back."""


OnEnd = Callable[[Sequence[Ended]], None]
"""Is told what became of claims, on any thread."""


def machine_time() -> float:
    """Seconds, which go on while the process is halted, and as far as possible the machine.

    They are the same for all processes of a machine.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Senders(Protocol):
    """Whatever sends the pages of one channel, many side by side."""

    @property
    def is_ready(self) -> bool:
        """Whether a page would be sent now."""
        ...

    def start(self, on_end: OnEnd, on_ready: Callable[[], object]) -> None:
        """Begin. `on_ready` is called when `is_ready` becomes true later."""
        ...

    def put(self, claims: Sequence[Claim], checked_at: float) -> None:
        """Send these, which were to be sent at `checked_at` (`machine_time`)."""
        ...

    def give_back_late(self) -> None:
        """Give back what has waited for too long: to be called now and then."""
        ...

    def stop(self) -> None:
        """Give back what waits, and finish what is being sent."""
        ...

    def interrupt(self) -> None:
        """Let what is being sent fail at once."""
        ...

    def join(self, timeout: timedelta) -> list[str]:
        """Wait until all that was begun is ended: the names of the threads that have not."""
        ...


GatewaysOf = Callable[[Notification], Gateways]
"""Gives the gateways for one page. It is called for all pages that are put together, before one of
them is sent: so what waits for nothing is done for all of them, one after the other."""


class _Waiting(NamedTuple):
    claim: Claim
    page: Notification
    gateways: Gateways
    checked_at: float

    @property
    def is_late(self) -> bool:
        return machine_time() - self.checked_at > LONGEST_WAIT.total_seconds()


class _Queue:
    """What waits for some of the threads."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._turns: SimpleQueue[Literal["take", "end"]] = SimpleQueue()

    def put(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._turns.put("take")

    def end(self) -> None:
        """Let one thread end after what waits now."""
        self._turns.put("end")

    def take(self) -> Iterator[_Waiting]:
        """One after the other, until `end`."""
        while self._turns.get() == "take":
            with suppress(IndexError):  # it was taken back meanwhile
                yield self._waiting.popleft()

    def take_back(self, *, only_late: bool) -> Iterator[Ended]:
        """What has waited for too long, or all of it."""
        with suppress(IndexError):
            while (waiting := self._waiting.popleft()).is_late or not only_late:
                yield Ended(waiting.claim, None)
            self._waiting.appendleft(waiting)


class SenderThreads:
    """Senders that are threads of this process."""

    is_ready = True

    def __init__(
        self,
        channel: Channel,
        count: int,
        gateways_of: GatewaysOf,
        interrupt: Callable[[], object] = lambda: None,
    ) -> None:
        """`count` threads for new pages, and half as many for those that were tried before.

        `interrupt` lets every send that is under way fail at once.
        """
        self._gateways_of = gateways_of
        self._interrupt = interrupt
        self._on_end: OnEnd = lambda _: None
        self._new = _Queue()
        self._retries = _Queue()
        self._is_stopped = False
        self._lock = threading.Lock()
        self._queues = [self._new] * count + [self._retries] * threads_for_retries(count)
        self._threads = [
            threading.Thread(name=f"{channel}-{n}", target=self._work, args=(queue,), daemon=True)
            for n, queue in enumerate(self._queues)
        ]

    def start(self, on_end: OnEnd, on_ready: Callable[[], object]) -> None:  # noqa: ARG002 - it is ready
        """Begin."""
        self._on_end = on_end
        for thread in self._threads:
            thread.start()

    def put(self, claims: Sequence[Claim], checked_at: float) -> None:
        """Send these, which were to be sent at `checked_at` (`machine_time`)."""
        all_waiting = [self._waiting(claim, checked_at) for claim in claims]
        with self._lock:
            if not self._is_stopped:
                for waiting in all_waiting:
                    queue = self._new if waiting.claim.attempt == 1 else self._retries
                    queue.put(waiting)
                return
        self._on_end([Ended(claim, None) for claim in claims])

    def give_back_late(self) -> None:
        """Give back what has waited for too long."""
        self._take_back(only_late=True)

    def stop(self) -> None:
        """Give back what waits, and finish what is being sent."""
        with self._lock:
            self._is_stopped = True
        self._take_back(only_late=False)
        for queue in self._queues:
            queue.end()

    def interrupt(self) -> None:
        """Let what is being sent fail at once."""
        self._interrupt()

    def join(self, timeout: timedelta) -> list[str]:
        """Wait until all threads are ended: the names of those that are not."""
        end = time.monotonic() + timeout.total_seconds()
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _waiting(self, claim: Claim, checked_at: float) -> _Waiting:
        page = claim.effect
        assert isinstance(page, Notification)
        return _Waiting(claim, page, self._gateways_of(page), checked_at)

    def _take_back(self, *, only_late: bool) -> None:
        for queue in (self._new, self._retries):
            if taken_back := list(queue.take_back(only_late=only_late)):
                self._on_end(taken_back)

    def _work(self, queue: _Queue) -> None:
        for waiting in queue.take():
            claim = waiting.claim
            outcome = None
            if not waiting.is_late:
                outcome = notify(waiting.gateways, waiting.page, claim.attempt)
            self._on_end([Ended(claim, outcome)])


def threads_for_retries(count: int) -> int:
    """How many there are beside `count` threads for new pages."""
    return max(1, count // 2)
