"""Who is on call from when until when, person by person: what calendars, lists and shares show."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Stretch(NamedTuple):
    """Somebody is on call without a break; or nobody is."""

    person: str | None
    """None: nobody."""
    starts_at: datetime
    ends_at: datetime


class Share(NamedTuple):
    """How much of some time a person is on call."""

    person: str
    length: timedelta
    turns: int
    """How often it begins."""


def by_person(
    shifts: Iterable[tuple[Sequence[str], datetime, datetime]], start: datetime, end: datetime
) -> list[Stretch]:
    """The shifts of that time, in the order of time, person by person, with the gaps between them.

    `shifts` follow one another: each has who is on call, from when and until when.
    """
    return sorted(
        _stretches([*shifts], start, end), key=lambda one: (one.starts_at, one.person or "")
    )


def _stretches(
    shifts: Sequence[tuple[Sequence[str], datetime, datetime]], start: datetime, end: datetime
) -> Iterator[Stretch]:
    running: dict[str, datetime] = {}
    covered = start
    for people, starts_at, ends_at in [*shifts, ((), end, end)]:
        if covered < starts_at:
            yield Stretch(None, covered, starts_at)
        for person, since in list(running.items()):
            if covered < starts_at or person not in people:
                yield Stretch(person, since, covered)
                del running[person]
        for person in people:
            running.setdefault(person, starts_at)
        covered = ends_at


def shares(stretches: Iterable[Stretch], people: Iterable[str]) -> list[Share]:
    """What each of the `people` has of these stretches: whoever has most, first."""
    seconds, turns = Counter[str](), Counter[str]()
    for stretch in stretches:
        if stretch.person is not None:
            seconds[stretch.person] += round((stretch.ends_at - stretch.starts_at).total_seconds())
            turns[stretch.person] += 1
    everybody = {*people, *turns}
    found = [Share(name, timedelta(seconds=seconds[name]), turns[name]) for name in everybody]
    return sorted(found, key=lambda share: (-share.length, share.person))
