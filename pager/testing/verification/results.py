"""What came of a run: of each scenario and each property, whether it holds."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from pytest_bdd.parser import ScenarioTemplate
from pytest_bdd.scenario import scenario_wrapper_template_registry

from pager.testing.moments import in_words
from pager.testing.scenario_log import LOG, ScenarioLog, explanation

PROPERTIES = "properties"
"""The chapter of what stands in the YAML files."""


class Place(NamedTuple):
    """Where something is written."""

    file: Path | None
    line: int


class Result(NamedTuple):
    """What came of a scenario, or of a row of its Examples, or of a property."""

    chapter: str
    """The feature file, from its folder on; or PROPERTIES."""
    feature: str
    """The title of the feature, or the chapter where it has none."""
    title: str
    place: Place
    """Of the step that failed, or of the title."""
    failure: str
    """What went wrong, in short; empty where it holds."""
    report: str
    """The whole log up to there; empty where it holds."""
    scenario: int | None
    """The line of its title; None for a property."""
    example: Mapping[str, str]
    """The row of its Examples; empty where there are none."""
    log: ScenarioLog | None
    """None of a property, and of a scenario that did not begin."""
    seconds: float
    """That it took."""

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return not self.failure


def title_of(item: pytest.Item) -> str:
    """The title of the scenario, with the row of its Examples; or the sentence of a property."""
    template = template_of(item)
    if template is None:
        return str(_parameter(item, "sentence"))
    row = ", ".join(_example(item).values())
    return f"{template.name} [{row}]" if row else template.name


def _example(item: pytest.Item) -> Mapping[str, str]:
    found = _parameter(item, "_pytest_bdd_example")
    return found if isinstance(found, Mapping) else {}


def _parameter(item: pytest.Item, name: str) -> object:
    assert isinstance(item, pytest.Function)
    return item.callspec.params.get(name) if hasattr(item, "callspec") else None


def template_of(item: pytest.Item) -> ScenarioTemplate | None:
    """The scenario that an item runs; None for a property."""
    assert isinstance(item, pytest.Function)
    return scenario_wrapper_template_registry.get(item.obj)


def chapter_of(item: pytest.Item, folder: Path) -> str:
    """The feature file of a scenario, from the folder on."""
    template = template_of(item)
    if template is None:
        return PROPERTIES
    return Path(os.path.relpath(template.feature.filename, folder)).as_posix()


def result_of(item: pytest.Item, folder: Path, call: pytest.CallInfo[None], place: Place) -> Result:
    """What came of it; `place` is that of a property."""
    error = call.excinfo.value if call.excinfo is not None else None
    log = item.stash.get(LOG, None)
    template = template_of(item)
    if template is not None:
        place = Place(Path(template.feature.filename), _line(template, log))
    failure = "\n".join(explanation(error)) if error else ""
    if failure and log and log.began:
        failure = f"It is {in_words(log.began)}. {failure}"
    report = log.report(error) if error and log else failure
    chapter = chapter_of(item, folder)
    return Result(
        chapter,
        (template and template.feature.name) or chapter,
        title_of(item),
        place,
        failure,
        report,
        template.line_number if template else None,
        _example(item),
        log,
        call.duration,
    )


def _line(template: ScenarioTemplate, log: ScenarioLog | None) -> int:
    failed = log.failed and log.steps if log else ()
    return failed[-1].step.line_number if failed else template.line_number
