"""Who is on call now, in a line for each schedule: for the pages about services and incidents."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.web.console.on_call.directories import Directories
from pager.model import FALLBACK
from pager.oncall.directory import Directory
from pager.oncall.on_call import on_call
from pager.oncall.policies import PolicyUse, ScheduleTarget, SharedPolicy
from pager.oncall.schedules import Schedule
from pager.oncall.shifts import next_change


class OnDuty(NamedTuple):
    """Who is on call in a schedule."""

    schedule: str
    people: Sequence[str]
    until: datetime | None
    """When that changes; None where it does not."""


class SomeOnDuty(NamedTuple):
    """The first of all schedules."""

    first: Sequence[OnDuty]
    """Those in which nobody is on call before the others."""
    number: int
    """Of all schedules."""


class OnDutyReads:
    """Reads who is on call now."""

    def __init__(self, policies: SqlEscalationPolicies, directories: Directories) -> None:
        """Read from these."""
        self._policies = policies
        self._directories = directories

    def some(self, at_most: int) -> SomeOnDuty:
        """The first `at_most` schedules."""
        directory, now = self._directories.now()
        every = sorted(
            directory.schedules.values(),
            key=lambda schedule: (bool(on_call(schedule, now)), schedule.name),
        )
        return SomeOnDuty([on_duty(one, now) for one in every[:at_most]], len(every))

    def of_service(self, service_id: str) -> list[OnDuty]:
        """Those that the shared policy of that service names, in the order of its Levels."""
        directory, now = self._directories.now()
        policy = self._shared_policy(service_id, directory)
        names = dict.fromkeys(_schedules_named(policy)) if policy else ()
        found = (directory.schedules.get(name) for name in names)
        return [on_duty(schedule, now) for schedule in found if schedule is not None]

    def _shared_policy(self, service_id: str, directory: Directory) -> SharedPolicy | None:
        """The shared policy that is used for the service; None where it has one of its own."""
        for name in (service_id, FALLBACK):
            try:
                policy = self._policies.versioned(name).policy
            except Unreadable:
                return None
            if policy is not None:
                uses = policy.uses if isinstance(policy, PolicyUse) else ""
                return directory.policies.get(uses)
        return None


def on_duty(schedule: Schedule, at: datetime) -> OnDuty:
    """Who is on call at that moment."""
    return OnDuty(schedule.name, on_call(schedule, at), next_change(schedule, at))


def _schedules_named(policy: SharedPolicy) -> Iterator[str]:
    for level in policy.levels:
        for target in level.targets:
            if isinstance(target, ScheduleTarget):
                yield target.name
