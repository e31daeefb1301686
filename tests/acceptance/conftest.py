"""Over which stores the features run, and what is said where they cannot be read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_bdd.scenario import scenario_wrapper_template_registry

from acceptance.faults import all_faults
from acceptance.world import SpecificationWorld
from pager.testing import InMemoryPager

CHAPTERS_OVER_HTTP = ("01", "02", "03", "04", "07", "11", "13")
"""What a client does and sees, the brief's seven scenarios among it."""

CHAPTERS_WITHOUT_A_STORE = ("19", "20", "21", "22")
"""What is worked out of people, schedules and policies: no store has a part in it."""

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
    """Over a store, only the chapters that it has a part in; over HTTP, those chosen for it."""
    deselected = [item for item in items if not _is_chosen(item)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if _is_chosen(item)]


def _is_chosen(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return True
    template = scenario_wrapper_template_registry.get(item.obj)
    store = item.callspec.params.get("world", "memory")
    if template is None or store == "memory":
        return True
    chapter = Path(template.feature.filename).name
    if store == "http":
        return chapter.startswith(CHAPTERS_OVER_HTTP)
    return not chapter.startswith(CHAPTERS_WITHOUT_A_STORE)


@pytest.fixture
def fresh_world() -> Callable[[], SpecificationWorld]:
    """One more world, in memory."""
    return lambda: SpecificationWorld(InMemoryPager())


@pytest.fixture
def world(request: pytest.FixtureRequest) -> SpecificationWorld:
    """A world of its own for each scenario."""
    store = getattr(request, "param", "memory")
    if store == "memory":
        return SpecificationWorld(InMemoryPager())
    world: SpecificationWorld = request.getfixturevalue(f"over_{store}")
    return world


def pytest_exception_interact(
    node: pytest.Collector | pytest.Item, report: pytest.CollectReport | pytest.TestReport
) -> None:
    """For features that cannot be run, say everything that is wrong with them."""
    if isinstance(report, pytest.CollectReport) and node.path.name == "test_features.py":
        report.longrepr = "\n".join(map(str, all_faults())) or report.longrepr
