"""A team's own living page: who is on call, each scenario and each property with its result."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pager.configuration.configuration import Configuration
from pager.oncall.on_call import on_call
from pager.oncall.schedules import Schedule
from pager.oncall.shifts import shifts
from pager.testing.gherkin.chapter import Chapter, Scenario
from pager.testing.gherkin.reader import read
from pager.testing.page.rendering import STYLE, environment
from pager.testing.page.shown import ShownRun, ShownStep, happened, shown_step
from pager.testing.plugin import Subject
from pager.testing.tables import PAGE_COLUMNS
from pager.testing.verification.results import PROPERTIES, Result

AHEAD = timedelta(days=14)
"""How far ahead shifts are shown."""
MOST_SHIFTS = 10
LOCAL = "%A %Y-%m-%d %H:%M"


class ShownScenario(NamedTuple):
    """A scenario with its results."""

    id: str
    title: str
    steps: list[ShownStep]
    columns: list[str]
    runs: list[ShownRun]

    @property
    def holds(self) -> bool:
        """Whether it held each time."""
        return all(run.holds for run in self.runs)


class ShownChapter(NamedTuple):
    """A feature file with its results."""

    title: str
    file: str
    prose: str
    background: list[ShownStep]
    scenarios: list[ShownScenario]


class ShownSchedule(NamedTuple):
    """Who is on call in a schedule."""

    name: str
    time_zone: str
    now: str
    shifts: list[tuple[str, str, str]]
    """Who, from when, until when."""


def page_of(subject: Subject, results: Sequence[Result], version: str) -> str:
    """The page, which needs no other file."""
    chapters = [*_chapters(results)]
    scenarios = [one for chapter in chapters for one in chapter.scenarios]
    properties = [result for result in results if result.chapter == PROPERTIES]
    jinja = environment(Path(__file__).parent, lambda rows: {*rows[0]} <= {*PAGE_COLUMNS})
    return jinja.get_template("page.html").render(
        chapters=chapters,
        failing=[scenario for scenario in scenarios if not scenario.holds],
        properties=properties,
        broken=[result for result in properties if not result.holds],
        results=results,
        schedules=[*_schedules(subject.configuration, subject.starts_at)],
        starts_at=subject.starts_at,
        version=version,
        css=STYLE,
    )


def _chapters(results: Sequence[Result]) -> Iterator[ShownChapter]:
    of_scenarios = [result for result in results if result.scenario is not None]
    names = dict.fromkeys(result.chapter for result in of_scenarios)
    for number, name in enumerate(names):
        found = [result for result in of_scenarios if result.chapter == name]
        assert found[0].place.file is not None
        chapter = read(found[0].place.file)
        yield ShownChapter(
            title=chapter.title,
            file=name,
            prose=" ".join(chapter.prose.split()),
            background=[*map(shown_step, chapter.background.steps)] if chapter.background else [],
            scenarios=[*_scenarios(chapter, found, f"scenario-{number}")],
        )


def _scenarios(chapter: Chapter, results: Sequence[Result], prefix: str) -> Iterator[ShownScenario]:
    for scenario in chapter.scenarios:
        found = [result for result in results if result.scenario == scenario.line]
        if found:
            yield _scenario(scenario, found, f"{prefix}-{scenario.line}")


def _scenario(scenario: Scenario, results: Sequence[Result], fragment: str) -> ShownScenario:
    failed = {result.place.line for result in results if not result.holds}
    columns = [*scenario.examples[0].columns] if scenario.examples else []
    rule = scenario.rule.background.steps if scenario.rule and scenario.rule.background else ()
    return ShownScenario(
        id=fragment,
        title=scenario.title,
        steps=[shown_step(step, fails=step.line in failed) for step in (*rule, *scenario.steps)],
        columns=columns,
        runs=[
            ShownRun(
                example=[result.example.get(column, "") for column in columns],
                holds=result.holds,
                failure=result.failure,
                steps=[*happened(result.log.steps)] if result.log else [],
            )
            for result in results
        ],
    )


def _schedules(configuration: Configuration, at: datetime) -> Iterator[ShownSchedule]:
    for name, schedule in sorted(configuration.directory.schedules.items()):
        yield ShownSchedule(
            name, schedule.time_zone, _names(on_call(schedule, at)), [*_shifts(schedule, at)]
        )


def _shifts(schedule: Schedule, at: datetime) -> Iterator[tuple[str, str, str]]:
    zone = ZoneInfo(schedule.time_zone)
    found = sorted(shifts(schedule, at, at + AHEAD), key=lambda shift: shift.starts_at)
    for shift in found[:MOST_SHIFTS]:
        starts, ends = (edge.astimezone(zone) for edge in (shift.starts_at, shift.ends_at))
        yield _names(shift.people), f"{starts:{LOCAL}}", f"{ends:{LOCAL}}"


def _names(people: Sequence[str]) -> str:
    return ", ".join(people) or "nobody"
