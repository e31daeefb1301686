"""What was measured: kept as JSON beside the page that is made of it."""

import statistics
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from benchmarks.at_rest import AtRest
from benchmarks.intake import Intake
from benchmarks.on_call import OnCall
from benchmarks.storm import Run, Storm
from benchmarks.verify import Verify


class Series(BaseModel):
    """The same storm on the same pager, several times."""

    # Which table it is in.
    table: str
    system: str
    title: str
    is_durable: bool
    storm: Storm
    runs: list[Run]

    def median(self, column: str) -> float | None:
        """Of a column of its runs; None where there is no value."""
        values = [value for run in self.runs if (value := getattr(run, column)) is not None]
        return statistics.median(values) if values else None

    def total(self, column: str) -> int:
        """The sum of a column of its runs."""
        return sum(getattr(run, column) for run in self.runs)


ALLOWED = 1.5
"""How much faster than linear a cost may seem to grow: caches are small, machines are shared."""


class Line(BaseModel):
    """A line of a plot."""

    name: str
    points: list[tuple[float, float]]

    @property
    def is_faster_than_linear(self) -> bool:
        """Whether the cost grows faster than what it depends on."""
        (first_size, first), (last_size, last) = self.points[0], self.points[-1]
        return last / max(first, 0.1) > ALLOWED * last_size / first_size


class Plot(BaseModel):
    """How something grows."""

    name: str
    title: str
    x: str
    y: str
    lines: list[Line]
    # Both axes logarithmic: a line with the slope of the diagonal is linear growth.
    is_logarithmic: bool = True

    @property
    def note(self) -> str:
        """Whether each line grows linearly, or less."""
        faster = [line.name for line in self.lines if line.is_faster_than_linear]
        return (
            f"Faster than linear: {', '.join(faster)}." if faster else "Each is linear, or better."
        )


class Results(BaseModel):
    """All that one page shows."""

    date: str = ""
    cpu: str = ""
    cores: int = 0
    versions: dict[str, str] = {}
    # What was not installed: its name, and how it is.
    not_installed: dict[str, str] = {}
    commit_p50_ms: float | None = None
    commit_p99_ms: float | None = None
    storms: list[Series] = []
    at_rest: dict[str, AtRest] = {}
    intake: Intake | None = None
    on_call: OnCall | None = None
    verify: Verify | None = None
    plots: list[Plot] = []
    # Where the time of a storm goes: the part of the samples, and the module or the function.
    profile_of_modules: list[tuple[float, str]] = []
    profile_of_functions: list[tuple[float, str]] = []
    # Of stages that failed.
    failures: dict[str, str] = {}

    def series(self, table: str, system: str) -> Series | None:
        """That row of that table, where it was measured."""
        for each in self.storms:
            if (each.table, each.system) == (table, system) and each.runs:
                return each
        return None

    def add(self, series: Series) -> None:
        """In place of an earlier one."""
        kept = [e for e in self.storms if (e.table, e.system) != (series.table, series.system)]
        self.storms = [*kept, series]

    def add_plot(self, plot: Plot) -> None:
        """In place of an earlier one."""
        self.plots = [*(each for each in self.plots if each.name != plot.name), plot]

    @classmethod
    def read(cls, path: Path) -> Self:
        """What was measured before; nothing where there is no such file."""
        return cls.model_validate_json(path.read_text()) if path.exists() else cls()

    def write(self, path: Path) -> None:
        """For the next time, and for other programs."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json(indent=1) + "\n")
