"""Wakes the worker of a channel when something was committed for it."""

import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import get_args

from pager.messages import Channel, Effect


class Wakeup:
    """Wakes the worker of one channel."""

    def __init__(self) -> None:
        """Nobody has been woken yet."""
        self._condition = threading.Condition()
        self.count = 0
        """How often `wake` was called."""

    def wake(self) -> None:
        """Wake the worker that waits; a busy one looks for work again before it waits."""
        with self._condition:
            self.count += 1
            self._condition.notify()

    def wait(self, count: int, longest: timedelta) -> None:
        """Wait until `wake` was called more than `count` times, but no longer than `longest`.

        A worker reads `count` before it looks for work: what is committed meanwhile is not missed.
        """
        with self._condition:
            self._condition.wait_for(lambda: self.count > count, longest.total_seconds())


class Wakeups:
    """One wakeup for each channel, and one for whoever verifies."""

    def __init__(self) -> None:
        """Nobody has been woken yet."""
        self._wakeups: dict[Channel, Wakeup] = {channel: Wakeup() for channel in get_args(Channel)}
        self.verification = Wakeup()
        """Wakes the worker that verifies what has to hold."""

    def of(self, channel: Channel) -> Wakeup:
        """The wakeup of `channel`."""
        return self._wakeups[channel]

    def wake_for(self, effects: Iterable[Effect]) -> None:
        """Wake the worker of each channel that has one of these to carry out."""
        for channel in {effect.channel for effect in effects}:
            self._wakeups[channel].wake()

    def wake_all(self) -> None:
        """Wake every worker, whatever there is to do."""
        for wakeup in (*self._wakeups.values(), self.verification):
            wakeup.wake()
