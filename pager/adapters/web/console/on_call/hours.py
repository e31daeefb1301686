"""The hours to which a rotation is restricted, as people write them: Mon-Fri 09:00-17:00."""

import re
from collections.abc import Sequence
from datetime import time

from pager.errors import PagerError
from pager.oncall.schedules import WEEKDAYS, Hours, Restriction, Weekday, WeekSpan

ALWAYS, OWN = "always", "own"

CHOICES = {
    ALWAYS: "Always",
    "weekdays": "Weekdays 09:00-17:00",
    "nights": "Nights 17:00-09:00",
    "off-hours": "Nights and weekends",
    OWN: "Own hours",
}
"""What people choose from, with a name each."""

_WORKDAYS = WEEKDAYS[:5]
_NINE, _FIVE = time(9), time(17)

PRESETS: dict[str, tuple[Restriction, ...]] = {
    ALWAYS: (),
    "weekdays": (Hours(weekdays=_WORKDAYS, starts=_NINE, ends=_FIVE),),
    "nights": (Hours(weekdays=WEEKDAYS, starts=_FIVE, ends=_NINE),),
    "off-hours": (
        Hours(weekdays=WEEKDAYS[:4], starts=_FIVE, ends=_NINE),
        WeekSpan(from_weekday="friday", starts=_FIVE, until_weekday="monday", ends=_NINE),
    ),
}
"""The restrictions of each choice but the own ones."""

_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_TIME = r"([0-9]{1,2}:[0-9]{2})"
_TO = " *(?:-|\N{EN DASH}|to|until) *"
_HOURS = re.compile(rf"(every day|daily|{_DAY}(?:(?: *, *|{_TO}){_DAY})*) +{_TIME}{_TO}{_TIME}")
_SPAN = re.compile(rf"({_DAY}) +{_TIME}{_TO}({_DAY}) +{_TIME}")


class BadHours(PagerError):
    """“{text}” is not understood. Write it such as Mon-Fri 09:00-17:00, or Fri 18:00 to Mon \
09:00."""

    def __init__(self, text: str) -> None:
        """`text` is one line."""
        super().__init__(text=text)


def hours_in_words(restriction: Restriction) -> str:
    """One restriction, as `read_hours` reads it."""
    match restriction:
        case Hours():
            return (
                f"{_days_in_words(restriction.weekdays)} "
                f"{restriction.starts:%H:%M}-{restriction.ends:%H:%M}"
            )
        case WeekSpan():
            return (
                f"{_short(restriction.from_weekday)} {restriction.starts:%H:%M} to "
                f"{_short(restriction.until_weekday)} {restriction.ends:%H:%M}"
            )


def all_hours_in_words(restrictions: Sequence[Restriction]) -> str:
    """All of them in one line."""
    return ", ".join(map(hours_in_words, restrictions)) or "always"


def choice_of(restrictions: Sequence[Restriction]) -> str:
    """The choice that means these restrictions."""
    return next((name for name, one in PRESETS.items() if one == tuple(restrictions)), OWN)


def read_hours(text: str) -> Restriction:
    """The restriction that one line means. Raises BadHours."""
    line = " ".join(text.lower().split())
    try:
        if found := _HOURS.fullmatch(line):
            days, starts, ends = found.groups()
            return Hours(weekdays=_read_days(days), starts=_at(starts), ends=_at(ends))
        if found := _SPAN.fullmatch(line):
            since, starts, until, ends = found.groups()
            return WeekSpan(
                from_weekday=_weekday(since),
                starts=_at(starts),
                until_weekday=_weekday(until),
                ends=_at(ends),
            )
    except ValueError as error:  # such as 25:00
        raise BadHours(text) from error
    raise BadHours(text)


def _read_days(text: str) -> tuple[Weekday, ...]:
    if text in {"every day", "daily"}:
        return WEEKDAYS
    days: set[Weekday] = set()
    for part in re.split(" *, *", text):
        first, *last = map(_weekday, re.findall(_DAY, part))
        start = WEEKDAYS.index(first)
        end = WEEKDAYS.index(last[-1]) if last else start
        days |= {WEEKDAYS[number % 7] for number in range(start, end + 1 + 7 * (end < start))}
    return tuple(day for day in WEEKDAYS if day in days)


def _weekday(text: str) -> Weekday:
    return next(day for day in WEEKDAYS if day.startswith(text[:3]))


def _at(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))


def _days_in_words(days: Sequence[Weekday]) -> str:
    if set(days) == set(WEEKDAYS):
        return "Every day"
    numbers = sorted(map(WEEKDAYS.index, days))
    first, *between, last = numbers if len(numbers) > 1 else (*numbers, *numbers)
    if between and last - first == len(numbers) - 1:
        return f"{_short(WEEKDAYS[first])}-{_short(WEEKDAYS[last])}"
    return ", ".join(_short(WEEKDAYS[number]) for number in numbers)


def _short(day: Weekday) -> str:
    return day[:3].capitalize()
