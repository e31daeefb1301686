"""What an edit can make a difference to: of a draft nothing else is verified.

A policy depends on whom it names, they on whom they name, and every service on the fallback policy,
which counts where its own reaches nobody. How many people are reached depends on whose the
addresses are.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pager.configuration.configuration import Configuration
from pager.model import FALLBACK, EscalationPolicy
from pager.oncall.directory import Directory, Entry, named_by
from pager.oncall.people import Person
from pager.oncall.policies import OnCallTarget, PolicyUse, ServicePolicy, SharedPolicy

Key = tuple[str, str]
"""The kind and the name of an entry; or that it is an address, and which."""


class Affected(NamedTuple):
    """A configuration before an edit and after it, as far as the edit makes a difference."""

    before: Configuration
    after: Configuration


def affected(
    before: Configuration, after: Configuration, sentences: Iterable[str] = ()
) -> Affected:
    """Both, without the services and schedules to which it makes none.

    Where one of the `sentences` that have to hold names a team that differs, it may make one
    anywhere.
    """
    if _name_a_team_that_differs(sentences, before.directory, after.directory):
        return Affected(before, after)
    touched = _touched(before.directory, after.directory)
    names = {
        name
        for name in before.policies.keys() | after.policies.keys()
        if before.policies.get(name) != after.policies.get(name)
        or any(_is_touched(one.policies.get(name), touched) for one in (before, after))
    }
    if FALLBACK in names:
        return Affected(before, after)
    return Affected(_only(before, names, touched), _only(after, names, touched))


def _name_a_team_that_differs(
    sentences: Iterable[str], before: Directory, after: Directory
) -> bool:
    teams = before.teams.keys() | after.teams.keys()
    differ = [name for name in teams if before.teams.get(name) != after.teams.get(name)]
    return any(name in sentence for name in differ for sentence in sentences)


def _touched(before: Directory, after: Directory) -> set[Key]:
    """The entries that differ, addresses that change hands, and what depends on any of them."""
    old, new = ({_key(entry): entry for entry in one.entries} for one in (before, after))
    touched = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    touched |= {address for _, address in _owned(before) ^ _owned(after)}
    naming = [
        (key, {*map(_key, named_by(entry)), *_addresses(entry)})
        for entries in (old, new)
        for key, entry in entries.items()
    ]
    while more := {key for key, named in naming if named & touched} - touched:
        touched |= more
    return touched


def _owned(directory: Directory) -> set[tuple[str, Key]]:
    """Whose each address is."""
    people = directory.people.values()
    return {(person.name, address) for person in people for address in _addresses(person)}


def _addresses(one: Entry | EscalationPolicy) -> Iterator[Key]:
    """Those that stand in it."""
    match one:
        case Person():
            targets = [method.target for method in one.contact_methods]
        case SharedPolicy() | EscalationPolicy():
            named = [target for level in one.levels for target in level.targets]
            targets = [target for target in named if not isinstance(target, OnCallTarget)]
        case _:
            targets = []
    return (("address", target.key) for target in targets)


def _is_touched(policy: ServicePolicy | None, touched: set[Key]) -> bool:
    """Whether the service uses a shared policy that is touched, or pages such an address."""
    match policy:
        case None:
            return False
        case PolicyUse():
            return ("policy", policy.uses) in touched
        case _:
            return not touched.isdisjoint(_addresses(policy))


def _only(configuration: Configuration, services: set[str], touched: set[Key]) -> Configuration:
    """With these services, with the schedules that are touched, and with those they depend on."""
    directory = configuration.directory
    policies = {
        name: policy
        for name, policy in configuration.policies.items()
        if name in services or name == FALLBACK
    }
    used = {policy.uses for policy in policies.values() if isinstance(policy, PolicyUse)}
    shared = {name: one for name, one in directory.policies.items() if name in used}
    needed = {named.name for one in shared.values() for named in named_by(one)}
    schedules = {
        name: one
        for name, one in directory.schedules.items()
        if name in needed or ("schedule", name) in touched
    }
    kept = directory._replace(policies=shared, schedules=schedules)
    return configuration._replace(directory=kept, policies=policies)


def _key(entry: Entry | OnCallTarget) -> Key:
    return entry.type, entry.name
