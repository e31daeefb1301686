"""When it is, as a scenario says it: the next Sunday at 03:00, every one of them, or a date."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pager.oncall.schedules import WEEKDAYS
from pager.testing.expect import Unmet
from pager.verify import THIRTEEN_MONTHS

YEARS = range(2000, 2200)
"""Those that can be looked at: the rules of time zones say little of others."""
DAYS = [weekday.title() for weekday in WEEKDAYS]
_day = "|".join(DAYS)
MOMENT = r".*\b\d?\d(?::\d\d| ?[ap]\.?m\b).*"
"""Whatever has a time of day: what is wrong with it is said when it is read."""
_exact = (
    rf"(?:(?:{_day})|any (?:{_day}|day) at|\d{{4}}-\d\d-\d\d) \d\d:\d\d"
    r" in [A-Z][\w+-]*(?:/[\w+-]+)*"
)
_nearly = re.compile(
    rf"(?:on )?(any |every |each |a )?({_day}|day|weekday|weekend)? ?"
    r"(?:at )?(\d?\d)(?::(\d\d))? ?(?:([ap])\.?m\.?)?(?: in (\S+))?",
    re.IGNORECASE,
)
_NAMED = {"weekday": "Monday", "weekend": "Sunday"}
"""Several days have no name of their own here: one of them is an example."""
_parts = re.compile(r"(any )?(\S+) (?:at )?(\d\d:\d\d) in (\S+)")


class Spoken(NamedTuple):
    """What a scenario says."""

    day: str
    """A weekday, `day` for each of them, or a date."""
    at: time
    zone: ZoneInfo
    is_any: bool
    """Whether each of them is meant."""

    def moments(self, start: datetime) -> list[datetime]:
        """The next one from `start` on, or each of thirteen months.

        One that the clocks skip when they are put forward is left out; of one that comes twice, the
        first counts. Raises Unmet where there is none.
        """
        found = _first(self, start, None if self.is_any else 1)
        if not found:
            raise Unmet(f"There is no {self.at:%H:%M} on {self.day} in {self.zone.key}.")
        return list(found)

    def candidates(self, start: datetime) -> Iterator[datetime]:
        """Each of them, one after the other."""
        for local_day in self._days(start.astimezone(self.zone).date()):
            local = datetime.combine(local_day, self.at, self.zone)
            exists = local.astimezone(UTC).astimezone(self.zone).replace(fold=0) == local
            if exists and (self.day not in {"day", *DAYS} or local >= start):
                yield local

    def _days(self, first: date) -> Iterator[date]:
        if self.day not in {"day", *DAYS}:
            yield date.fromisoformat(self.day)
            return
        days = (first + timedelta(days=number) for number in range(THIRTEEN_MONTHS.days))
        yield from (day for day in days if self.day in {"day", DAYS[day.weekday()]})


@lru_cache(maxsize=16)  # a scenario is run at each of them, and asks for all each time
def _first(spoken: Spoken, start: datetime, count: int | None) -> tuple[datetime, ...]:
    return tuple(islice(spoken.candidates(start), count))


def read_moment(text: str) -> Spoken:
    """Sunday 03:00 in Europe/Paris (the next one); any Sunday at 03:00 in Europe/Paris (each of the
    next thirteen months); any day at 03:00 in Europe/Paris; 2027-03-28 03:00 in Europe/Paris
    """
    found = _parts.fullmatch(text)
    if found is None or not re.fullmatch(_exact, text):
        raise Unmet(f"“{text}” is no moment. Write “it is {_meant(text)}”.")
    is_any, day, at, zone = found.groups()
    try:
        if day not in {"day", *DAYS} and date.fromisoformat(day).year not in YEARS:
            raise Unmet(f"“{day}” is in no year from {YEARS[0]} to {YEARS[-1]}.")
        return Spoken(day, time.fromisoformat(at), ZoneInfo(zone), bool(is_any))
    except ValueError:
        raise Unmet(f"“{text}” is no moment: there is no such day, or no such time.") from None
    except (ZoneInfoNotFoundError, OSError):  # Europe alone is a folder
        raise Unmet(f"“{zone}” is no time zone. One is {_zone_like(zone)}.") from None


def _meant(text: str) -> str:
    """What comes nearest to `text`, as it has to be written."""
    found = _nearly.fullmatch(text)
    if found is None or not _is_time(found):
        return "Sunday 03:00 in Europe/Paris” or “it is any day at 03:00 in Europe/Paris"
    is_any, day, hour, minute, half, zone = found.groups()
    at = f"{_hour(int(hour), half):02}:{minute or '00'}"
    name = "day" if day is None or day.lower() == "day" else _NAMED.get(day.lower(), day.title())
    each = f"any {name} at" if is_any or name == "day" else name
    return f"{each} {at} in {zone if zone in available_timezones() else 'Europe/Paris'}"


def _is_time(found: re.Match[str]) -> bool:
    return int(found[3]) < 24 and int(found[4] or 0) < 60


def _hour(hour: int, half: str | None) -> int:
    """The hour of the day; `half` is the a of am, or the p of pm."""
    if half is None:
        return hour
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _zone_like(zone: str) -> str:
    """The time zone whose name is nearest, if need be by its city alone."""
    known = sorted(name for name in available_timezones() if "/" in name)
    of_city = [name for name in known if name.casefold().endswith(f"/{zone.casefold()}")]
    return [*of_city, *get_close_matches(zone, known, 1), "Europe/Paris"][0]


def in_words(moment: datetime) -> str:
    """As in `Sunday 2027-03-28 03:00 in Europe/Paris`."""
    assert isinstance(moment.tzinfo, ZoneInfo)
    return f"{DAYS[moment.weekday()]} {moment:%Y-%m-%d %H:%M} in {moment.tzinfo.key}"
