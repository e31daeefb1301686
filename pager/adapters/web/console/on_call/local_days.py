"""Days and times of a time zone, as people read them: when a day begins, when its clock jumps.

A day lasts from its midnight to the next one: 23 or 25 hours, for instance, where the clock jumps.
"""

from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.oncall.local_time import SMALLEST, change_of_clock, moment_of
from pager.oncall.week import DAY


class ClockChange(NamedTuple):
    """The clock of a zone jumps."""

    before: datetime
    """What it shows when it jumps."""
    after: datetime
    """What it shows instead."""

    @property
    def in_words(self) -> str:
        """What that means for whoever reads the times of that day."""
        old, new = f"{self.before:%H:%M}", f"{self.after:%H:%M}"
        if self.after > self.before:
            return f"The clock goes from {old} to {new}: the time between does not exist."
        return f"The clock goes back from {old} to {new}: the time between comes twice."


def shown(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows at that moment."""
    return at.astimezone(zone).replace(tzinfo=None)


def clock(at: datetime, zone: ZoneInfo) -> str:
    """What the clock on the wall shows: 09:00, with the seconds where there are any."""
    local = shown(at, zone)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def local_text(local: datetime) -> str:
    """A date and a time as a browser's field has them."""
    return f"{local:%Y-%m-%dT%H:%M}"


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which that day begins, in UTC."""
    return moment_of(datetime.combine(day, time()), zone)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day that it is at that moment."""
    return at.astimezone(zone).date()


def clock_change(day: date, zone: ZoneInfo) -> ClockChange | None:
    """The jump of the clock on that day; None where there is none."""
    start, end = start_of(day, zone), start_of(day + DAY, zone)
    if start.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset():
        return None
    jump = change_of_clock(start, end, zone)
    return ClockChange(shown(jump - SMALLEST, zone) + SMALLEST, shown(jump, zone))
