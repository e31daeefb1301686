"""The whole explanation of an incident, real or rehearsed."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pager.explain.counting import counting
from pager.explain.course import Course
from pager.explain.moments import shown
from pager.explain.person import answer
from pager.explain.reasons import Seen, seen
from pager.explain.situation import Situation
from pager.explain.values import ExplainedStep, Explanation
from pager.oncall.policies import PolicyUse, ScheduleTarget


def explain(
    course: Course, at: datetime, person: str | None = None, time_zone: str | None = None
) -> Explanation:
    """Who is told when and why; with a `person`, why they are told, or are not.

    Moments are shown in `time_zone`, or in that of the first schedule that the policy names.

    Raises NotThere where nobody was called `person` then.
    """
    first = counting(course.situation, course.at)
    zone = time_zone or time_zone_of(course.situation)
    steps = [*seen(course.steps)]
    return Explanation(
        service_id=course.situation.service_id,
        at=at,
        time_zone=zone,
        incident=course.incident,
        summary=_summary(course, at, zone, len(steps)),
        policy=first.why,
        steps=tuple(_explained(steps)),
        person=person,
        answer=() if person is None else answer(person, course, steps, zone),
    )


def time_zone_of(situation: Situation) -> str:
    """That of the first schedule that the service's policy names, or the fallback; or else UTC."""
    directory = situation.directory
    uses = (policy for policy in (situation.own, situation.fallback) if policy is not None)
    for use in uses:
        shared = directory.policies.get(use.uses) if isinstance(use, PolicyUse) else None
        for level in shared.levels if shared else ():
            for target in level.targets:
                if isinstance(target, ScheduleTarget) and target.name in directory.schedules:
                    return directory.schedules[target.name].time_zone
    return "UTC"


def _summary(course: Course, at: datetime, zone: str, told: int) -> str:
    service_id = course.situation.service_id
    if course.incident is None:
        parts = [f"An Alert of {service_id} at {shown(at, zone)}, rehearsed"]
    else:
        parts = [f"Incident {course.incident} of {service_id}, since {shown(course.at, zone)}"]
        if course.at < at:
            parts.append("an Alert while it runs tells nobody else")
    if course.waits_until is not None:
        end = shown(course.waits_until, zone)
        parts.append(f"in maintenance until {end}: nobody is told before")
    if not course.steps:
        parts.append("the Alert is refused, as nobody would be told")
    if told < len(course.steps):
        parts.append(f"of {len(course.steps)} steps, the first {told} are told here")
    return "; ".join(parts)


def _explained(steps: Iterable[Seen]) -> Iterator[ExplainedStep]:
    """The steps, each with the Level as its policy numbers it: also where others are left out."""
    level = 0
    for one in steps:
        step = one.step
        if step.pages:
            level = one.level or step.level
        yield ExplainedStep(at=step.at, level=level, what=step.what, told=one.told, gaps=step.gaps)
