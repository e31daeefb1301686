"""Maintenance windows: the times at which a service may fail and nobody is notified.

The rules for the windows themselves. They are told the time; nothing here reads a clock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pager.errors import PagerError

LONGEST_WINDOW = timedelta(days=30)
LONGEST_REASON = 200
"""Characters."""
FURTHEST_START = timedelta(days=365)
"""How far ahead a window can be planned."""


class BadWindow(PagerError):
    """{reason}"""

    def __init__(self, reason: str, field: Literal["starts_at", "end"] = "end") -> None:
        """`reason` says what to write instead, in that `field`."""
        super().__init__(reason=reason)
        self.reason = reason
        self.field = field


class WindowOver(PagerError):
    """This maintenance window has ended: make a new one."""


class Period(NamedTuple):
    """From `starts_at` until `ends_at`, which no longer belongs to it."""

    starts_at: datetime
    ends_at: datetime

    def is_on(self, now: datetime) -> bool:
        """Whether an Alert at `now` notifies nobody."""
        return self.starts_at <= now < self.ends_at

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended, or was cancelled before it began."""
        return self.ends_at <= now

    def ended(self, now: datetime) -> "Period":
        """The same, ended at `now`; one that has not begun is cancelled: it has no length.

        Raises WindowOver.
        """
        if self.is_over(now):
            raise WindowOver
        return Period(min(self.starts_at, now), now)

    def moved(self, now: datetime, ends_at: datetime) -> "Period":
        """The same with another end, which is to come. Raises WindowOver and BadWindow."""
        if self.is_over(now):
            raise WindowOver
        return _checked(now, Period(self.starts_at, ends_at))

    def replaced(
        self, now: datetime, starts_at: datetime | None, end: datetime | timedelta
    ) -> "Period":
        """Another start and end, as for a new window. One that is running keeps its start.

        A length counts from now; one that is running ends after LONGEST_WINDOW at the latest.

        Raises WindowOver and BadWindow.
        """
        if self.is_over(now):
            raise WindowOver
        period = new_period(now, starts_at, end)
        if not self.is_on(now):
            return period
        if period.starts_at > now:
            raise BadWindow("The window has begun: end it, and make another one.", "starts_at")
        ends_at = period.ends_at
        if isinstance(end, timedelta):
            ends_at = min(ends_at, self.starts_at + LONGEST_WINDOW)
        return _checked(now, Period(self.starts_at, ends_at))


def new_period(now: datetime, starts_at: datetime | None, end: datetime | timedelta) -> Period:
    """The period of a new window; it begins at `now` where `starts_at` is None or past.

    `end` is the end, or the length. Raises BadWindow.
    """
    start = now if starts_at is None else max(starts_at, now)
    if start - now > FURTHEST_START:
        reason = f"A window can begin {FURTHEST_START.days} days from now at the latest."
        raise BadWindow(reason, "starts_at")
    if isinstance(end, timedelta):
        # Checked before it is added: there is a last moment that a datetime can be.
        end = start + min(max(end, timedelta(0)), LONGEST_WINDOW + timedelta(milliseconds=1))
    return _checked(now, Period(start, end))


def left(periods: Iterable[Period], now: datetime) -> timedelta | None:
    """How long a service with these windows is still in maintenance; None where it is in none.

    Where several are on, the one that ends last counts.
    """
    return max((period.ends_at - now for period in periods if period.is_on(now)), default=None)


def _checked(now: datetime, period: Period) -> Period:
    if period.ends_at <= now:
        raise BadWindow("The end is past: choose one that is to come.")
    if period.ends_at <= period.starts_at:
        raise BadWindow("The end is not after the start: choose a later end.")
    if period.ends_at - period.starts_at > LONGEST_WINDOW:
        raise BadWindow(
            f"A window lasts {LONGEST_WINDOW.days} days at the most: choose an earlier end."
        )
    return period
