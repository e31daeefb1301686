"""Login throttling: after some wrong passwords each further attempt has to wait longer."""

from datetime import timedelta
from typing import NamedTuple

FREE_ATTEMPTS = 5
"""So many passwords in a row may be wrong before there is a wait: people mistype."""

LONGEST_WAIT = timedelta(minutes=1)
"""A longer wait would not stop an attacker, and would keep out an owner with a new browser."""

FORGOTTEN_AFTER = timedelta(hours=1)
"""After so long without an attempt the count begins again, and its row may be deleted: an attacker
leaves a row for each name, and sometimes a password that was typed in the place of a name."""


class Attempt(NamedTuple):
    """Whether a password may be tried now."""

    wait: timedelta
    """How long to wait first; zero if the password may be tried now."""
    failures: int
    """How many passwords in a row count as wrong from now on: an attempt that need not wait counts
    as wrong until its password has proved to be right."""


def wait_after(failures: int) -> timedelta:
    """How long after so many wrong passwords in a row the next one may be tried."""
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_ATTEMPTS, 10)), LONGEST_WAIT)


def attempt(failures: int, since_last: timedelta) -> Attempt:
    """What becomes of an attempt, `since_last` after the last of so many failures in a row."""
    if since_last > FORGOTTEN_AFTER:
        failures = 0
    left = wait_after(failures) - since_last
    if left > timedelta(0):
        return Attempt(left, failures)
    return Attempt(timedelta(0), failures + 1)
