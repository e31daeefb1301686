"""Runs scenarios, and lets none of them pass that checks nothing: a pytest plugin.

Whoever uses it has two fixtures: `world`, that of a scenario, and `fresh_world`, which makes one
more like it.
"""

import inspect
from collections.abc import Generator
from pathlib import Path
from types import FunctionType

import pytest
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.parser import Feature, Scenario, Step

from pager.testing.catalogue import matching, step_problem
from pager.testing.checks.files import faults_of_file
from pager.testing.checks.scenario import faults_of_scenario
from pager.testing.checks.without_whens import expect_whens_to_matter
from pager.testing.expect import Unmet, expect
from pager.testing.gherkin.chapter import Step as WrittenStep
from pager.testing.gherkin.reader import read
from pager.testing.repetition import Call, carry_out_again
from pager.testing.scenario_log import LOG, ScenarioLog
from pager.testing.world import World

CALLS = pytest.StashKey[list[Call]]()
"""The steps of a scenario that were carried out."""


def pytest_bdd_apply_tag(tag: str, function: object) -> bool:
    """A tag is no mark of pytest, so `@skip` skips nothing. That it stands there is a fault."""
    return True


def pytest_bdd_before_scenario(
    request: pytest.FixtureRequest, feature: Feature, scenario: Scenario
) -> None:
    """Run nothing of a scenario that would check nothing, however it ended."""
    world: World = request.getfixturevalue("world")
    request.node.stash[LOG] = ScenarioLog(feature, scenario, world)
    request.node.stash[CALLS] = []
    chapter = read(Path(feature.filename))
    written = next(one for one in chapter.scenarios if one.line == scenario.line_number)
    faults = faults_of_scenario(chapter, written)
    expect(not faults, "\n".join(map(str, faults)))


def pytest_bdd_before_step(
    request: pytest.FixtureRequest, step: Step, step_func: FunctionType
) -> None:
    """Run no step that means two things, or that has a table or a docstring that it does not read.

    Before the first When, each Given has to be so.
    """
    log = request.node.stash[LOG]
    log.begin(step)
    try:
        is_clear = len(matching(_step(step))) <= 1
        expect(is_clear, step_problem(_step(step)) or "")
        _expect_read("table", "datatable", step, step.datatable, step_func)
        _expect_read("docstring", "docstring", step, step.docstring, step_func)
        if step.type != "given":
            request.getfixturevalue("world").begin()
    except Unmet:
        log.failed = True
        raise


def _expect_read(
    what: str, argument: str, step: Step, found: object, step_func: FunctionType
) -> None:
    """Expect a table or a docstring below a step that reads one, and below no other."""
    is_read = argument in inspect.signature(step_func).parameters
    line = f"“{step.keyword} {step.name}”"
    note = " ".join((inspect.getdoc(step_func) or "").split())
    expect(
        is_read or found is None,
        f"{line} reads no {what}: what stands below it is not checked."
        f" Remove the {what}, or write a step that reads it.",
    )
    expect(found is not None or not is_read, f"{line} needs a {what} below it. {note}".rstrip())


def pytest_bdd_before_step_call(
    request: pytest.FixtureRequest,
    step: Step,
    step_func: FunctionType,
    step_func_args: dict[str, object],
) -> None:
    request.node.stash[CALLS].append(Call(step, step_func, step_func_args))


def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Step) -> None:
    if step.type == "given":
        request.getfixturevalue("world").forget()


def pytest_bdd_step_error(request: pytest.FixtureRequest) -> None:
    request.node.stash[LOG].failed = True


def pytest_bdd_step_func_lookup_error(request: pytest.FixtureRequest, step: Step) -> None:
    """For a step that no definition matches, name the nearest ones."""
    log = request.node.stash[LOG]
    log.begin(step)
    log.failed = True
    problem = step_problem(_step(step))
    expect(problem is None, problem or "")


def _step(step: Step) -> WrittenStep:
    """A step that pytest-bdd runs, as the catalogue knows it."""
    rows = step.datatable.rows if step.datatable else ()
    table = tuple(tuple(cell.value for cell in row.cells) for row in rows)
    return WrittenStep(step.type, step.name, step.keyword, step.line_number, table)


def pytest_bdd_after_scenario(
    request: pytest.FixtureRequest, feature: Feature, scenario: Scenario
) -> None:
    """Some things fail a scenario although each of its steps holds."""
    world: World = request.getfixturevalue("world")
    if not request.node.stash[LOG].failed:
        world.expect_everything_said()
        for turn in range(1, len(world.moments)):
            _carry_out_again(request, feature, scenario, turn)
        expect_whens_to_matter(
            [*map(_step, scenario.steps)], request.getfixturevalue("fresh_world")
        )


def _carry_out_again(
    request: pytest.FixtureRequest, feature: Feature, scenario: Scenario, turn: int
) -> None:
    """At another of the moments that the scenario is about. If it fails, that is what is told."""
    world: World = request.getfixturevalue("fresh_world")()
    world.turn = turn
    log = ScenarioLog(feature, scenario, world)
    try:
        carry_out_again(request.node.stash[CALLS], world, log)
    except Exception:
        log.failed = True
        request.node.stash[LOG] = log
        raise


def pytest_exception_interact(
    call: pytest.CallInfo[None],
    report: pytest.CollectReport | pytest.TestReport,
) -> None:
    """For chapters that cannot be read, say what to write, without the parser's internals."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, GherkinParseError):
        report.longrepr = "\n".join(map(str, faults_of_file(Path(error.filename))))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A scenario that fails is reported by its log; pytest would show the internals of steps."""
    report = yield
    if report.failed and call.excinfo is not None and LOG in item.stash:
        report.longrepr = item.stash[LOG].report(call.excinfo.value)
    return report
