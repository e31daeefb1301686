"""What a server has once a configuration was applied to it; refused as a whole where it may not."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pager.configuration.checks import invisible_names, problems, shared_accounts
from pager.configuration.configuration import Configuration
from pager.configuration.managed import Managed, applied
from pager.configuration.problems import Problem
from pager.errors import PagerError
from pager.oncall.schedules import Schedule


class ConfigurationRefused(PagerError):
    """The configuration cannot be applied, and nothing was changed. {problems}"""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """`problems` are all that is wrong."""
        super().__init__(problems=" ".join(map(str, problems)))
        self.problems = problems


def outcome(
    before: Configuration, wanted: Configuration, managed: Managed, at: datetime
) -> Configuration:
    """What there is once `wanted` was applied to `before`, at that moment.

    Raises ConfigurationRefused, with everything that keeps it from being applied: whoever is still
    named, by what is managed or by what is not, cannot be removed. An override that is over keeps
    nobody: it goes with whoever stood in.
    """
    after = applied(before, wanted, managed, at)
    directory = after.directory
    schedules = {
        name: _without_past(schedule, directory.people, at)
        for name, schedule in directory.schedules.items()
    }
    after = after._replace(directory=directory._replace(schedules=schedules))
    accounts = shared_accounts(after) if "people" in managed.kinds else ()
    if wrong := [*problems(after), *invisible_names(after, before), *accounts]:
        raise ConfigurationRefused(wrong)
    return after


def _without_past(schedule: Schedule, people: Collection[str], at: datetime) -> Schedule:
    """The schedule without what is over of people who are gone."""
    overrides = tuple(
        override
        for override in schedule.overrides
        if override.ends_at > at or override.person in people
    )
    return schedule.model_copy(update={"overrides": overrides})
