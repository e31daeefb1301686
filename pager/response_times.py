"""MTTA and MTTR: how long incidents wait for an answer, and how long they last.

The time to acknowledge is from the first Alert to the first Acknowledgement; the time to resolve is
from the first Alert to the end. An incident that was never acknowledged has no time to acknowledge:
it is left out, and counted, so that nobody takes silence for speed. One that still runs has no time
to resolve: it is left out, and counted. Times are whole seconds, rounded down. A time below zero
(the clock of the database was set back) counts as zero.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple


class IncidentTimes(NamedTuple):
    """When an incident began, was acknowledged for the first time, and ended."""

    begun_at: datetime
    acknowledged_at: datetime | None
    """None where nobody acknowledged it (yet)."""
    ended_at: datetime | None
    """None while it runs."""


class Figure(NamedTuple):
    """How long something took in some incidents."""

    incidents: int
    """How many were measured, 1 at the least."""
    median: timedelta
    mean: timedelta


class ResponseTimes(NamedTuple):
    """The figures of some incidents."""

    incidents: int
    to_acknowledge: Figure | None
    """MTTA; None where none of them was acknowledged."""
    to_resolve: Figure | None
    """MTTR; None where none of them is over."""
    never_acknowledged: int
    """Over, and nobody had acknowledged."""
    running: int
    """Not over."""


def response_times(incidents: Iterable[IncidentTimes]) -> ResponseTimes:
    """The figures of these incidents."""
    known = list(incidents)
    return ResponseTimes(
        incidents=len(known),
        to_acknowledge=figure(
            Counter(
                _seconds(each.acknowledged_at - each.begun_at)
                for each in known
                if each.acknowledged_at
            )
        ),
        to_resolve=figure(
            Counter(_seconds(each.ended_at - each.begun_at) for each in known if each.ended_at)
        ),
        never_acknowledged=sum(
            each.acknowledged_at is None and each.ended_at is not None for each in known
        ),
        running=sum(each.ended_at is None for each in known),
    )


def _seconds(duration: timedelta) -> int:
    return max(0, duration // timedelta(seconds=1))


def figure(seconds: Mapping[int, int]) -> Figure | None:
    """The median and the mean, where `seconds` has how many incidents took so long."""
    number = sum(seconds.values())
    if not number:
        return None
    middle = [_place(seconds, place) for place in ((number - 1) // 2, number // 2)]
    total = sum(each * count for each, count in seconds.items())
    return Figure(
        incidents=number,
        median=timedelta(seconds=sum(middle) / 2),
        mean=timedelta(seconds=total / number),
    )


def _place(seconds: Mapping[int, int], place: int) -> int:
    """What stands at that place, counted from 0, if each is written down in order."""
    in_order = sorted(seconds)
    up_to_each = list(accumulate(seconds[each] for each in in_order))
    return in_order[bisect_right(up_to_each, place)]
