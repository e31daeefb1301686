"""A chapter of the specification as it is written: its scenarios, their steps, its prose."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pytest_bdd.parser import PARAM_RE

Row = tuple[str, ...]


class Step(NamedTuple):
    """A step. `type` is given, when or then: And and But have that of the step above them."""

    type: str
    text: str
    keyword: str = ""
    line: int = 0
    table: tuple[Row, ...] = ()
    docstring: str | None = None

    @property
    def placeholders(self) -> set[str]:
        """The names in `<angle brackets>`, which the Examples fill in."""
        cells = [cell for row in self.table for cell in row]
        return placeholders(self.text, self.docstring or "", *cells)

    def filled(self, example: Mapping[str, str]) -> "Step":
        """The step with a row of the Examples filled in, as pytest-bdd does it."""
        return self._replace(text=_filled(self.text, example), table=_cells(self.table, example))


class Examples(NamedTuple):
    """One table of Examples."""

    line: int
    description: str
    columns: Row
    rows: tuple[Row, ...]


class Background(NamedTuple):
    """The Background of a chapter or of a Rule."""

    line: int
    description: str
    steps: tuple[Step, ...]


class Rule(NamedTuple):
    """A Rule, which has scenarios below it."""

    line: int
    title: str
    description: str
    background: Background | None


class Scenario(NamedTuple):
    """A Scenario; with Examples it is an outline."""

    line: int
    title: str
    description: str
    is_outline: bool
    """By its keyword."""
    rule: Rule | None
    inherited: tuple[Step, ...]
    """The steps of the Backgrounds above it."""
    steps: tuple[Step, ...]
    """Its own."""
    examples: tuple[Examples, ...]

    @property
    def runs(self) -> list[dict[str, str]]:
        """The row of the Examples of each run; an empty one where there are no Examples."""
        rows = [
            dict(zip(table.columns, row, strict=True))
            for table in self.examples
            for row in table.rows
        ]
        return rows or [{}]


class Chapter(NamedTuple):
    """A feature file."""

    path: Path
    line: int
    title: str
    prose: str
    language: str
    background: Background | None
    rules: tuple[Rule, ...]
    scenarios: tuple[Scenario, ...]
    tags: tuple[tuple[int, str], ...]
    """Each with its line, wherever it stands."""
    comments: tuple[tuple[int, str], ...]
    """Likewise, without the #."""
    lines: tuple[str, ...]
    """The whole file."""

    def line_of(self, text: str, below: int) -> int:
        """The line below the line `below` where `text` stands: a description has no numbers."""
        for number, line in enumerate(self.lines, start=1):
            if number > below and line.strip() == text.strip():
                return number
        return below


def placeholders(*texts: str) -> set[str]:
    """The names in `<angle brackets>`."""
    return {name for text in texts for name in PARAM_RE.findall(text)}


def _filled(text: str, example: Mapping[str, str]) -> str:
    return PARAM_RE.sub(lambda name: example.get(name[1], name[0]), text)


def _cells(table: tuple[Row, ...], example: Mapping[str, str]) -> tuple[Row, ...]:
    return tuple(tuple(_filled(cell, example) for cell in row) for row in table)
