"""The timer in memory: it gives its messages to the Pager when they are due."""

import threading
from datetime import timedelta

from pager.durations import in_words
from pager.messages import AcknowledgementExpired, Timed, TimerMessage
from pager.simulation.clock import Clock
from pager.simulation.timeline import Timeline
from pager.words import message_in_words


class InMemoryTimer:
    """Timer, whose timeouts are `due` once the clock has been moved."""

    def __init__(self, clock: Clock, timeline: Timeline | None = None) -> None:
        """Delays go by `clock`."""
        self._clock = clock
        self._timeline = timeline or Timeline(clock)
        self._running: dict[_Place, tuple[timedelta, TimerMessage]] = {}
        self._lock = threading.Lock()
        self.delays: list[tuple[Timed, timedelta]] = []
        """Every delay that was set, in order."""

    def set(self, message: Timed, delay: timedelta) -> None:
        """Keep `message` until `delay` is over; a second time changes nothing."""
        with self._lock:
            self.delays.append((message, delay))
            self._timeline.add("set", f"{message_in_words(message)}, due in {in_words(delay)}")
            self._running.setdefault(_place_of(message), (self._clock.now + delay, message))

    def give_at_once(self, message: TimerMessage) -> None:
        """Give `message` to the Pager now, in the place of the timeout of the same step."""
        with self._lock:
            self._running[_place_of(message)] = (self._clock.now, message)

    @property
    def running(self) -> list[TimerMessage]:
        """The messages that the Pager has not received yet, due or not."""
        with self._lock:
            return [message for _, message in self._running.values()]

    @property
    def next_due(self) -> timedelta | None:
        """When the next message is due, if there is one."""
        with self._lock:
            return min((at for at, _ in self._running.values()), default=None)

    def due(self) -> list[TimerMessage]:
        """The messages that are due by now, the longest due first."""
        with self._lock:
            due = [running for running in self._running.values() if running[0] <= self._clock.now]
        return [message for _, message in sorted(due, key=lambda running: running[0])]

    def done(self, message: TimerMessage) -> None:
        """Say that the Pager has received `message`: until then it stays due."""
        with self._lock:
            del self._running[_place_of(message)]


_Place = tuple[str, int, int, bool]


def _place_of(message: TimerMessage) -> _Place:
    """A step has one place for its timeout, or Unreachable instead, and one for the expiry."""
    is_expiry = isinstance(message, AcknowledgementExpired)
    return message.service_id, message.incident, message.level, is_expiry
