"""Times of a schedule's zone as people say them: the day only where it is another one."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.adapters.web.console.on_call.local_days import clock, day_of, local_text, shown

FOR_EVER = timedelta(days=90)
"""Whoever is on call for that long is so for good, as far as anybody says it."""

DAYS_BY_NAME = 7
"""For so many days the name of a day is enough."""


class ZoneTimes(NamedTuple):
    """How moments are called, seen from `now`."""

    zone: ZoneInfo
    now: datetime

    def when(self, at: datetime) -> str:
        """A moment: 09:00 for one of today, Mon 09:00, or Mon 18 Jan, 09:00."""
        day = self.day(day_of(at, self.zone))
        return f"{day} {clock(at, self.zone)}".strip()

    def span(self, start: datetime, end: datetime) -> str:
        """From one moment to another; the day is said once where it is the same."""
        if end - self.now >= FOR_EVER:
            return "from now on" if start <= self.now else f"from {self.when(start)} on"
        if start == self.now:
            return f"now, until {self.when(end)}"
        is_one_day = day_of(start, self.zone) == day_of(end, self.zone)
        ends = clock(end, self.zone) if is_one_day else self.when(end)
        return f"{self.when(start)} to {ends}"

    def clock(self, at: datetime) -> str:
        """The time of day: 09:00."""
        return clock(at, self.zone)

    def local(self, at: datetime) -> str:
        """A moment as a browser's field has it."""
        return local_text(shown(at, self.zone))

    def day(self, day: date) -> str:
        """The name of a day, and its date where it is far; "" for today."""
        today = day_of(self.now, self.zone)
        if day == today:
            return ""
        if 0 < (day - today).days < DAYS_BY_NAME:
            return f"{day:%a}"
        year = "" if day.year == today.year else f" {day.year}"
        return f"{day:%a} {day.day} {day:%b}{year},"
