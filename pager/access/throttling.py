"""Login throttling: after some wrong passwords each further attempt has to wait longer.

Wrong passwords of a name are counted for each network that they come from, and for all together.
Somebody who guesses takes the attempts of one network only, and a wait is short enough for the
owner, who may be in the same network, to wait for a turn.
"""

from datetime import timedelta
from typing import NamedTuple

FORGOTTEN_AFTER = timedelta(hours=1)
"""After so long without an attempt the count begins again, and its row may be deleted: an attacker
leaves rows for each name."""


class Attempt(NamedTuple):
    """Whether a password may be tried now."""

    wait: timedelta
    """How long to wait first; zero if the password may be tried now."""
    failures: int
    """How many passwords in a row count as wrong from now on: an attempt that need not wait counts
    as wrong until its password has proved to be right."""


class Throttle(NamedTuple):
    """How often passwords may be tried."""

    free_attempts: int
    """So many passwords in a row may be wrong before there is a wait: people mistype."""
    longest_wait: timedelta

    def wait_after(self, failures: int) -> timedelta:
        """How long after so many wrong passwords in a row the next one may be tried."""
        if failures < self.free_attempts:
            return timedelta(0)
        doubled = timedelta(seconds=2 ** min(failures - self.free_attempts, 10))
        return min(doubled, self.longest_wait)

    def attempt(self, failures: int, since_last: timedelta) -> Attempt:
        """What becomes of an attempt, `since_last` after the last of so many failures in a row."""
        if since_last > FORGOTTEN_AFTER:
            failures = 0
        left = self.wait_after(failures) - since_last
        if left > timedelta(0):
            return Attempt(left, failures)
        return Attempt(timedelta(0), failures + 1)


FROM_ONE_NETWORK = Throttle(free_attempts=5, longest_wait=timedelta(seconds=4))
"""For the passwords of a name that one network, or one browser that its owner knows, tries."""

FROM_ANYWHERE = Throttle(free_attempts=100, longest_wait=timedelta(seconds=1))
"""For the passwords of a name that all networks try: an attacker may have many."""
