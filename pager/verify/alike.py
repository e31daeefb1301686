"""Moments that are alike: only the people are others.

For `decide` it does not matter who somebody is, only whether two are the same. So what was found
at one handover is true of all others that are like it, as often as people take turns.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from pager.model import EscalationPolicy, Target
from pager.verify.course import Course
from pager.verify.property import Fault, Look, Trial
from pager.verify.readings import Reading

Shape = tuple[object, ...]
"""What is the same of policies in which only the people are others."""


AS_BEFORE = Fault("it is as at another moment before, of other people")
"""What is said of a moment that was not tried, because it is like one that was."""


class Outcome(NamedTuple):
    """What was found out about an Alert at one moment, and at all others before `until`."""

    fault: Fault | None
    until: datetime
    reach: timedelta
    """How long after the Alert the latest moment was at which a policy was read."""


class _Known(NamedTuple):
    """What was found with so much time left until the policy is read differently."""

    more_than: timedelta
    at_most: timedelta
    reach: timedelta
    is_wrong: bool


def trial_of_alike(
    course: Course[Reading],
    counted: Callable[[Target], str | None],
    find: Callable[[datetime], Outcome],
) -> Trial:
    """The trial that finds out about one of many moments that are alike.

    `counted` says who is reached at a Target, if that matters. The first fault is as it was found.
    """
    moments = _Moments(course, counted)

    def trial(at: datetime) -> Look:
        look = moments.look(at)
        if look is None:
            found = find(at)
            moments.note(at, found)
            look = Look(found.fault, found.until)
        return look

    return trial


class _Moments:
    """What is known of moments, by what was found at others like them."""

    def __init__(self, course: Course[Reading], counted: Callable[[Target], str | None]) -> None:
        self._course = course
        self._counted = counted
        self._shapes: dict[tuple[Reading, ...], Shape] = {}
        self._known: defaultdict[Shape, list[_Known]] = defaultdict(list)

    def look(self, at: datetime) -> Look | None:
        """What an Alert then leads to; None where nothing like it was tried."""
        now = self._course.at(at)
        later = self._course.at(now.ends_at)
        left = now.ends_at - at
        for shape, end in (
            (self._shape(now.value), now.ends_at),
            (self._shape(now.value, later.value), later.ends_at),
        ):
            for one in self._known[shape]:
                if one.more_than < left <= one.at_most and at + one.reach < end:
                    until = min(now.ends_at - one.more_than, end - one.reach)
                    return Look(AS_BEFORE if one.is_wrong else None, until)
        return None

    def note(self, at: datetime, found: Outcome) -> None:
        """Know that of all moments that are like that one."""
        now = self._course.at(at)
        later = self._course.at(now.ends_at)
        is_wrong = found.fault is not None
        if at + found.reach < now.ends_at:
            known = _Known(found.reach, timedelta.max, found.reach, is_wrong)
            self._known[self._shape(now.value)].append(known)
        elif at + found.reach < later.ends_at:
            left = now.ends_at - at
            known = _Known(now.ends_at - found.until, left, found.reach, is_wrong)
            self._known[self._shape(now.value, later.value)].append(known)

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
                    (_number(target.key, numbers), _number(self._counted(target), numbers))
                    for target in level.targets
                ),
            )
            for level in policy.levels
        )
        return (policy.repeat, policy.acknowledgement_expiry, levels)


def _number(name: str | None, numbers: dict[str, int]) -> int | None:
    return None if name is None else numbers.setdefault(name, len(numbers))
