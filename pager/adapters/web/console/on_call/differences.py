"""What an edit of a person, a team or a schedule changed, in words; and what each says."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from pager.adapters.store.oncall.edits import EntryEdit
from pager.adapters.web.console.on_call.contact_form import wait_in_words
from pager.adapters.web.console.on_call.schedule_words import (
    rotation_in_words,
    schedule_differences,
)
from pager.adapters.web.console.text import address_of, first_of
from pager.oncall.directory import Entry
from pager.oncall.people import Person
from pager.oncall.schedules import Schedule
from pager.oncall.teams import Team


class DescribedEntryEdit(NamedTuple):
    """An edit, and what it changed, in words."""

    edit: EntryEdit
    differences: list[str]


def described(edits: Sequence[EntryEdit]) -> list[DescribedEntryEdit]:
    """Describes edits, the newest first; the oldest as if there was nothing before it."""
    return [
        DescribedEntryEdit(edit, _differences(edit, older))
        for edit, older in zip_longest(edits, edits[1:])
    ]


def _differences(edit: EntryEdit, older: EntryEdit | None) -> list[str]:
    if edit.unreadable:
        return ["What this version of Pager cannot read."]
    before = older.entry if older else None
    match edit.entry:
        case None:
            return ["Removed."]
        case Person() as person:
            return list(_of_person(before if isinstance(before, Person) else None, person))
        case Team() as team:
            return list(_of_team(before if isinstance(before, Team) else None, team))
        case Schedule() as schedule:
            return schedule_differences(before if isinstance(before, Schedule) else None, schedule)
        case _:
            return []


def _of_person(before: Person | None, after: Person) -> Iterator[str]:
    if before is None:
        yield "Added."
        before = Person(name=after.name)
    old = {method.target.key: method for method in before.contact_methods}
    new = {method.target.key: method for method in after.contact_methods}
    for key, method in new.items():
        address, then = address_of(method.target), wait_in_words(method.after)
        if key not in old:
            yield f"{address} added: {then}."
        elif old[key].after != method.after:
            yield f"{address}: {then}, before {wait_in_words(old[key].after)}."
        if method.verified and not (key in old and old[key].verified):
            yield f"{address} is verified."
    yield from (f"{address_of(old[key].target)} taken out." for key in old if key not in new)
    if before.account != after.account:
        yield f"Account: {after.account or 'none'}."


def _of_team(before: Team | None, after: Team) -> Iterator[str]:
    if before is None:
        yield "Added."
    old, new = before.members if before else (), after.members
    for names, what in (
        ([name for name in new if name not in old], "added"),
        ([name for name in old if name not in new], "taken out"),
    ):
        if names:
            yield f"{first_of(names)} {what}."


def summary(entry: Entry | None) -> str:
    """What an entry says, in a line."""
    match entry:
        case Person():
            methods = [
                f"{address_of(method.target)} {wait_in_words(method.after)}"
                for method in entry.contact_methods
            ]
            return ", ".join(methods) or "no contact method"
        case Team():
            return first_of(entry.members) or "nobody"
        case Schedule():
            rotations = [f"{one.name}, {rotation_in_words(one)}" for one in entry.rotations]
            return "; ".join(rotations) or "no rotation"
        case _:
            return ""
