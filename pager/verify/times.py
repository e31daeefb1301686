"""Times: of what is so at some moments and not at others, when it is so."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple


class Stretch(NamedTuple):
    """All moments from one until another; that no longer belongs to them."""

    starts_at: datetime
    ends_at: datetime

    def later(self, by: timedelta) -> "Stretch":
        """As much time, so much later."""
        return Stretch(self.starts_at + by, self.ends_at + by)


Times = tuple[Stretch, ...]
"""The earliest first, and none touches another."""

NEVER: Times = ()


def together(stretches: Iterable[Stretch]) -> Times:
    """The moments of all of these."""
    found: list[Stretch] = []
    for one in sorted(stretches):
        if found and one.starts_at <= found[-1].ends_at:
            found[-1] = Stretch(found[-1].starts_at, max(found[-1].ends_at, one.ends_at))
        else:
            found.append(one)
    return tuple(found)


def common(times: Times, stretch: Stretch) -> Times:
    """The moments of the times that are in the stretch, too."""
    cut = (
        Stretch(max(one.starts_at, stretch.starts_at), min(one.ends_at, stretch.ends_at))
        for one in times
    )
    return tuple(one for one in cut if one.starts_at < one.ends_at)


def without(times: Times, taken: Times) -> Times:
    """The moments of the times that are not among those that are taken."""
    left = []
    for one in times:
        starts_at = one.starts_at
        for away in common(taken, one):
            if starts_at < away.starts_at:
                left.append(Stretch(starts_at, away.starts_at))
            starts_at = away.ends_at
        if starts_at < one.ends_at:
            left.append(Stretch(starts_at, one.ends_at))
    return tuple(left)


def later(times: Times, by: timedelta) -> Times:
    """The same, so much later."""
    return tuple(one.later(by) for one in times)
