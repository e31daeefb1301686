"""What a shared policy is at one moment: a plain Escalation Policy of the brief.

Each Target that names somebody becomes the addresses of those people, as they want to be reached. A
person who waits before the next contact method makes two Levels out of one: the first has what is
tried at once, and both together last as long as the one. So `decide` needs no rule for any of this.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pager.model import EscalationPolicy, Level, Target
from pager.oncall.directory import Directory
from pager.oncall.on_call import on_call
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)

MOST_LEVELS = 100
"""Of a plain policy: where waits would make more, all contact methods are used at once."""
MOST_TARGETS = 1_000
"""Of a Level of a plain policy."""


def policy_at(
    policy: SharedPolicy, service_id: str, directory: Directory, at: datetime
) -> EscalationPolicy | None:
    """The policy of that service as it is at that moment; None where it names nobody just now.

    A Level that is nobody is left out: the next one is notified in its place, at once. `gaps` of
    the policy says so.
    """
    gaps: list[str] = []
    waiting: list[Level] = []
    at_once: list[Level] = []
    for number, level in enumerate(policy.levels, 1):
        methods = []
        for target in level.targets:
            found = list(_methods(target, directory, at))
            if not found:
                gaps.append(f"Level {number}: {nobody(target, directory)}")
            methods += found
        waiting += _steps(level, methods)
        at_once += _steps(level, [_without_wait(method) for method in methods])
    levels = waiting if len(waiting) <= MOST_LEVELS else at_once
    if not levels:
        return None
    return EscalationPolicy(service_id=service_id, levels=tuple(levels), gaps=tuple(gaps))


def nobody(target: PolicyTarget, directory: Directory) -> str:
    """Why that Target is nobody just now, in words."""
    match target:
        case PersonTarget() if target.name in directory.people:
            return f"{target.name} has no contact method"
        case TeamTarget() if target.name in directory.teams:
            return f"nobody of the team {target.name} can be reached"
        case ScheduleTarget() if target.name in directory.schedules:
            return f"nobody who can be reached is on call in {target.name}"
        case PersonTarget() | TeamTarget() | ScheduleTarget():
            return f"there is no {target.type} {target.name}"
        case _:
            raise ValueError("an address is always somebody")


def people_of(target: PolicyTarget, directory: Directory, at: datetime) -> Iterator[Person]:
    """The people whom that Target is at that moment; nobody of an address."""
    names: Iterable[str]
    match target:
        case PersonTarget():
            names = (target.name,)
        case TeamTarget():
            team = directory.teams.get(target.name)
            names = () if team is None else team.members
        case ScheduleTarget():
            schedule = directory.schedules.get(target.name)
            names = () if schedule is None else on_call(schedule, at)
        case _:
            names = ()
    return (directory.people[name] for name in names if name in directory.people)


def _methods(target: PolicyTarget, directory: Directory, at: datetime) -> Iterator[ContactMethod]:
    """How those are reached whom that Target is at that moment; the first method has no wait."""
    if not isinstance(target, PersonTarget | TeamTarget | ScheduleTarget):
        yield ContactMethod(target=target)
        return
    for person in people_of(target, directory, at):
        shortest = min((method.after for method in person.relied_on), default=timedelta(0))
        for method in person.relied_on:
            yield method.model_copy(update={"after": method.after - shortest})


def _without_wait(method: ContactMethod) -> ContactMethod:
    return method.model_copy(update={"after": timedelta(0)})


def _steps(level: PolicyLevel, methods: Iterable[ContactMethod]) -> list[Level]:
    """The plain Levels that the Level is: one for each wait that is shorter than its delay."""
    by_wait: dict[timedelta, dict[str, Target]] = {}
    told: set[str] = set()
    for method in sorted(methods, key=lambda method: method.after):
        if method.after < level.acknowledgement_delay and method.target.key not in told:
            told.add(method.target.key)
            by_wait.setdefault(method.after, {})[method.target.key] = method.target
    ends = [*list(by_wait)[1:], level.acknowledgement_delay]
    return [
        Level(targets=tuple(targets.values())[:MOST_TARGETS], acknowledgement_delay=end - wait)
        for (wait, targets), end in zip(by_wait.items(), ends, strict=True)
    ]
