"""How long somebody who guesses passwords has to wait."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.access.throttling import (
    FORGOTTEN_AFTER,
    FROM_ANYWHERE,
    FROM_ONE_NETWORK,
    Attempt,
    Throttle,
)

ZERO, SECOND = timedelta(0), timedelta(seconds=1)

THROTTLE = Throttle(free_attempts=5, longest_wait=timedelta(minutes=1))
attempt, wait_after = THROTTLE.attempt, THROTTLE.wait_after

failures_ = st.integers(0, 1_000_000)
durations = st.timedeltas(ZERO, timedelta(hours=2))


def test_each_wait_is_longer_up_to_the_longest() -> None:
    """From a second on, once the free attempts are used up."""
    waits = [wait_after(failures).total_seconds() for failures in range(5 + 8)]
    assert waits == [0.0] * 5 + [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


@given(failures_, failures_)
def test_more_failures_never_shorten_the_wait(fewer: int, more: int) -> None:
    """And no wait is longer than the longest."""
    fewer, more = sorted((fewer, more))
    assert ZERO <= wait_after(fewer) <= wait_after(more) <= THROTTLE.longest_wait


def test_five_attempts_are_free_and_each_counts() -> None:
    """The sixth has to wait."""
    assert [attempt(failures, ZERO) for failures in range(6)] == [
        Attempt(ZERO, 1),
        Attempt(ZERO, 2),
        Attempt(ZERO, 3),
        Attempt(ZERO, 4),
        Attempt(ZERO, 5),
        Attempt(SECOND, 5),
    ]


@pytest.mark.parametrize(
    ("since_last", "expected"),
    [
        (timedelta(seconds=3), Attempt(SECOND, 7)),
        (timedelta(seconds=4), Attempt(ZERO, 8)),
        (FORGOTTEN_AFTER, Attempt(ZERO, 8)),
        (FORGOTTEN_AFTER + SECOND, Attempt(ZERO, 1)),
    ],
)
def test_the_wait_goes_by_the_time_since_the_last_failure(
    since_last: timedelta, expected: Attempt
) -> None:
    """After an hour without an attempt all of them are forgotten."""
    assert attempt(7, since_last) == expected


@given(failures_, durations)
def test_an_attempt_after_the_wait_is_allowed(failures: int, since_last: timedelta) -> None:
    """An attempt before that has to wait for the rest; it does not count."""
    first = attempt(failures, since_last)
    if first.wait:
        assert first.failures == failures
        assert attempt(failures, since_last + first.wait).wait == ZERO
        assert attempt(failures, since_last + first.wait / 2).wait > ZERO
    else:
        assert first.failures in (failures + 1, 1)


@given(st.lists(st.timedeltas(ZERO, timedelta(minutes=2)), max_size=50))
def test_a_guesser_tries_no_more_than_the_waits_allow(pauses: list[timedelta]) -> None:
    """Whatever the rhythm: of attempts close together, five and then one for each wait."""
    failures, since_last, elapsed, tried = 0, ZERO, ZERO, 0
    for pause in pauses:
        since_last += pause
        elapsed += pause
        answer = attempt(failures, since_last)
        if not answer.wait:
            failures, since_last, tried = answer.failures, ZERO, tried + 1
    least = sum((wait_after(n) for n in range(tried)), ZERO)
    assert elapsed >= least


def test_the_owner_of_a_name_that_is_guessed_can_wait_for_a_turn() -> None:
    """Of two in one network who take turns, the second waits for less than ten seconds."""
    assert 2 * (FROM_ONE_NETWORK.longest_wait + FROM_ANYWHERE.longest_wait) <= 10 * SECOND
