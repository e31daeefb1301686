"""A configuration between two moments: all that properties ask about it, computed once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import NamedTuple

from pager.configuration.configuration import Configuration
from pager.durations import in_words
from pager.errors import PagerError
from pager.model import EscalationPolicy, Target
from pager.oncall.horizon import horizon_of_all
from pager.oncall.policies import PolicyLevel, PolicyUse, ServicePolicy, SharedPolicy
from pager.oncall.policy_at import policy_now, why_nobody
from pager.verify.course import Course, Piece
from pager.verify.effort import MOST_READINGS, Effort
from pager.verify.incident import Situation, healthy
from pager.verify.readings import (
    People,
    Reading,
    people_on_call,
    readings,
    schedules_in,
    schedules_of,
)

MOST_HANDOVERS = 200_000
"""In all schedules together. They take about two seconds."""


class TooManyHandovers(PagerError):
    """The schedules change hands more than {most:,} times in {period}: verify a shorter time."""

    def __init__(self, period: timedelta) -> None:
        """`period` is the time that was to be looked at."""
        super().__init__(most=MOST_HANDOVERS, period=in_words(period))


class Services(NamedTuple):
    """Monitored Services that have the same policy: an Alert of each leads to the same."""

    ids: tuple[str, ...]
    policy: ServicePolicy
    """Of the first of them."""
    readings: Course[Reading]
    healthy: Situation
    """Before the Alert: what was decided on the way from there is kept."""

    @property
    def policy_name(self) -> str:
        """What their policy is called."""
        return self.policy.uses if isinstance(self.policy, PolicyUse) else "the policy"


class Outlook:
    """What is ahead from `start` until `end`, if nobody edits the configuration."""

    def __init__(self, configuration: Configuration, start: datetime, end: datetime) -> None:
        """Both moments are aware, of any time zone.

        Raises ValueError where the end is not after the start, and TooManyHandovers.
        """
        if end <= start:
            raise ValueError("the end must be after the start")
        schedules = configuration.directory.schedules.values()
        if horizon_of_all(schedules, end - start, MOST_HANDOVERS) < end - start:
            raise TooManyHandovers(end - start)
        self.configuration = configuration
        self.directory = configuration.directory
        self.start = start.astimezone(UTC)
        self.end = end.astimezone(UTC)
        self._policies_effort = Effort(MOST_READINGS, "times the policies are read differently")
        self._levels_effort = Effort(MOST_READINGS, "times other people are on call in the Levels")
        self.on_call = cache(self._on_call)
        """Who is on call in the schedule of that name."""
        self.why_nobody = cache(self._why_nobody)
        """Why that Level reaches nobody, in words; nothing while it reaches somebody."""

    def _on_call(self, name: str) -> Course[People]:
        return people_on_call(self.directory.schedules[name], self.start)

    def _why_nobody(self, level: PolicyLevel) -> Course[tuple[str, ...]]:
        on_call = [self.on_call(name) for name in schedules_in((level,), self.directory)]

        def read(moment: datetime) -> tuple[str, ...]:
            return why_nobody(level, self.directory, moment)

        return readings(read, on_call, self.start, self._levels_effort)

    def pieces(self, schedule: str) -> Iterator[Piece[People]]:
        """Who is on call in the schedule from `start` until `end`, one piece after the other."""
        return self.on_call(schedule).between(self.start, self.end)

    @cached_property
    def services(self) -> tuple[Services, ...]:
        """All of them, those together that use the same shared policy.

        Services without a policy count as one, which has the fallback policy, if there is one.
        """
        together: defaultdict[str | EscalationPolicy, list[str]] = defaultdict(list)
        for service_id, policy in sorted(self.configuration.policies.items()):
            together[policy.uses if isinstance(policy, PolicyUse) else policy].append(service_id)
        return tuple(self._services(ids) for ids in together.values())

    def _services(self, ids: list[str]) -> Services:
        own, fallback = self.configuration.policies[ids[0]], self.configuration.fallback
        names = {
            **dict.fromkeys(schedules_of(own, self.directory)),
            **dict.fromkeys(schedules_of(fallback, self.directory)),
        }

        def read(moment: datetime) -> Reading:
            return Reading(*policy_now(own, fallback, self.directory, moment), moment)

        on_call = [self.on_call(name) for name in names]
        course = readings(read, on_call, self.start, self._policies_effort)
        return Services(tuple(ids), own, course, healthy(ids[0]))

    def shared_policy(self, services: Services) -> SharedPolicy | None:
        """The shared policy that they use; None where they have one of their own."""
        policy = services.policy
        return self.directory.policies.get(policy.uses) if isinstance(policy, PolicyUse) else None

    @cached_property
    def owners(self) -> Mapping[str, Sequence[str]]:
        """Of the key of each Target, the people who are reached there."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for person in self.directory.people.values():
            for method in person.contact_methods:
                found[method.target.key].append(person.name)
        return found

    def person_at(self, target: Target) -> str:
        """Who is reached there: an address that is no person's stands for itself."""
        return " or ".join(self.owners[target.key]) or target.key

    def zone_of(self, services: Services) -> str:
        """The time zone in which their people read the clock: that of the first schedule; UTC."""
        names = schedules_of(services.policy, self.directory)
        return self.directory.schedules[names[0]].time_zone if names else "UTC"
