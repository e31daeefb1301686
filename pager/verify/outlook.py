"""A configuration between two moments: all that properties ask about it, computed once."""

from collections import defaultdict
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import NamedTuple

from pager.configuration.configuration import Configuration
from pager.model import EscalationPolicy
from pager.oncall.policies import PolicyUse, ServicePolicy, SharedPolicy
from pager.verify.course import Course
from pager.verify.incident import Situation, healthy
from pager.verify.readings import People, Reading, people_on_call, readings, schedules_of


class Services(NamedTuple):
    """Monitored Services that have the same policy: an Alert of each leads to the same."""

    ids: tuple[str, ...]
    policy: ServicePolicy
    """Of the first of them."""
    readings: Course[Reading]
    healthy: Situation
    """Before the Alert: what was decided on the way from there is kept."""


class Outlook:
    """What is ahead from `start` until `end`, if nobody edits the configuration."""

    def __init__(self, configuration: Configuration, start: datetime, end: datetime) -> None:
        """Both moments are aware, of any time zone."""
        self.configuration = configuration
        self.directory = configuration.directory
        self.start = start.astimezone(UTC)
        self.end = end.astimezone(UTC)
        self.on_call = cache(self._on_call)
        """Who is on call in the schedule of that name."""

    def _on_call(self, name: str) -> Course[People]:
        return people_on_call(self.directory.schedules[name], self.start)

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
        course = readings(
            own, fallback, self.directory, [self.on_call(name) for name in names], self.start
        )
        return Services(tuple(ids), own, course, healthy(ids[0]))

    def shared_policy(self, services: Services) -> SharedPolicy | None:
        """The shared policy that they use; None where they have one of their own."""
        policy = services.policy
        return self.directory.policies.get(policy.uses) if isinstance(policy, PolicyUse) else None

    @cached_property
    def owners(self) -> dict[str, tuple[str, ...]]:
        """Of the key of each Target, the people who are reached there."""
        found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for person in self.directory.people.values():
            for method in person.contact_methods:
                found[method.target.key] = (*found[method.target.key], person.name)
        return found

    def zone_of(self, services: Services) -> str:
        """The time zone in which their people read the clock: that of the first schedule; UTC."""
        names = schedules_of(services.policy, self.directory)
        return self.directory.schedules[names[0]].time_zone if names else "UTC"
