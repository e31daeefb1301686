"""How long a gateway waits for its provider: longer with each attempt at the same page.

A provider may be slow and still deliver, so giving up early has a price. Before it has the page,
the price is a delay: the time-out begins short, so that a connection that is dead is given up soon,
and doubles with each attempt. Once it has the page, the price is a second page: only the first
attempt gives up early, and each later one waits for the answer as long as RFC 5321 asks for. So a
provider that is only slow delivers two copies at most.
"""

from datetime import timedelta
from typing import NamedTuple

FIRST_TIMEOUT = timedelta(seconds=20)

LONGEST_TIMEOUT = timedelta(minutes=10)
"""RFC 5321, 4.5.3.2.6: a mail server may take so long to accept a message."""


class Timeouts(NamedTuple):
    """How long a gateway waits for its provider, in one attempt."""

    hand_over: timedelta
    """Until the provider is ready to take the page: to connect, to log in, and all that."""
    answer: timedelta
    """From then on, until it has said whether it accepts the page."""


def timeouts(attempt: int, first: timedelta = FIRST_TIMEOUT) -> Timeouts:
    """The time-outs of an `attempt`, counted from 1; those of the first one are `first` long."""
    longest = max(first, LONGEST_TIMEOUT)
    hand_over = min(longest, first * 2 ** min(attempt - 1, 16))
    return Timeouts(hand_over, answer=first if attempt == 1 else longest)
