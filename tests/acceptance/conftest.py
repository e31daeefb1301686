"""Wires the features to the step catalogue, and lets no scenario pass that checks nothing."""

import inspect
from collections.abc import Generator
from pathlib import Path
from types import FunctionType

import pytest
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.parser import Feature, Scenario, Step
from pytest_bdd.scenario import scenario_wrapper_template_registry

from acceptance.chapter import Step as WrittenStep
from acceptance.expect import Unmet, expect
from acceptance.fault import Fault
from acceptance.reader import read
from acceptance.scenario_log import LOG, ScenarioLog
from acceptance.world import World
from pager.testing import InMemoryPager

CHAPTERS_OVER_HTTP = ("01", "02", "03", "04", "07", "11", "13")
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


def pytest_bdd_apply_tag(tag: str, function: object) -> bool:
    """A tag is no mark of pytest, so `@skip` skips nothing. That it stands there is a fault."""
    return True


def pytest_bdd_before_scenario(
    request: pytest.FixtureRequest, feature: Feature, scenario: Scenario
) -> None:
    """Run nothing of a scenario that would check nothing, however it ended."""
    # Imported here, because pytest loads the steps first.
    from acceptance.scenario_checks import faults_of_scenario  # noqa: PLC0415

    world: World = request.getfixturevalue("world")
    request.node.stash[LOG] = ScenarioLog(feature, scenario, world.pager.timeline)
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
    from acceptance.catalogue import matching, step_problem  # noqa: PLC0415 - as above

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
    note = inspect.getdoc(step_func) or ""
    expect(
        is_read or found is None,
        f"{line} reads no {what}: what stands below it is not checked."
        f" Remove the {what}, or write a step that reads it.",
    )
    expect(found is not None or not is_read, f"{line} needs a {what} below it. {note}".rstrip())


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
    problem = step_problem(_step(step))
    expect(problem is None, problem or "")


def _step(step: Step) -> WrittenStep:
    """A step that pytest-bdd runs, as the catalogue knows it."""
    rows = step.datatable.rows if step.datatable else ()
    table = tuple(tuple(cell.value for cell in row.cells) for row in rows)
    return WrittenStep(step.type, step.name, step.keyword, step.line_number, table)


def pytest_bdd_after_scenario(request: pytest.FixtureRequest, scenario: Scenario) -> None:
    """Some things fail a scenario although each of its steps holds."""
    from acceptance.without_whens import expect_whens_to_matter  # noqa: PLC0415 - as above

    world: World = request.getfixturevalue("world")
    if not request.node.stash[LOG].failed:
        world.expect_everything_said()
        expect_whens_to_matter([*map(_step, scenario.steps)])


def pytest_exception_interact(
    node: pytest.Collector | pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.CollectReport | pytest.TestReport,
) -> None:
    """For chapters that cannot be read, say what to write, without the parser's internals."""
    # Imported here, because pytest loads the steps first.
    from acceptance.faults import all_faults, faults_of_file  # noqa: PLC0415

    error = call.excinfo.value if call.excinfo is not None else None
    faults: list[Fault] = []
    if isinstance(error, GherkinParseError):
        faults += faults_of_file(Path(error.filename))
    elif isinstance(report, pytest.CollectReport) and node.path.name == "test_features.py":
        faults += all_faults()
    if faults:
        report.longrepr = "\n".join(map(str, faults))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A scenario that fails is reported by its log; pytest would show the internals of steps."""
    report = yield
    if report.failed and call.excinfo is not None and LOG in item.stash:
        report.longrepr = item.stash[LOG].report(call.excinfo.value)
    return report
