"""Why a page is sent to an address: the Level, who it names, why they are meant, and the method."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from pager.durations import in_words
from pager.explain.counting import Counting, WrittenLevel, counting
from pager.explain.course import CourseStep, Page
from pager.explain.duties import on_duty
from pager.explain.situation import Situation
from pager.explain.values import Told
from pager.oncall.directory import Directory
from pager.oncall.people import Person
from pager.oncall.policies import OnCallTarget, PersonTarget, ScheduleTarget
from pager.oncall.policy_at import methods_of, people_named
from pager.oncall.verification import method_of

MOST_EXPLAINED = 200
"""Pages, of an explanation: the others are listed. The steps after them are left out."""


class Seen(NamedTuple):
    """A step, and the Level that it tells."""

    step: CourseStep
    counts: Counting
    level: int | None
    """The Level of the policy as it is written; None where it tells nobody, or none is found."""
    told: tuple[Told, ...]


def seen(steps: Iterable[CourseStep]) -> Iterator[Seen]:
    """Each step with its Level, until enough pages are explained."""
    left = MOST_EXPLAINED
    for step in steps:
        if left <= 0:
            return
        counts = counting(step.situation, step.at)
        found = _level_of(step, counts) if step.pages else None
        explained = [_told(page, step, counts, found) for page in step.pages[:left]]
        others = [Told(target=page.target.key, person=None) for page in step.pages[left:]]
        left -= len(step.pages)
        yield Seen(step, counts, found, (*explained, *others))


def _level_of(step: CourseStep, counts: Counting) -> int | None:
    """The Level that the step says, if it reaches everybody who was told; or else the next one.

    A step of older rules says how many Levels were told: those that were left out are missing.
    """
    told = {page.target.key for page in step.pages}
    last = len(counts.levels)
    for number in chain(range(step.level, last + 1), range(1, min(step.level, last + 1))):
        if told <= _reached(counts.levels[number - 1], step.situation.directory, step.at):
            return number
    return None


def _reached(level: WrittenLevel, directory: Directory, at: datetime) -> set[str]:
    """The keys of all Targets that it reaches, at once or after a wait."""
    keys: set[str] = set()
    for target in level.targets:
        if isinstance(target, OnCallTarget):
            for name in people_named(target, directory, at):
                keys |= {method.target.key for method in methods_of(name, directory)}
        else:
            keys.add(target.key)
    return keys


def _told(page: Page, step: CourseStep, counts: Counting, level: int | None) -> Told:
    key, directory = page.target.key, step.situation.directory
    ways = [] if level is None else [*_ways(key, step, counts, level)]
    person = next((way.person for way in ways if way.person), None) or _owner(key, directory)
    because = [sentence for way in ways for sentence in way.because]
    if person is not None:
        because += _method(person, key, step.situation)
    return Told(target=key, person=person, because=tuple(because), outcome=page.outcome)


class _Way(NamedTuple):
    """How a Level leads to an address."""

    person: str | None
    because: Sequence[str]


def _ways(key: str, step: CourseStep, counts: Counting, level: int) -> Iterator[_Way]:
    directory, title = step.situation.directory, counts.title(level)
    for target in counts.levels[level - 1].targets:
        if not isinstance(target, OnCallTarget):
            if target.key == key:
                yield _Way(None, [f"{title} names {key}"])
            continue
        for name in people_named(target, directory, step.at):
            if any(method.target.key == key for method in methods_of(name, directory)):
                meant = _meant(target, name, step.situation, step.at)
                yield _Way(name, [_named(target, title), *meant])


def _owner(key: str, directory: Directory) -> str | None:
    """Whose address it is."""
    for person in directory.people.values():
        if any(method.target.key == key for method in person.contact_methods):
            return person.name
    return None


def _named(target: OnCallTarget, title: str) -> str:
    kind = "" if isinstance(target, PersonTarget) else f"the {target.type} "
    return f"{title} names {kind}{target.name}"


def _meant(target: OnCallTarget, name: str, situation: Situation, at: datetime) -> list[str]:
    """Why the Target means that person."""
    if isinstance(target, PersonTarget):
        return []
    if isinstance(target, ScheduleTarget):
        schedule = situation.directory.schedules[target.name]
        return [on_duty(schedule, name, at, situation.sources)]
    return [f"{name} is in the team {target.name}"]


def _method(name: str, key: str, situation: Situation) -> Iterator[str]:
    """What is known of that address of that person."""
    person = situation.directory.people[name]
    if situation.sources.has_marks:
        yield _mark(person, key)
    for method in methods_of(name, situation.directory):
        if method.target.key == key and method.after:
            yield f"It is told {in_words(method.after)} after the Level, where nobody has answered"


def _mark(person: Person, key: str) -> str:
    """Whether it is verified."""
    method = method_of(person, key)
    if method.verified:
        return f"{key} is verified"
    only = ", and no other is" if method in person.relied_on else ""
    return f"{key} is not verified{only}"
