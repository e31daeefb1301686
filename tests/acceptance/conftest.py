"""Wires the features to the step catalogue, and lets no scenario pass that checks nothing."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.parser import Feature, Scenario, Step
from pytest_bdd.scenario import scenario_wrapper_template_registry

from acceptance import specification
from acceptance.expect import expect
from acceptance.scenario_log import LOG, ScenarioLog
from acceptance.world import World
from pager.testing import InMemoryPager

CHAPTERS_OVER_HTTP = ("01", "02", "03", "04", "07")
"""What a client does and sees, the brief's seven scenarios among it."""

STORES = ("memory", "sqlite", "postgresql", "http")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--store",
        action="append",
        choices=STORES,
        help="What the scenarios run over; may be given several times; memory by default."
        " http: the API in front of SQLite, for the chapters that a client sees.",
    )


def _stores(config: pytest.Config) -> list[str]:
    found: list[str] | None = config.getoption("store", None)
    return found or []


def pytest_configure(config: pytest.Config) -> None:
    """Import what talks to databases only if a store of that kind is asked for."""
    if {*_stores(config)} - {"memory"}:
        config.pluginmanager.import_plugin("acceptance.stores")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A scenario runs once over each store that was asked for."""
    if _stores(metafunc.config) and metafunc.function in scenario_wrapper_template_registry:
        metafunc.parametrize("world", _stores(metafunc.config), indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Over HTTP, only the chapters that were chosen for it."""
    deselected = [item for item in items if not _is_chosen(item)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if _is_chosen(item)]


def _is_chosen(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return True
    template = scenario_wrapper_template_registry.get(item.obj)
    return (
        template is None
        or item.callspec.params.get("world") != "http"
        or Path(template.feature.filename).name.startswith(CHAPTERS_OVER_HTTP)
    )


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """A world of its own for each scenario."""
    store = getattr(request, "param", "memory")
    if store == "memory":
        return World(InMemoryPager())
    world: World = request.getfixturevalue(f"over_{store}")
    return world


def pytest_bdd_before_scenario(
    request: pytest.FixtureRequest, feature: Feature, scenario: Scenario
) -> None:
    world: World = request.getfixturevalue("world")
    request.node.stash[LOG] = ScenarioLog(feature, scenario, world.pager.timeline)
    expect(
        any(step.type == "then" for step in scenario.steps),
        "The scenario has no Then, so it checks nothing.",
    )
    kinds = [step.type for step in scenario.steps]
    expect(
        "when" not in kinds or "given" not in kinds[kinds.index("when") :],
        "A Given stands behind a When, whose outcome it would hide.",
    )


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Step) -> None:
    request.node.stash[LOG].begin(step)


def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Step) -> None:
    if step.type == "given":
        request.getfixturevalue("world").forget()


def pytest_bdd_step_error(request: pytest.FixtureRequest) -> None:
    request.node.stash[LOG].failed = True


def pytest_bdd_step_func_lookup_error(request: pytest.FixtureRequest, step: Step) -> None:
    """For a step that no definition matches, name the nearest ones."""
    from acceptance.catalogue import step_problem  # noqa: PLC0415 - pytest loads the steps first

    log = request.node.stash[LOG]
    log.begin(step)
    log.failed = True
    problem = step_problem(specification.Step(step.type, step.name))
    expect(problem is None, problem or "")


def pytest_bdd_after_scenario(request: pytest.FixtureRequest) -> None:
    """A refusal or a crash in a When fails the scenario, unless a step asks about it."""
    world: World = request.getfixturevalue("world")
    if not request.node.stash[LOG].failed:
        expect(world.refusals == [], "The Pager refused an Alert, and no Then says so.")
        expect(not world.crashed, "The Pager crashed, and the scenario does not restart it.")


def pytest_exception_interact(
    call: pytest.CallInfo[None], report: pytest.CollectReport | pytest.TestReport
) -> None:
    """For a chapter that cannot be read, name the line, without the parser's internals."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, GherkinParseError):
        where = f"{os.path.relpath(error.filename)}:{error.line}"
        report.longrepr = f"{where} cannot be read: {error.message}\n{error.line_content}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A scenario that fails is reported by its log; pytest would show the internals of steps."""
    report = yield
    if report.failed and call.excinfo is not None and LOG in item.stash:
        report.longrepr = item.stash[LOG].report(call.excinfo.value)
    return report
