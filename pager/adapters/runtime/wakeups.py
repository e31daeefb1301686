"""Wakeups between threads: what was committed wakes as many workers as there is work for."""

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import get_args

from pager.messages import Channel, Effect

CLAIMED_AT_ONCE = 8
"""How many effects a worker takes at a time, so how many are work for one."""


class Wakeup:
    """Wakes the workers of one channel."""

    def __init__(self) -> None:
        """Silent."""
        self._condition = threading.Condition()
        self.rings = 0

    def ring(self, workers: int) -> None:
        """Wake so many of those who wait; whoever is busy hears it before the next wait."""
        with self._condition:
            self.rings += 1
            self._condition.notify(workers)

    def wait(self, heard: int, longest: timedelta) -> None:
        """Wait for a ring after the first `heard` ones, and no longer than `longest`."""
        with self._condition:
            self._condition.wait_for(lambda: self.rings > heard, longest.total_seconds())


class Wakeups:
    """One wakeup for each channel."""

    def __init__(self) -> None:
        """All silent."""
        self._wakeups: dict[Channel, Wakeup] = {channel: Wakeup() for channel in get_args(Channel)}

    def of(self, channel: Channel) -> Wakeup:
        """The wakeup of `channel`."""
        return self._wakeups[channel]

    def wake_for(self, effects: Iterable[Effect]) -> None:
        """Wake workers to carry these out: not all of them, who would get in each other's way."""
        for channel, count in Counter(effect.channel for effect in effects).items():
            self._wakeups[channel].ring(-(-count // CLAIMED_AT_ONCE))

    def wake_all(self, workers: int) -> None:
        """Wake up to so many workers of each channel, whatever there is to do."""
        for wakeup in self._wakeups.values():
            wakeup.ring(workers)
