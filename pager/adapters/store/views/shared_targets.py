"""Everybody whom a shared policy may ever notify, whoever is on call."""

from pager.model import EmailTarget, SmsTarget, Target
from pager.oncall.directory import Directory, named_by
from pager.oncall.policies import PersonTarget, ScheduleTarget, SharedPolicy, TeamTarget


def targets_of(policy: SharedPolicy, directory: Directory) -> frozenset[Target]:
    """Its addresses, and how everybody is reached whom it, its teams and its schedules name."""
    targets = {
        target
        for level in policy.levels
        for target in level.targets
        if isinstance(target, EmailTarget | SmsTarget)
    }
    names: set[str] = set()
    for named in named_by(policy):
        match named:
            case PersonTarget():
                names.add(named.name)
            case TeamTarget() if named.name in directory.teams:
                names.update(directory.teams[named.name].members)
            case ScheduleTarget() if named.name in directory.schedules:
                names.update(directory.schedules[named.name].people)
    for person in (directory.people[name] for name in names if name in directory.people):
        targets.update(method.target for method in person.relied_on)
    return frozenset(targets)
