"""How many test pages may be sent, and how long to wait for the next one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.access.rate_limits import (
    TEST_PAGES_IN_ALL,
    RateLimit,
    TooManyTestPages,
    check_test_page,
)

ADA, GRACE = "ada@example.com", "grace@example.com"
ZERO, MINUTE = timedelta(0), timedelta(minutes=1)


def seconds(*numbers: float) -> list[timedelta]:
    """Durations."""
    return [timedelta(seconds=number) for number in numbers]


@pytest.mark.parametrize(
    ("ages", "wait"),
    [
        ([], 0),
        ([10], 0),
        ([10, 20], 40),
        ([20, 10], 40),
        ([10, 20, 30], 40),
        ([10, 60], 0),
        ([10, 59.999], 0.001),
        ([0, 0], 60),
    ],
)
def test_there_may_be_another_once_enough_are_old(ages: list[float], wait: float) -> None:
    """Two a minute: the wait ends when the last but one is a minute old."""
    assert RateLimit(2, MINUTE).wait(seconds(*ages)) == timedelta(seconds=wait)


@given(st.integers(1, 5), st.lists(st.timedeltas(ZERO, timedelta(seconds=30)), max_size=60))
def test_no_window_ever_has_more_than_the_limit(most: int, pauses: list[timedelta]) -> None:
    """At whatever times one asks; and there is always one after the wait."""
    limit, now, taken = RateLimit(most, MINUTE), ZERO, list[timedelta]()
    for pause in pauses:
        now += pause
        wait = limit.wait(now - at for at in taken)
        if wait:
            assert limit.wait(now + wait - at for at in taken) == ZERO
        else:
            taken.append(now)
    for start in taken:
        assert len([at for at in taken if start <= at < start + MINUTE]) <= most


def test_a_target_gets_one_a_minute() -> None:
    """Who comes too early is told how many seconds are left, rounded up."""
    with pytest.raises(TooManyTestPages) as caught:
        check_test_page(ADA, [(ADA, timedelta(seconds=20, milliseconds=1))])
    assert caught.value.retry_after == timedelta(seconds=40)
    assert str(caught.value) == (
        "There may be 1 test page to a Target and 10 in all within 1 min: nothing was sent, "
        "try again in 40 s."
    )
    check_test_page(ADA, [(ADA, MINUTE)])
    check_test_page(ADA, [(GRACE, ZERO)])


def test_there_are_ten_a_minute_in_all() -> None:
    """To whichever Targets they are."""
    others = [
        (f"engineer-{n}@example.com", timedelta(seconds=n)) for n in range(TEST_PAGES_IN_ALL.most)
    ]
    check_test_page(ADA, others[1:])
    with pytest.raises(TooManyTestPages) as caught:
        check_test_page(ADA, others)
    assert caught.value.retry_after == timedelta(seconds=51)


def test_the_longer_wait_counts() -> None:
    """Where both limits are reached."""
    earlier = [(ADA, timedelta(seconds=5))]
    earlier += [(f"engineer-{n}@example.com", timedelta(seconds=50)) for n in range(9)]
    with pytest.raises(TooManyTestPages, match="in 55 s"):
        check_test_page(ADA, earlier)
