"""Which tests a change touches, as a plugin of pytest.

A feature touches its scenarios, and the tests of the whole specification; the steps, and what reads
and runs them, touch the specification. A test module touches
its own tests, any other module among the tests those beside and below it. A module of the domain
touches every test, since `import pager` imports it; one that no test imports touches none.

To know which tests *called* something in a module would be finer, and wrong: a model, an error's
text or a step's pattern is read where it is imported.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = ROOT / "pager/testing"


class Touched:
    """Leaves the tests that `changed` touches."""

    def __init__(self, changed: Iterable[Path]) -> None:
        """`changed` are files of this repository."""
        self._changed = [*changed]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The tests have been read, so the modules that they need are imported."""
        imported = {getattr(module, "__file__", None) for module in [*sys.modules.values()]}
        changed = [
            path
            for path in self._changed
            if not path.is_relative_to(ROOT / "pager") or str(path) in imported
        ]
        items[:] = [item for item in items if any(touches(path, item) for path in changed)]


def is_of_the_specification(path: Path) -> bool:
    """Whether the file is a chapter, or would be one if its name or its folder were right."""
    return ".feature" in path.name.lower() or path.is_relative_to(ROOT / "features")


def touches(changed: Path, item: pytest.Item) -> bool:
    """Whether the file `changed`, if it is read at all, is one that `item` depends on."""
    if is_of_the_specification(changed):
        return item.path.is_relative_to(ROOT / "tests/acceptance") and _feature(item) in (
            changed,
            None,
        )
    if changed.is_relative_to(STEPS) and changed.name != "__init__.py":
        return item.path.is_relative_to(ROOT / "tests/acceptance")
    if changed.name.startswith("test_"):
        return item.path == changed
    if changed.is_relative_to(ROOT / "tests"):
        return item.path.is_relative_to(changed.parent)
    return True


def _feature(item: pytest.Item) -> Path | None:
    """The feature file that `item` is a scenario of, if it is one."""
    # Imported by pytest first, which rewrites its plugins.
    from pytest_bdd.scenario import scenario_wrapper_template_registry  # noqa: PLC0415

    if not isinstance(item, pytest.Function):
        return None
    scenario = scenario_wrapper_template_registry.get(item.obj)
    return Path(scenario.feature.filename) if scenario is not None else None
