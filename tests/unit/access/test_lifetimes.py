"""When sessions end, and when their use is noted."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.access.lifetimes import is_use_to_be_noted, session_is_over

DAY, MOMENT = timedelta(days=1), timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("since_begun", "since_used", "over"),
    [
        (3 * DAY, 3 * DAY - MOMENT, False),
        (3 * DAY, 3 * DAY, True),
        (14 * DAY - MOMENT, timedelta(0), False),
        (14 * DAY, timedelta(0), True),
    ],
)
def test_a_session_ends_three_days_after_its_last_use_and_after_fourteen_days(
    since_begun: timedelta, since_used: timedelta, *, over: bool
) -> None:
    """Whichever is first."""
    assert session_is_over(since_begun, since_used) is over


@given(*[st.timedeltas(timedelta(0), 20 * DAY)] * 3)
def test_a_session_that_is_over_stays_over(
    since_begun: timedelta, since_used: timedelta, later: timedelta
) -> None:
    """However much time goes by."""
    if session_is_over(since_begun, since_used):
        assert session_is_over(since_begun + later, since_used + later)


@pytest.mark.parametrize(
    ("since_noted", "noted"),
    [
        (None, True),
        (timedelta(0), False),
        (timedelta(minutes=1) - MOMENT, False),
        (timedelta(minutes=1), True),
        (DAY, True),
    ],
)
def test_a_use_is_noted_once_a_minute(since_noted: timedelta | None, *, noted: bool) -> None:
    """The first one at once."""
    assert is_use_to_be_noted(since_noted) is noted
