"""The time-outs of the attempts at one page."""

from datetime import timedelta

import pytest

from pager.timeouts import LONGEST_TIMEOUT, timeouts

MINUTE = 60


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 20), (2, 40), (3, 80), (5, 320), (6, 600), (7, 600), (10**9, 600)]
)
def test_a_provider_that_does_not_have_the_page_yet_is_given_twice_as_long_each_time(
    attempt: int, seconds: int
) -> None:
    """Up to ten minutes, however often it was tried."""
    assert timeouts(attempt).hand_over == timedelta(seconds=seconds)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 20), (2, 600), (3, 600), (10**9, 600)])
def test_only_the_first_attempt_gives_up_early_on_an_answer(attempt: int, seconds: int) -> None:
    """Each attempt that gives up is one more copy for a server that is only slow."""
    assert timeouts(attempt).answer == timedelta(seconds=seconds)


@pytest.mark.parametrize("slow", [21, MINUTE, 5 * MINUTE, 10 * MINUTE])
def test_a_server_that_is_only_slow_to_accept_gets_two_copies(slow: int) -> None:
    """Whatever it takes, up to what RFC 5321 allows."""
    copies = 1
    while timeouts(copies).answer < timedelta(seconds=slow):
        copies += 1
    assert copies == 2


def test_a_server_that_is_only_slow_to_greet_gets_the_page_in_three_times_its_time() -> None:
    """What was given up before is less than twice as long as the attempt that succeeds."""
    greeting = timedelta(seconds=150)
    waited, attempt = timedelta(0), 1
    while (given := timeouts(attempt).hand_over) < greeting:
        waited, attempt = waited + given, attempt + 1
    assert waited < 2 * greeting


def test_the_first_time_out_may_be_any() -> None:
    """It is a part of the lease; the longest one is the RFC's, unless the first is longer."""
    second = timedelta(seconds=1)
    assert timeouts(1, second) == (second, second)
    assert timeouts(3, second) == (4 * second, LONGEST_TIMEOUT)
    hour = timedelta(hours=1)
    assert timeouts(1, hour) == timeouts(2, hour) == (hour, hour)
