"""What stands in a calendar feed: the shifts of a person, or the shifts and gaps of a schedule.

A calendar program reads a feed again and again, and knows an event by its UID. So an event keeps
its UID while its start stays: whoever stands in changes the event, and makes no second one. The
feed as a whole stays the same for a day, unless somebody edits a schedule.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from pager.oncall.horizon import horizon_of_all
from pager.oncall.schedules import Schedule
from pager.oncall.shifts import gaps, shifts
from pager.oncall.week import DAY

BACK = timedelta(days=30)
AHEAD = timedelta(days=396)
"""Thirteen months; less where there are many short turns."""
MOST_EVENTS = 1_000
"""Of a feed: those that come first. Programs read a feed each hour or so."""


class DatedSchedule(NamedTuple):
    """A schedule, and its last edit."""

    schedule: Schedule
    version: int
    edited_at: datetime


class FeedEvent(NamedTuple):
    """An event of a feed."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    """The first moment that no longer belongs to it."""
    summary: str
    schedule: DatedSchedule


class Window(NamedTuple):
    """From when until when a feed has events."""

    start: datetime
    end: datetime


class Feed(NamedTuple):
    """A feed: its title, and its events, of which the earliest comes first."""

    title: str
    events: Sequence[FeedEvent]


def window_at(now: datetime, among: Iterable[Schedule] = ()) -> Window:
    """The window of a feed of these schedules that is read at that moment: whole days in UTC."""
    today = datetime.combine(now.astimezone(UTC), time(), UTC)
    length = horizon_of_all(among, BACK + AHEAD)
    back = min(BACK, length // 4 // DAY * DAY)
    return Window(today - back, today - back + length)


def feed_of_schedule(dated: DatedSchedule, window: Window) -> Feed:
    """Who is on call in a schedule, and when nobody is."""
    name = dated.schedule.name
    on_call = (
        (shift.starts_at, shift.ends_at, ", ".join(shift.people))
        for shift in shifts(dated.schedule, *window)
    )
    nobody = ((*gap, f"Nobody is on call in {name}") for gap in gaps(dated.schedule, *window))
    events = (
        FeedEvent(_uid(window, start, "schedule", name), start, end, summary, dated)
        for start, end, summary in chain(on_call, nobody)
    )
    return Feed(f"On call: {name}", _first(events))


def feed_of_person(name: str, among: Iterable[DatedSchedule], window: Window) -> Feed:
    """When that person is on call, in each of these schedules."""
    events = (
        FeedEvent(
            _uid(window, start, "person", name, dated.schedule.name),
            start,
            end,
            f"On call: {dated.schedule.name}",
            dated,
        )
        for dated in among
        for start, end in _stretches_of(name, dated.schedule, window)
    )
    return Feed(f"On call: {name}", _first(events))


def _stretches_of(
    name: str, schedule: Schedule, window: Window
) -> Sequence[tuple[datetime, datetime]]:
    """From when until when that person is on call, whoever else is beside them."""
    stretches: list[tuple[datetime, datetime]] = []
    for shift in shifts(schedule, *window):
        if name in shift.people:
            goes_on = bool(stretches) and stretches[-1][1] == shift.starts_at
            start = stretches.pop()[0] if goes_on else shift.starts_at
            stretches.append((start, shift.ends_at))
    return stretches


def _uid(window: Window, start: datetime, *feed: str) -> str:
    # What began before the window is cut off at another moment each day.
    since = "earlier" if start == window.start else start.isoformat()
    return str(uuid5(NAMESPACE_URL, "\n".join((*feed, since))))


def _first(events: Iterable[FeedEvent]) -> Sequence[FeedEvent]:
    return sorted(events, key=lambda event: (event.starts_at, event.summary))[:MOST_EVENTS]
