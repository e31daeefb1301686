"""Turns as other pagers count them, written down for Pager.

Elsewhere every turn counts, also one that has none of the hours of its rotation: in a daily
rotation for Monday to Friday the days of the weekend are somebody's turns. In Pager such a turn is
nobody's, and whoever is next has the turn after it. So that the same people are on call at the same
times, those who serve are listed in their order until it begins again: three people from Monday to
Friday are fifteen names.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count
from math import lcm

from pager.adapters.imports.notes import Notes
from pager.oncall.schedules import HOUR, MOST_PARTICIPANTS, Rotation
from pager.oncall.week import WEEK, in_week, next_edge, windows


def as_every_turn_counts(rotation: Rotation, place: str, notes: Notes) -> Rotation:
    """The rotation in which the people of this one serve as they do where every turn counts.

    Where that takes more names than a rotation may have it stays as it is. Notes say what differs.
    """
    people, served = _shortest_round(rotation.participants), _served(rotation)
    if served == people:
        return rotation
    if len(served) > MOST_PARTICIPANTS:
        first = _first_difference(rotation)
        notes.add(
            place,
            "turns outside of its hours counted before, and do not here: others have the turns "
            f"from {first:%Y-%m-%d %H:%M} on",
            serious=True,
        )
        return rotation
    notes.add(
        place,
        f"names {len(served)} participants instead of {len(people)}: turns outside of its hours "
        "counted before, so these are the turns that remain, and the same people are on call",
    )
    return rotation.model_copy(update={"participants": served})


def _served(rotation: Rotation) -> tuple[str, ...]:
    """Who has each turn that has hours, until it begins again."""
    length, people = rotation.shift_length, rotation.participants
    until_again = lcm(len(people) * (length // HOUR), WEEK // HOUR) * HOUR
    turns = _with_hours(rotation, range(until_again // length))
    return _shortest_round([people[turn % len(people)] for turn in turns])


def _first_difference(rotation: Rotation) -> datetime:
    """The first turn, in local time, that somebody else has where only turns with hours count."""
    people = rotation.participants
    others = (
        turn
        for served, turn in enumerate(_with_hours(rotation, count()))
        if people[served % len(people)] != people[turn % len(people)]
    )
    return rotation.starts + next(others) * rotation.shift_length


def _with_hours(rotation: Rotation, turns: Iterable[int]) -> Iterator[int]:
    """Those of the turns, by their numbers, that have any of the hours."""
    hours, first, length = (
        windows(rotation.restrictions),
        in_week(rotation.starts),
        rotation.shift_length,
    )
    for turn in turns:
        begins = (first + turn * length) % WEEK
        serves, edge = next_edge(hours, begins)
        if serves or edge < begins + length:
            yield turn


def _shortest_round(people: Sequence[str]) -> tuple[str, ...]:
    """The shortest list that gives the same when it begins again and again."""
    return next(
        tuple(people[:length])
        for length in range(1, len(people) + 1)
        if len(people) % length == 0
        and all(name == people[place % length] for place, name in enumerate(people))
    )
