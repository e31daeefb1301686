"""Moments: as people type them, and as sentences show them."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pager.errors import PagerError
from pager.oncall.local_time import moment_of
from pager.oncall.schedules import WEEKDAYS, YEARS

DAY = timedelta(days=1)

_days = {"yesterday": -DAY, "today": timedelta(0), "tomorrow": DAY}
_weekdays = {name: number for number, day in enumerate(WEEKDAYS) for name in (day, day[:3])}
_spoken = re.compile(
    rf"(?P<last>last )?(?P<day>{'|'.join([*_days, *_weekdays])})(?: at)? (?P<time>\d\d?:\d\d)"
)


class BadMoment(PagerError):
    """{text!r} is no moment. Good ones are "2027-01-24 03:00", "2027-01-24T03:00+01:00", \
"now", "tomorrow 03:00", "Sunday 03:00" (the next one) and "last Sunday 03:00"; a year is one \
between {first} and {last}."""

    def __init__(self, text: str) -> None:
        """`text` is what could not be read."""
        super().__init__(text=text, first=YEARS[0], last=YEARS[-1])


def is_now(text: str) -> bool:
    """Whether somebody has typed that they mean this moment."""
    return text.strip().lower() == "now"


def read_moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment that somebody has typed, in UTC; without an offset, it is a time of that zone.

    A local time that is skipped, or comes twice, is the moment that `local_time` says. Raises
    BadMoment.
    """
    typed = " ".join(text.split())
    try:
        moment = _read(typed, zone, now)
    except (ValueError, OverflowError) as error:
        raise BadMoment(text) from error
    if moment.year not in YEARS:
        raise BadMoment(text)
    return moment


def _read(typed: str, zone: ZoneInfo, now: datetime) -> datetime:
    if is_now(typed):
        return now.astimezone(UTC)
    if found := _spoken.fullmatch(typed.lower()):
        at = time.fromisoformat(found["time"].zfill(5))
        return _spoken_moment(found["day"], at, zone, now, is_last=bool(found["last"]))
    moment = datetime.fromisoformat(typed)
    return moment_of(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)


def _spoken_moment(day: str, at: time, zone: ZoneInfo, now: datetime, *, is_last: bool) -> datetime:
    today = now.astimezone(zone).date()
    if (weekday := _weekdays.get(day)) is None:
        return moment_of(datetime.combine(today + _days[day], at), zone)
    this = today + (weekday - today.weekday()) % 7 * DAY
    moment = moment_of(datetime.combine(this, at), zone)
    if is_last:
        is_over = moment < now
        return moment if is_over else moment_of(datetime.combine(this - 7 * DAY, at), zone)
    return moment if moment >= now else moment_of(datetime.combine(this + 7 * DAY, at), zone)


def as_typed(at: datetime, zone: ZoneInfo) -> str:
    """A moment as `read_moment` reads it, on the clock of that zone."""
    local = at.astimezone(zone)
    # With an offset only where the clock shows that time twice.
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return (local if is_twice else local.replace(tzinfo=None)).isoformat(sep=" ")


def shown(at: datetime, time_zone: str) -> str:
    """A moment as a sentence has it, on the clock of that zone: Sun 2027-01-24 03:00."""
    local = at.astimezone(ZoneInfo(time_zone))
    weekday = WEEKDAYS[local.weekday()][:3].title()
    seconds = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    again = " (the second time)" if local.fold else ""
    return f"{weekday} {local:%Y-%m-%d} {seconds}{again}"
