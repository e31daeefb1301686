"""A bell between threads."""

import threading
from datetime import timedelta


class Bell:
    """Wakes the workers when something was committed for them."""

    def __init__(self) -> None:
        """Silent."""
        self._condition = threading.Condition()
        self.rings = 0

    def ring(self) -> None:
        """Wake whoever waits."""
        with self._condition:
            self.rings += 1
            self._condition.notify_all()

    def wait(self, heard: int, longest: timedelta) -> None:
        """Wait for a ring after the first `heard` ones, and no longer than `longest`."""
        with self._condition:
            self._condition.wait_for(lambda: self.rings > heard, longest.total_seconds())
