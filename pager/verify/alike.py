"""Moments that are alike: only the people are others.

For `decide` it does not matter who somebody is, only whether two are the same. So where nothing
was found at one handover, nothing is at all others that are like it, as often as people take turns.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from pager.model import EscalationPolicy, Target
from pager.verify.course import Course
from pager.verify.readings import Reading

Shape = tuple[object, ...]
"""What is the same of policies in which only the people are others."""


class _Quiet(NamedTuple):
    """Nothing was found with so much time left until the policy is read differently."""

    more_than: timedelta
    at_most: timedelta
    reach: timedelta
    """How far ahead policies were read."""


class QuietMoments:
    """Those at which nothing follows from an Alert, by what was found at others like them."""

    def __init__(self, course: Course[Reading], person_at: Callable[[Target], str]) -> None:
        """`person_at` says who is reached at a Target."""
        self._course = course
        self._person_at = person_at
        self._shapes: dict[tuple[Reading, ...], Shape] = {}
        self._known: defaultdict[Shape, list[_Quiet]] = defaultdict(list)

    def until(self, at: datetime) -> datetime | None:
        """Until when an Alert leads to nothing, from that moment on; None where it is not known."""
        now = self._course.at(at)
        later = self._course.at(now.ends_at)
        left = now.ends_at - at
        for shape, end in (
            (self._shape(now.value), now.ends_at),
            (self._shape(now.value, later.value), later.ends_at),
        ):
            for one in self._known[shape]:
                if one.more_than < left <= one.at_most and at + one.reach < end:
                    return min(now.ends_at - one.more_than, end - one.reach)
        return None

    def note(self, at: datetime, until: datetime, reach: timedelta) -> None:
        """Nothing follows from an Alert from `at` until `until`, and so far ahead was read."""
        now = self._course.at(at)
        later = self._course.at(now.ends_at)
        if at + reach < now.ends_at:
            quiet = _Quiet(reach, timedelta.max, reach)
            self._known[self._shape(now.value)].append(quiet)
        elif at + reach < later.ends_at:
            quiet = _Quiet(now.ends_at - until, now.ends_at - at, reach)
            self._known[self._shape(now.value, later.value)].append(quiet)

    def _shape(self, *readings: Reading) -> Shape:
        shape = self._shapes.get(readings)
        if shape is None:
            numbers: dict[str, int] = {}
            policies = (one.policy for one in readings)
            shape = tuple(one and self._shape_of(one, numbers) for one in policies)
            self._shapes[readings] = shape
        return shape

    def _shape_of(self, policy: EscalationPolicy, numbers: dict[str, int]) -> Shape:
        """The policy with a number for each Target and person, in the order of their appearance."""
        levels = tuple(
            (
                level.acknowledgement_delay,
                level.continues,
                *(
                    (_number(target.key, numbers), _number(self._person_at(target), numbers))
                    for target in level.targets
                ),
            )
            for level in policy.levels
        )
        return (policy.repeat, policy.acknowledgement_expiry, levels)


def _number(name: str, numbers: dict[str, int]) -> int:
    return numbers.setdefault(name, len(numbers))
