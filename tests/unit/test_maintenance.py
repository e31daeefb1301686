"""The rules of maintenance windows."""

from datetime import UTC, datetime, timedelta

import pytest

from pager.maintenance import (
    FURTHEST_START,
    LONGEST_WINDOW,
    BadWindow,
    Period,
    WindowOver,
    left,
    new_period,
)

NOW = datetime(2027, 1, 15, 3, tzinfo=UTC)
HOUR, MILLISECOND = timedelta(hours=1), timedelta(milliseconds=1)
IS_PAST = "The end is past: choose one that is to come."
TOO_LONG = "A window lasts 30 days at the most: choose an earlier end."
TOO_FAR = "A window can begin 365 days from now at the latest."


@pytest.mark.parametrize(
    ("starts_at", "end", "expected"),
    [
        (None, HOUR, Period(NOW, NOW + HOUR)),
        (None, NOW + HOUR, Period(NOW, NOW + HOUR)),
        (NOW + HOUR, HOUR, Period(NOW + HOUR, NOW + 2 * HOUR)),
        (NOW - HOUR, HOUR, Period(NOW, NOW + HOUR)),
        (NOW + FURTHEST_START, LONGEST_WINDOW, Period(NOW + FURTHEST_START, NOW + timedelta(395))),
    ],
)
def test_a_window_has_a_start_and_an_end(
    starts_at: datetime | None, end: datetime | timedelta, expected: Period
) -> None:
    """The end, or the length; one that would have begun before begins now."""
    assert new_period(NOW, starts_at, end) == expected


@pytest.mark.parametrize(
    ("starts_at", "end", "reason"),
    [
        (None, timedelta(0), IS_PAST),
        (None, timedelta.min, IS_PAST),
        (None, NOW, IS_PAST),
        (NOW + HOUR, NOW + HOUR, "The end is not after the start: choose a later end."),
        (None, LONGEST_WINDOW + MILLISECOND, TOO_LONG),
        (None, timedelta.max, TOO_LONG),
        (NOW + FURTHEST_START + MILLISECOND, HOUR, TOO_FAR),
        (datetime.max.replace(tzinfo=UTC), HOUR, TOO_FAR),
    ],
)
def test_a_bad_window_is_refused(
    starts_at: datetime | None, end: datetime | timedelta, reason: str
) -> None:
    """With a sentence that says what to write."""
    with pytest.raises(BadWindow) as refusal:
        new_period(NOW, starts_at, end)
    assert str(refusal.value) == reason


def test_an_alert_waits_from_the_start_until_just_before_the_end() -> None:
    """The end itself no longer belongs to the window."""
    window = Period(NOW, NOW + HOUR)
    assert left([window], NOW - MILLISECOND) is None
    assert left([window], NOW) == HOUR
    assert left([window], NOW + HOUR - MILLISECOND) == MILLISECOND
    assert left([window], NOW + HOUR) is None


def test_of_several_windows_the_last_end_counts() -> None:
    """Those that are not on count for nothing."""
    on = [Period(NOW, NOW + HOUR), Period(NOW - HOUR, NOW + 2 * HOUR)]
    others = [Period(NOW + HOUR, NOW + 5 * HOUR), Period(NOW - 2 * HOUR, NOW)]
    assert left([*on, *others], NOW) == 2 * HOUR
    assert left(others, NOW) is None


def test_a_window_can_be_ended_or_moved_while_it_is_not_over() -> None:
    """One that has not begun is cancelled."""
    window = Period(NOW, NOW + HOUR)
    assert window.ended(NOW + MILLISECOND) == Period(NOW, NOW + MILLISECOND)
    assert window.ended(NOW - HOUR) == Period(NOW - HOUR, NOW - HOUR)
    assert window.moved(NOW, NOW + 2 * HOUR) == Period(NOW, NOW + 2 * HOUR)
    with pytest.raises(WindowOver):
        window.ended(NOW + HOUR)
    with pytest.raises(WindowOver):
        window.moved(NOW + HOUR, NOW + 2 * HOUR)
    for end in (NOW, NOW - HOUR, NOW + LONGEST_WINDOW + MILLISECOND):
        with pytest.raises(BadWindow):
            window.moved(NOW, end)


@pytest.mark.parametrize(
    ("now", "starts_at", "end", "expected"),
    [
        (NOW - HOUR, None, HOUR, Period(NOW - HOUR, NOW)),
        (NOW - HOUR, NOW + HOUR, NOW + 2 * HOUR, Period(NOW + HOUR, NOW + 2 * HOUR)),
        (NOW + HOUR, None, HOUR, Period(NOW, NOW + 2 * HOUR)),
        (NOW + HOUR, NOW - HOUR, NOW + 3 * HOUR, Period(NOW, NOW + 3 * HOUR)),
        (NOW + HOUR, None, LONGEST_WINDOW, Period(NOW, NOW + LONGEST_WINDOW)),
    ],
)
def test_a_window_can_be_replaced(
    now: datetime, starts_at: datetime | None, end: datetime | timedelta, expected: Period
) -> None:
    """One that has not begun, as if it was new; one that is running keeps its start."""
    assert Period(NOW, NOW + 2 * HOUR).replaced(now, starts_at, end) == expected


def test_a_window_that_has_begun_begins_no_second_time() -> None:
    """Nor is one replaced that is over, or by one that is too long."""
    window = Period(NOW, NOW + 2 * HOUR)
    with pytest.raises(BadWindow) as refusal:
        window.replaced(NOW + HOUR, NOW + HOUR + MILLISECOND, HOUR)
    assert refusal.value.field == "starts_at"
    with pytest.raises(BadWindow):
        window.replaced(NOW + HOUR, None, NOW + LONGEST_WINDOW + MILLISECOND)
    with pytest.raises(WindowOver):
        window.replaced(NOW + 2 * HOUR, None, HOUR)
