"""The directory: all people, teams, schedules and shared policies, by their names."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pager.errors import PagerError
from pager.oncall.people import Person
from pager.oncall.policies import (
    OnCallTarget,
    PersonTarget,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team

Entry = Person | Team | Schedule | SharedPolicy
"""What the directory has."""

KINDS = {"person": "person", "team": "team", "schedule": "schedule", "policy": "policy"}


class NobodyOfThatName(PagerError):
    """There is no {kind} called {name!r}: check how it is written, or add it first."""

    def __init__(self, kind: str, name: str) -> None:
        """`kind` is what was looked for: a person, a team, a schedule or a policy."""
        super().__init__(kind=kind, name=name)
        self.kind = kind
        self.name = name


class StillUsed(PagerError):
    """{name} cannot be removed: {users} would have nobody there. Take {name} out there first."""

    def __init__(self, name: str, users: str) -> None:
        """`users` are those that name it, in words."""
        super().__init__(name=name, users=users)
        self.name = name
        self.users = users


class Directory(NamedTuple):
    """Everybody who can be on call, and where."""

    people: Mapping[str, Person] = {}
    teams: Mapping[str, Team] = {}
    schedules: Mapping[str, Schedule] = {}
    policies: Mapping[str, SharedPolicy] = {}

    @property
    def entries(self) -> Iterator[Entry]:
        """All of them."""
        for kind in self:
            yield from kind.values()

    def has(self, named: OnCallTarget) -> bool:
        """Whether somebody of that name is in it."""
        match named:
            case PersonTarget():
                return named.name in self.people
            case TeamTarget():
                return named.name in self.teams
            case ScheduleTarget():
                return named.name in self.schedules


def named_by(entry: Entry) -> frozenset[OnCallTarget]:
    """The people, teams and schedules that `entry` names."""
    match entry:
        case Person():
            return frozenset()
        case Team():
            return frozenset(PersonTarget(name=name) for name in entry.members)
        case Schedule():
            return frozenset(PersonTarget(name=name) for name in entry.people)
        case SharedPolicy():
            named = (target for level in entry.levels for target in level.targets)
            return frozenset(target for target in named if isinstance(target, OnCallTarget))


def check_names(entry: Entry, directory: Directory) -> None:
    """Check that everybody whom `entry` names is in the directory. Raises NobodyOfThatName."""
    for named in sorted(named_by(entry), key=lambda target: (target.type, target.name)):
        if not directory.has(named):
            raise NobodyOfThatName(named.type, named.name)


def users_of(entry: Entry, directory: Directory) -> list[Entry]:
    """The teams, schedules and policies that name `entry`."""
    return [
        other
        for other in directory.entries
        if any((named.type, named.name) == (entry.type, entry.name) for named in named_by(other))
    ]


def check_unused(entry: Entry, directory: Directory) -> None:
    """Check that nobody in the directory names `entry`. Raises StillUsed."""
    users = users_of(entry, directory)
    if users:
        raise StillUsed(entry.name, ", ".join(f"the {user.type} {user.name}" for user in users))
