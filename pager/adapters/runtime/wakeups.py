"""Wakes workers when something was committed: as many as there is work for."""

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import get_args

from pager.messages import Channel, Effect

CLAIMED_AT_ONCE = 8
"""How many effects one worker claims at a time."""


class Wakeup:
    """Wakes the workers of one channel."""

    def __init__(self) -> None:
        """Nobody has been woken yet."""
        self._condition = threading.Condition()
        self.count = 0
        """How often `wake` was called."""

    def wake(self, workers: int) -> None:
        """Wake so many waiting workers; a busy one looks for work again before it waits."""
        with self._condition:
            self.count += 1
            self._condition.notify(workers)

    def wait(self, count: int, longest: timedelta) -> None:
        """Wait until `wake` was called more than `count` times, but no longer than `longest`.

        A worker reads `count` before it looks for work: what is committed meanwhile is not missed.
        """
        with self._condition:
            self._condition.wait_for(lambda: self.count > count, longest.total_seconds())


class Wakeups:
    """One wakeup for each channel."""

    def __init__(self) -> None:
        """Nobody has been woken yet."""
        self._wakeups: dict[Channel, Wakeup] = {channel: Wakeup() for channel in get_args(Channel)}

    def of(self, channel: Channel) -> Wakeup:
        """The wakeup of `channel`."""
        return self._wakeups[channel]

    def wake_for(self, effects: Iterable[Effect]) -> None:
        """Wake as many workers as it takes to carry these out, so that they do not compete."""
        for channel, count in Counter(effect.channel for effect in effects).items():
            self._wakeups[channel].wake(-(-count // CLAIMED_AT_ONCE))

    def wake_all(self, workers: int) -> None:
        """Wake up to so many workers of each channel, whatever there is to do."""
        for wakeup in self._wakeups.values():
            wakeup.wake(workers)
