"""The directory: all people, teams, schedules and shared policies, by their names.

Whoever is named is in it: what names somebody else is refused, and so is the removal of somebody
who is still named.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar, assert_never

from pager.errors import PagerError
from pager.model import FALLBACK
from pager.oncall.people import Person
from pager.oncall.policies import (
    OnCallTarget,
    PersonTarget,
    PolicyUse,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team

Entry = Person | Team | Schedule | SharedPolicy
"""What the directory has."""

Kind = TypeVar("Kind", bound=Entry)

Place = tuple[str | int, ...]
"""Where in an entry something stands: its fields, and the numbers of lists from 0."""

MOST_USERS_TOLD = 5
"""Users that are named where somebody cannot be removed; the others are counted."""


class NobodyOfThatName(PagerError):
    """There is no {kind} called {name!r}: check how it is written, or add it first."""

    def __init__(self, kind: str, name: str) -> None:
        """`kind` is what was looked for: a person, a team, a schedule or a policy."""
        super().__init__(kind=kind, name=name)
        self.kind = kind
        self.name = name


class StillUsed(PagerError):
    """The {kind} {name} cannot be removed, as it is named by {users}. Take it out there first."""

    def __init__(self, kind: str, name: str, users: str) -> None:
        """`users` are those that name it, in words."""
        super().__init__(kind=kind, name=name, users=users)
        self.kind = kind
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
            case _:
                assert_never(named)

    def find(self, kind: type[Kind], name: str) -> Kind | None:
        """The one of that kind and name; None where there is none."""
        found = (entry for entry in self.entries if isinstance(entry, kind) and entry.name == name)
        return next(found, None)

    def having(self, entry: Entry) -> "Directory":
        """With `entry`, in the place of the one of the same kind and name."""
        return directory_of([*self.entries, entry])

    def without(self, entry: Entry) -> "Directory":
        """Without the one of the same kind and name."""
        return directory_of(other for other in self.entries if _key(other) != _key(entry))


def directory_of(entries: Iterable[Entry]) -> Directory:
    """The directory that has these; of two of the same kind and name, the later."""
    people: dict[str, Person] = {}
    teams: dict[str, Team] = {}
    schedules: dict[str, Schedule] = {}
    policies: dict[str, SharedPolicy] = {}
    for entry in entries:
        match entry:
            case Person():
                people[entry.name] = entry
            case Team():
                teams[entry.name] = entry
            case Schedule():
                schedules[entry.name] = entry
            case SharedPolicy():
                policies[entry.name] = entry
            case _:
                assert_never(entry)
    return Directory(people, teams, schedules, policies)


def mentions(entry: Entry) -> Iterator[tuple[Place, OnCallTarget]]:
    """The people, teams and schedules that `entry` names, each with its place in it."""
    match entry:
        case Person():
            return
        case Team():
            for number, name in enumerate(entry.members):
                yield ("members", number), PersonTarget(name=name)
        case Schedule():
            yield from _mentions_of_schedule(entry)
        case SharedPolicy():
            for number, level in enumerate(entry.levels):
                for target_number, target in enumerate(level.targets):
                    if isinstance(target, OnCallTarget):
                        yield ("levels", number, "targets", target_number), target
        case _:
            assert_never(entry)


def _mentions_of_schedule(schedule: Schedule) -> Iterator[tuple[Place, OnCallTarget]]:
    for layer_number, layer in enumerate(schedule.layers):
        for number, rotation in enumerate(layer.rotations):
            place = ("layers", layer_number, "rotations", number, "participants")
            for turn, name in enumerate(rotation.participants):
                yield (*place, turn), PersonTarget(name=name)
    for number, override in enumerate(schedule.overrides):
        yield ("overrides", number, "person"), PersonTarget(name=override.person)


def named_by(entry: Entry) -> frozenset[OnCallTarget]:
    """The people, teams and schedules that `entry` names."""
    return frozenset(named for _place, named in mentions(entry))


def check_names(entry: Entry, directory: Directory) -> None:
    """Check that everybody whom `entry` names is in the directory. Raises NobodyOfThatName."""
    for named in sorted(named_by(entry), key=_key):
        if not directory.has(named):
            raise NobodyOfThatName(named.type, named.name)


def check_use(use: PolicyUse, directory: Directory) -> None:
    """Check that the shared policy is in the directory. Raises NobodyOfThatName."""
    if use.uses not in directory.policies:
        raise NobodyOfThatName("policy", use.uses)


def users_of(entry: Entry, directory: Directory) -> list[Entry]:
    """The teams, schedules and policies that name `entry`."""
    return [
        other
        for other in directory.entries
        if any(_key(named) == _key(entry) for named in named_by(other))
    ]


def check_unused(entry: Entry, directory: Directory, services: Collection[str] = ()) -> None:
    """Check that nobody names `entry`. Raises StillUsed.

    `services` are those whose policy it is.
    """
    users = [f"the {user.type} {user.name}" for user in users_of(entry, directory)]
    users += ["the fallback policy" if name == FALLBACK else name for name in sorted(services)]
    if users:
        raise StillUsed(entry.type, entry.name, _listed(users))


def _listed(users: Sequence[str]) -> str:
    more = len(users) - MOST_USERS_TOLD
    told = ", ".join(users[:MOST_USERS_TOLD])
    return f"{told} and {more} more" if more > 0 else told


def _key(entry: Entry | OnCallTarget) -> tuple[str, str]:
    """What it is found by; a Target has that of whom it names."""
    return entry.type, entry.name
