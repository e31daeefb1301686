"""Ready-made schedules, so that a newcomer has one in a minute: people, and how they take turns."""

from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.adapters.web.console.on_call.calendar import first_day
from pager.adapters.web.console.on_call.local_days import local_text, shown
from pager.adapters.web.console.on_call.schedule_draft import RotationDraft, ScheduleDraft

NINE = timedelta(hours=9)


class Preset(NamedTuple):
    """A pattern of turns."""

    title: str
    rotations: tuple[RotationDraft, ...]
    """In one layer, without people and their first handover."""


PRESETS = {
    "weekly": Preset("Weekly, hand over Monday 09:00", (RotationDraft(name="Weekly"),)),
    "daily": Preset("Daily, hand over at 09:00", (RotationDraft(name="Daily", unit="days"),)),
    "weekdays": Preset(
        "Weekdays 09:00-17:00 only, another person each day",
        (RotationDraft(name="Weekdays", unit="days", when="weekdays"),),
    ),
    "halves": Preset(
        "Weekly, one for the weekdays 09:00-17:00 and one for nights and weekends",
        (
            RotationDraft(name="Office hours", when="weekdays"),
            RotationDraft(name="Nights and weekends", when="off-hours"),
        ),
    ),
    "two-lines": Preset(
        "Weekly, first and second line",
        (RotationDraft(name="First line"), RotationDraft(name="Second line")),
    ),
}


def preset_draft(name: str, time_zone: str, people: str, now: datetime) -> ScheduleDraft:
    """The schedule of that preset, in which the `people` take turns: one name on each line.

    Each of its rotations begins with another person. Raises KeyError.
    """
    starts = handover(time_zone, now)
    rotations = [one._replace(starts=starts, add=people).tidy for one in PRESETS[name].rotations]
    turned = (
        one._replace(participants=one.participants[number:] + one.participants[:number])
        for number, one in enumerate(rotations)
    )
    return ScheduleDraft(time_zone.strip(), (tuple(turned),))


def handover(time_zone: str, now: datetime) -> str:
    """The last Monday at 09:00, as a field has it: so whoever is first is on call at once."""
    try:
        local = shown(now, ZoneInfo(time_zone.strip()))
    except (ValueError, OSError, KeyError):  # there is no such zone: whoever saves that is told
        local = shown(now, ZoneInfo("UTC"))
    return local_text(datetime.combine(first_day((local - NINE).date()), time()) + NINE)
