"""The specification as a whole: its chapters, and what is asked about all of them."""

import os
from collections.abc import Iterator
from pathlib import Path

from acceptance.chapter import Chapter, Step
from acceptance.reader import read

TESTS = Path(__file__).parents[1]
TOP = TESTS.parent
FEATURES = TOP / "features"


def feature_files(folder: Path = FEATURES) -> list[Path]:
    """The files that are run: pytest-bdd leaves out those that are hidden."""
    return sorted(
        path
        for path in folder.rglob("*.feature")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def chapters() -> list[Chapter]:
    """Every chapter, in the order of the files. Raises Unreadable."""
    return [read(path) for path in feature_files()]


def titles() -> Iterator[tuple[str, str]]:
    """Each scenario that is written: its title and the name of its file."""
    for chapter in chapters():
        for scenario in chapter.scenarios:
            yield scenario.title, chapter.path.name


def steps_as_run() -> Iterator[Step]:
    """Each step of each run: those of the Backgrounds too, with the Examples filled in."""
    for chapter in chapters():
        for scenario in chapter.scenarios:
            for example in scenario.runs:
                for step in (*scenario.inherited, *scenario.steps):
                    yield step.filled(example)


def shown(path: Path) -> str:
    """`path` as a person reads it: from the top of the repository."""
    return path.relative_to(TOP).as_posix() if path.is_relative_to(TOP) else os.path.relpath(path)
