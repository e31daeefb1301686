"""Whose turn it is in one rotation.

A turn that has none of the hours of the restrictions is nobody's, and does not count: whoever is
next has the turn after it. So everybody of a rotation serves the same number of turns, or one less,
under any restrictions. (In a daily rotation of fourteen people for Monday to Friday, where the days
of the weekend count as well, four people would never serve.)

Turns and hours are on the clock on the wall, where each day has 24 hours; `local_time` says which
moments these are.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from math import gcd
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.oncall.local_time import local_time, moment_of
from pager.oncall.schedules import HOUR, Rotation
from pager.oncall.week import WEEK, Window, in_week, next_edge, windows


class Stint(NamedTuple):
    """Who serves, or that nobody does."""

    person: str | None
    until: datetime | None
    """A later local time: until then nothing changes. None where it stays so for ever."""


class Turns:
    """The turns of a rotation, ready to be looked up. Rotations that are equal share one."""

    def __init__(self, rotation: Rotation) -> None:
        self._rotation = rotation
        self._windows = windows(rotation.restrictions)
        self._served = _served(in_week(rotation.starts), rotation.shift_length, self._windows)

    def at(self, local: datetime) -> Stint:
        """Who serves at that local time."""
        rotation = self._rotation
        if local < rotation.starts:
            return Stint(None, rotation.starts)
        if rotation.ends is not None and local >= rotation.ends:
            return Stint(None, None)
        turn = (local - rotation.starts) // rotation.shift_length
        handover = rotation.starts + (turn + 1) * rotation.shift_length
        position = in_week(local)
        serves, edge = next_edge(self._windows, position)
        until = min(handover, local - position + edge, rotation.ends or handover)
        return Stint(self._participant(turn) if serves else None, until)

    def _participant(self, turn: int) -> str:
        """Whose turn it is: as many turns before it as there are in full rounds do not matter."""
        rounds, rest = divmod(turn, len(self._served) - 1)
        before = rounds * self._served[-1] + self._served[rest]
        participants = self._rotation.participants
        return participants[before % len(participants)]


turns_of = lru_cache(maxsize=10_000)(Turns)
"""The turns of a rotation; what was made ready once is kept."""


def changes(
    rotation: Rotation, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, str | None]]:
    """Who serves at `start`, and each moment before `end` from which on somebody else may serve.

    Of several at one moment the last counts: where clocks are put forward, hours have no length.
    """
    turns, moment = turns_of(rotation), start
    until: datetime | None = local_time(start, zone)
    while until is not None and moment < end:
        person, until = turns.at(until)
        yield moment, person
        if until is not None:
            moment = moment_of(until, zone)


def _served(first: timedelta, length: timedelta, of: tuple[Window, ...]) -> tuple[int, ...]:
    """How many of the first 0, 1, 2, … turns somebody serves, until the pattern begins again.

    It does when a turn begins at the same time of the week as the first: after 168 turns at most,
    because a turn lasts whole hours.
    """
    turns = WEEK // HOUR // gcd(WEEK // HOUR, length // HOUR)
    starts = ((first + turn * length) % WEEK for turn in range(turns))
    return (0, *accumulate(_has_hours(start, length, of) for start in starts))


def _has_hours(start: timedelta, length: timedelta, of: tuple[Window, ...]) -> bool:
    serves, edge = next_edge(of, start)
    return serves or edge < start + length
