"""The log of a scenario: its steps, and below each of them what happened in the Pager.

The author of a scenario reads it when that fails; the living page shows it for every scenario.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple

import pytest
from pytest_bdd.parser import Feature, Scenario, Step

from pager.simulation.timeline import Entry, lines
from pager.testing.expect import Unmet
from pager.testing.gherkin.files import shown
from pager.testing.tables import aligned
from pager.testing.world import World

WIDTH = 72


class StepLog(NamedTuple):
    """A step, and what happened while it was carried out."""

    step: Step
    entries: tuple[Entry, ...]


class ScenarioLog:
    """Follows one scenario. It is kept in the test's stash, under `LOG`."""

    def __init__(self, feature: Feature, scenario: Scenario, world: World) -> None:
        """`world` is that of the scenario."""
        self.feature = feature
        self.scenario = scenario
        self._world = world
        self._timeline = world.pager.timeline
        self._begun: list[tuple[Step, int]] = []
        self.failed = False

    @property
    def began(self) -> datetime | None:
        """The moment that the scenario was carried out at, where it says one."""
        return self._world.moments[self._world.turn] if self._world.moments else None

    def begin(self, step: Step) -> None:
        """Note from now on what happens in `step`."""
        self._begun.append((step, len(self._timeline.entries)))

    @property
    def steps(self) -> list[StepLog]:
        """The steps that were begun, in order; the last one is the one that failed, if any did."""
        starts = [start for _, start in self._begun]
        return [
            StepLog(step, tuple(map(self._with_names, self._timeline.entries[start:end])))
            for (step, start), end in zip(self._begun, [*starts[1:], None], strict=False)
        ]

    def _with_names(self, entry: Entry) -> Entry:
        return entry._replace(what=self._world.book.with_names(entry.what))

    def report(self, error: BaseException) -> str:
        """The whole log up to `error`, for a terminal."""
        where = f"{shown(Path(self.feature.filename))}:{self.scenario.line_number}"
        text = [f"Scenario: {self.scenario.name}", where, ""]
        steps = self.steps
        for number, (step, entries) in enumerate(steps, start=1):
            failed = self.failed and number == len(steps)
            line = f"{step.keyword} {step.name}"
            text.append(f"{line:<{WIDTH}}FAILED" if failed else line)
            if not (failed and step.type == "then"):  # a Then shows what differs
                text += [f"      {row}" for row in table(step)]
            text += lines(entries)
        return "\n".join([*text, "", *explanation(error)])


LOG = pytest.StashKey[ScenarioLog]()


def table(step: Step) -> list[str]:
    """The step's table as it stands in the feature, a line for each row."""
    rows = step.datatable.rows if step.datatable else ()
    return aligned([[cell.value for cell in row.cells] for row in rows])


def explanation(error: BaseException) -> Iterator[str]:
    """What went wrong: in words if a step says so, otherwise with its place in the code."""
    if isinstance(error, Unmet):
        yield str(error)
        return
    yield f"This is not a matter of the scenario: {type(error).__name__}: {error}"
    for frame in extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if "site-packages" not in path.parts:
            yield f"  {os.path.relpath(path)}:{frame.lineno}  {frame.line}"
