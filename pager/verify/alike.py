"""Moments that are alike: only the people are others.

For `decide` it does not matter who somebody is, only whether two are the same. So what was found at
one handover is true of all others that are like it, as often as people take turns: of each moment
from which on the same follows in the same time, whoever it is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from pager.model import EscalationPolicy, Target
from pager.verify.course import Course, Piece
from pager.verify.property import Look
from pager.verify.readings import Reading

Shape = tuple[object, ...]
"""What is the same of policies in which only the people are others."""


class Outcome(NamedTuple):
    """What was found out about an Alert at all moments from one until another."""

    since: datetime
    until: datetime
    """It is read as at `since` until then, at the least."""
    is_wrong: bool
    read_until: datetime
    """Before it were all moments at which a policy was read."""


class _Known(NamedTuple):
    """What was found with so much time left until the policy is read differently."""

    more_than: timedelta
    at_most: timedelta
    is_wrong: bool
    reach: timedelta
    """For how long after that change policies were read."""


@dataclass(frozen=True)
class _Ahead:
    """What comes one after the other, from a moment on."""

    known: list[_Known] = field(default_factory=list)
    """What was found by reading so far, and no further."""
    then: dict[Shape, "_Ahead"] = field(default_factory=dict)
    """By how long the last of it stays so, and what it is then."""


class Moments:
    """Finds out about one of many moments that are alike."""

    def __init__(
        self,
        course: Course[Reading],
        counted: Callable[[Target], str | None],
        find: Callable[[datetime], Iterable[Outcome]],
    ) -> None:
        """`counted` says who is reached at a Target, if that matters.

        `find` tries an Alert at a moment; and at those after it, if that is no more to do.
        """
        self._course = course
        self._counted = counted
        self._find = find
        self._ahead = _Ahead()
        self._shapes: dict[Reading, tuple[Shape, list[str | None]]] = {}

    def look(self, at: datetime) -> Look:
        """Whether an Alert at that moment breaks the property."""
        return self._known_look(at) or self._look(at)

    def _known_look(self, at: datetime) -> Look | None:
        """The same; None where nothing like it was tried."""
        now = self._course.at(at)
        left = now.ends_at - at
        for piece, ahead in self._pieces(now, note=False):
            time_after = piece.ends_at - now.ends_at
            for one in ahead.known:
                if one.more_than < left <= one.at_most and one.reach <= time_after:
                    return Look(one.is_wrong, now.ends_at - one.more_than)
        return None

    def _look(self, at: datetime) -> Look:
        first, *others = self._find(at)
        for found in (first, *others):
            self._note(found)
        return Look(first.is_wrong, first.until)

    def _note(self, found: Outcome) -> None:
        """Know that of all moments that are like those."""
        now = self._course.at(found.since)
        known = _Known(
            now.ends_at - found.until,
            # What never comes to the change is so however far that is away.
            now.ends_at - found.since if found.read_until > now.ends_at else timedelta.max,
            found.is_wrong,
            found.read_until - now.ends_at,
        )
        pieces = self._pieces(now, note=True)
        read = next(ahead for piece, ahead in pieces if found.read_until <= piece.ends_at)
        read.known.append(known)

    def _pieces(
        self, first: Piece[Reading], *, note: bool
    ) -> Iterator[tuple[Piece[Reading], _Ahead]]:
        """What comes from that piece on, and what is known of all that are like it up to there.

        As far as something like it has come before; without an end where it is noted.
        """
        numbers: dict[str, int] = {}
        ahead, piece, lasted = self._ahead, first, timedelta(0)
        while True:
            shape = (lasted, *self._shape(piece.value, numbers))
            found = ahead.then.setdefault(shape, _Ahead()) if note else ahead.then.get(shape)
            if found is None:
                return
            yield piece, found
            # How long the first lasts does not matter: what is known says how much of it was left.
            lasted = timedelta(0) if piece is first else piece.ends_at - piece.starts_at
            ahead, piece = found, self._course.at(piece.ends_at)

    def _shape(self, reading: Reading, numbers: dict[str, int]) -> Shape:
        """The policy with a number for each Target and person, in the order of their appearance."""
        known = self._shapes.get(reading)
        if known is None:
            known = self._shapes[reading] = _same(reading.policy), self._names(reading.policy)
        same, names = known
        return (same, *(name and numbers.setdefault(name, len(numbers)) for name in names))

    def _names(self, policy: EscalationPolicy | None) -> list[str | None]:
        """Each Target, and who is reached there."""
        targets = [target for level in policy.levels for target in level.targets] if policy else []
        return [name for one in targets for name in (one.key, self._counted(one))]


def _same(policy: EscalationPolicy | None) -> Shape:
    """What there is of a policy besides the people."""
    levels = (
        (level.acknowledgement_delay, level.continues, len(level.targets))
        for level in (policy.levels if policy else ())
    )
    return (policy and (policy.repeat, policy.acknowledgement_expiry), *levels)
