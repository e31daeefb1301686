"""What a policy is at each moment: it changes only where other people come on call in a schedule.

`decide` is given the policy as it is read at the moment of the step. So whatever is found out about
an Alert at one moment holds until one of its steps would read another policy.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pager.model import EscalationPolicy
from pager.oncall.directory import Directory
from pager.oncall.policies import PolicyLevel, PolicyUse, ScheduleTarget, ServicePolicy
from pager.oncall.schedules import Schedule
from pager.oncall.shifts import shifts
from pager.verify.course import Course
from pager.verify.effort import Effort

T = TypeVar("T")

People = tuple[str, ...]
"""Who is on call, in the order in which they are told."""

READING = 2
"""What is not known yet takes so much longer, for each schedule, than to find it again."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A policy as it is while the same people are on call. There is one for the same people."""

    policy: EscalationPolicy | None
    """None where an Alert would be refused, because it reaches nobody."""
    gaps: tuple[str, ...]
    """Whom it names and does not reach."""
    at: datetime
    """A moment at which it is so."""


def people_on_call(schedule: Schedule, start: datetime) -> Course[People]:
    """Who is on call in a schedule, from `start` on."""

    def changes(start: datetime, end: datetime) -> Iterator[tuple[datetime, People]]:
        until = start
        for shift in shifts(schedule, start, end):
            if shift.starts_at > until:
                yield until, ()
            yield shift.starts_at, shift.people
            until = shift.ends_at
        if until < end:
            yield until, ()

    return Course(start, changes)


def readings(
    read: Callable[[datetime], T],
    on_call: Sequence[Course[People]],
    start: datetime,
    effort: Effort,
) -> Course[T]:
    """What is read, from `start` on, where it is the same while the same people are on call.

    `on_call` are the schedules on which it depends.
    """
    known: dict[tuple[People, ...], T] = {}

    def changes(start: datetime, end: datetime) -> Iterator[tuple[datetime, T]]:
        handovers: defaultdict[datetime, dict[int, People]] = defaultdict(dict)
        for number, one in enumerate(on_call):
            for piece in one.between(start, end):
                handovers[piece.starts_at][number] = piece.value
        now = handovers[start]
        for moment in sorted(handovers):
            now |= handovers[moment]
            people = tuple(now.values())
            effort.spend()
            if people not in known:
                effort.spend(READING * len(people))
                known[people] = read(moment)
            yield moment, known[people]

    return Course(start, changes)


def schedules_of(policy: ServicePolicy | None, directory: Directory) -> list[str]:
    """The names of the schedules on which a policy depends, each once."""
    shared = directory.policies.get(policy.uses) if isinstance(policy, PolicyUse) else None
    return schedules_in(shared.levels if shared else (), directory)


def schedules_in(levels: Sequence[PolicyLevel], directory: Directory) -> list[str]:
    """The names of the schedules on which these Levels depend, each once."""
    targets = (target for level in levels for target in level.targets)
    names = (target.name for target in targets if isinstance(target, ScheduleTarget))
    return [name for name in dict.fromkeys(names) if name in directory.schedules]


class Reader:
    """Reads a policy at several moments after an Alert, which stands for many.

    What was read is the same for each Alert from `at` until `until`: only at `until` one of the
    moments would come to another piece of the course. This is why one moment of a piece stands for
    all of them.
    """

    def __init__(self, course: Course[Reading], at: datetime) -> None:
        """The Alert is at `at`."""
        self._course = course
        self.at = at
        self.until = datetime.max.replace(tzinfo=at.tzinfo)
        self.reach = timedelta(0)
        """How long after the Alert the latest moment was."""

    def read(self, after: timedelta) -> Reading:
        """The policy as it is that long after the Alert."""
        piece = self._course.at(self.at + after)
        self.reach = max(self.reach, after)
        self.until = min(self.until, piece.ends_at - after)
        return piece.value
