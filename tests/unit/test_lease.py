"""The lease of a claim: what it leaves time for."""

from datetime import timedelta

import pytest

from pager.lease import Lease

LEASE = Lease(timedelta(minutes=2))
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("left", "allowed"),
    [
        (LEASE.duration, True),
        (timedelta(minutes=1), True),
        (timedelta(minutes=1) - MOMENT, False),
        (timedelta(0), False),
        (-MOMENT, False),
    ],
    ids=str,
)
def test_a_send_begins_only_while_half_of_the_lease_is_left(
    left: timedelta, *, allowed: bool
) -> None:
    """Another relay could claim the same effect before a send that begins later has ended."""
    assert LEASE.allows_send(left) is allowed


def test_a_provider_is_waited_for_a_sixth_of_the_lease() -> None:
    """20 seconds of two minutes."""
    assert LEASE.first_timeout == timedelta(seconds=20)


@pytest.mark.parametrize("seconds", [1, 7, 120, 3600])
def test_a_send_that_was_begun_ends_within_the_lease(seconds: int) -> None:
    """In the first attempt, which waits twice; and there is time left to settle it."""
    lease = Lease(timedelta(seconds=seconds))
    last_start = lease.duration / 2
    assert lease.allows_send(last_start)
    assert 2 * lease.first_timeout < last_start
