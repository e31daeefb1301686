"""Why one person is told of an incident, or is not."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pager.durations import in_words
from pager.explain.asked import check_person
from pager.explain.counting import Counting, WrittenLevel, counting
from pager.explain.course import Course
from pager.explain.duties import off_duty
from pager.explain.moments import shown
from pager.explain.reasons import Seen
from pager.explain.situation import Situation
from pager.oncall.people import Person
from pager.oncall.policies import OnCallTarget, PersonTarget, ScheduleTarget, TeamTarget
from pager.oncall.policy_at import methods_of, people_named


def answer(name: str, course: Course, steps: Sequence[Seen], time_zone: str) -> tuple[str, ...]:
    """Why that person is told, or is not: the decisive sentence first.

    Raises NotThere where nobody was called so then.
    """
    told = [
        f"{name} is told at {shown(one.step.at, time_zone)}: {page.target}"
        f"{f' ({page.outcome})' if page.outcome else ''}"
        for one in steps
        for page in one.told
        if page.person == name
    ]
    if told:
        return (*told, *_other_methods(name, course, steps))
    check_person(name, course.situation.directory.people)
    counts = counting(course.situation, course.at)
    if counts.policy is None:
        return (f"{name} is not told: no policy reaches anybody", *counts.why)
    reasons = [*_reasons(name, course, steps, counts, time_zone)]
    if not reasons:
        reasons = [f"No Level names {name}, nor a team or a schedule with {name} in it"]
    return (f"{name} is not told", *dict.fromkeys(reasons))


def _reasons(
    name: str, course: Course, steps: Sequence[Seen], counts: Counting, time_zone: str
) -> Iterator[str]:
    """Why each Level that concerns the person does not tell them."""
    for number, level in enumerate(counts.levels, 1):
        targets = [one for one in level.targets if isinstance(one, OnCallTarget)]
        concerning = [one for one in targets if _concerns(one, name, course.situation)]
        if not concerning:
            continue
        reached = [one for one in steps if one.level is not None and one.level >= number]
        if not reached:
            yield f"{counts.title(number)} is not reached: {_why_not(course, time_zone)}"
            continue
        step = reached[0].step
        for target in concerning:
            yield from _not_by(target, name, level, step.situation, step.at)


def _why_not(course: Course, time_zone: str) -> str:
    """Why the escalation has not gone on."""
    if course.acknowledged is not None:
        at, by = course.acknowledged
        return f"{by} acknowledged at {shown(at, time_zone)}"
    if course.ended_at is not None:
        return f"the incident was over at {shown(course.ended_at, time_zone)}"
    if course.waits_until is not None:
        return f"the service is in maintenance until {shown(course.waits_until, time_zone)}"
    return "it has not come to that yet"


def _concerns(target: OnCallTarget, name: str, situation: Situation) -> bool:
    """Whether the person can ever be meant."""
    directory = situation.directory
    match target:
        case PersonTarget():
            return target.name == name
        case TeamTarget():
            team = directory.teams.get(target.name)
            return team is not None and name in team.members
        case _:
            schedule = directory.schedules.get(target.name)
            return schedule is not None and name in schedule.people


def _not_by(
    target: OnCallTarget, name: str, level: WrittenLevel, situation: Situation, at: datetime
) -> Iterator[str]:
    """Why that Target of a Level that was told does not lead to the person."""
    directory = situation.directory
    person = directory.people.get(name)
    if person is not None and name in people_named(target, directory, at):
        if person.contact_methods:
            yield f"The Level means {name}, but no page to them was decided"
        else:
            yield f"{name} has no contact method"
        yield from _unused(person, level, situation)
    elif isinstance(target, ScheduleTarget) and target.name in directory.schedules:
        yield f"{name} is not on call in {target.name} then"
        yield from off_duty(directory.schedules[target.name], name, at, situation.sources)
    elif isinstance(target, PersonTarget):
        yield f"Somebody has taken {name} out of the directory by then"
    else:
        yield f"Somebody has taken {name} out of the {target.type} {target.name} by then"


def _unused(person: Person, level: WrittenLevel, situation: Situation) -> Iterator[str]:
    """Why contact methods of that person are not used by a Level."""
    for method in person.contact_methods:
        if method not in person.relied_on:
            yield f"{method.target.key} is not verified, and another contact method is"
    for method in methods_of(person.name, situation.directory):
        if method.after >= level.acknowledgement_delay:
            yield (
                f"{method.target.key} waits for {in_words(method.after)}, and the next Level is "
                f"told after {in_words(level.acknowledgement_delay)}"
            )


def _other_methods(name: str, course: Course, steps: Sequence[Seen]) -> Iterator[str]:
    """Why somebody who was told was not told otherwise, too."""
    told = {page.target for one in steps for page in one.told}
    is_answered = course.acknowledged is not None or course.ended_at is not None
    for one in steps:
        if one.level is None or not any(page.person == name for page in one.told):
            continue
        situation = one.step.situation
        level = one.counts.levels[one.level - 1]
        yield from _unused(situation.directory.people[name], level, situation)
        for method in methods_of(name, situation.directory):
            if is_answered and method.after and method.target.key not in told:
                wait = in_words(method.after)
                yield f"{method.target.key} waits for {wait}: somebody had answered by then"
        return
