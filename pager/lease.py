"""The lease of a claim: how long a relay holds an effect, and when it may still begin to send it.

A relay begins a send only while half of the lease is left. The first attempt at a page waits for
its provider for a sixth of it, twice: so it ends, and is settled, before another relay may claim
the same effect. Later attempts may take longer than a lease: their node renews it.
"""

from datetime import timedelta
from typing import NamedTuple


class Lease(NamedTuple):
    """How long a relay has for what it claims at once."""

    duration: timedelta

    def allows_send(self, left: timedelta) -> bool:
        """Whether a send may begin when `left` is what is left of the lease."""
        return left >= self.duration / 2

    @property
    def first_timeout(self) -> timedelta:
        """How long the first attempt at a page waits for its provider (`pager.timeouts`)."""
        return self.duration / 6
