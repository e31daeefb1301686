"""What an incident has come to, or would come to: step by step, with what was set up at each."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from pager.configuration.configuration import Configuration
from pager.errors import NoEscalationPolicy
from pager.explain.situation import Situation, situation_of
from pager.model import Target
from pager.simulation.rehearsal import Step, rehearse_configured


class Page(NamedTuple):
    """A page to a Target."""

    target: Target
    outcome: str = ""
    """What became of it, in words; empty where it is rehearsed."""


class CourseStep(NamedTuple):
    """A moment at which something happens."""

    at: datetime
    level: int
    """The Level that was told last, by the number that the policy had; 0 where none was yet."""
    what: str
    pages: tuple[Page, ...]
    gaps: tuple[str, ...]
    situation: Situation
    """What was set up then."""


class Answer(NamedTuple):
    """An Acknowledgement."""

    at: datetime
    by: str


class Course(NamedTuple):
    """All steps of an incident."""

    situation: Situation
    """What was set up when it began."""
    at: datetime
    """When it began."""
    steps: tuple[CourseStep, ...] = ()
    """Empty where the Alert is refused."""
    incident: int | None = None
    """Its number; None where it is rehearsed."""
    acknowledged: Answer | None = None
    """The first one; None where nobody has acknowledged."""
    ended_at: datetime | None = None
    waits_until: datetime | None = None
    """The end of the maintenance in which it began: nobody is told before."""


def rehearsed(
    configuration: Configuration,
    situation: Situation,
    at: datetime,
    acknowledged_after: timedelta | None = None,
    maintenance_until: datetime | None = None,
) -> Course:
    """What an Alert at that moment leads to.

    `situation` is that of the service in the configuration, and may know where it comes from. In
    maintenance the first Level is told at its end.
    """
    begins_at = maintenance_until or at
    course = Course(situation, at, waits_until=maintenance_until)
    try:
        rehearsal = rehearse_configured(
            configuration, situation.service_id, begins_at, acknowledged_after
        )
    except NoEscalationPolicy:
        return course
    answer = None
    if acknowledged_after is not None:
        answer = Answer(begins_at + acknowledged_after, "Somebody")
    steps = tuple(_steps(rehearsal.steps, begins_at, situation))
    return course._replace(steps=steps, acknowledged=answer)


def rehearsed_in(
    configuration: Configuration,
    service_id: str,
    at: datetime,
    acknowledged_after: timedelta | None = None,
) -> Course:
    """The same of a service in a configuration of which nothing else is known."""
    situation = situation_of(configuration, service_id)
    return rehearsed(configuration, situation, at, acknowledged_after)


def _steps(
    steps: Iterable[Step], begins_at: datetime, situation: Situation
) -> Iterable[CourseStep]:
    before: Step | None = None
    for step in steps:
        pages = tuple(Page(target) for target in step.notified)
        at = begins_at + step.after
        yield CourseStep(at, step.level, _what(step, before), pages, step.gaps, situation)
        before = step


def _what(step: Step, before: Step | None) -> str:
    if step.stage == "acknowledged":
        return "Somebody acknowledges"
    if before is None:
        return "An Alert"
    if step.stage == "exhausted":
        return "Nobody has answered, and nobody is left to tell"
    if step.begun_again > before.begun_again:
        return "Nobody has answered: the policy begins again"
    return "Nobody has answered"
