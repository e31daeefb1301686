"""A fault of a feature file: a sentence that says what to write instead."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pager.testing.gherkin.files import shown

Found = Iterator[tuple[int, str]]
"""Faults of one file: the line and the sentence of each."""


class Fault(NamedTuple):
    """What is wrong, where, and what to write instead."""

    path: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{shown(self.path)}:{self.line}: {self.sentence}"
