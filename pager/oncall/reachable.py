"""Who is relied on, and cannot be reached: found before an incident does."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from pager.oncall.directory import Directory, named_by
from pager.oncall.people import Person
from pager.oncall.policies import OnCallTarget, PersonTarget, SharedPolicy, TeamTarget
from pager.oncall.schedules import Schedule

Trouble = Literal["no contact method", "not verified"]
"""Why a page may not arrive: there is nowhere to send it, or nobody has tried whether it does."""

Counting = Schedule | SharedPolicy
"""What counts on people."""


def trouble_of(person: Person) -> Trouble | None:
    """Why a page to that person may not arrive; None where a contact method is verified."""
    if not person.contact_methods:
        return "no contact method"
    return None if any(method.verified for method in person.contact_methods) else "not verified"


def relied_on_by(directory: Directory) -> Mapping[str, tuple[Counting, ...]]:
    """Of each name of a person, the schedules and policies that count on them, each once.

    A policy counts on everybody in a team that it names. Whoever is in none of them is left out.
    """
    counting: tuple[Counting, ...] = (
        *directory.schedules.values(),
        *directory.policies.values(),
    )
    found: dict[str, list[Counting]] = defaultdict(list)
    for entry in counting:
        for name in {name for named in named_by(entry) for name in _people(named, directory)}:
            found[name].append(entry)
    return {name: tuple(entries) for name, entries in found.items()}


def _people(named: OnCallTarget, directory: Directory) -> tuple[str, ...]:
    match named:
        case PersonTarget():
            return (named.name,)
        case TeamTarget() if named.name in directory.teams:
            return directory.teams[named.name].members
        case _:  # a schedule counts on its people itself
            return ()
