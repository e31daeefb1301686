"""The specification as a whole: its chapters, and what is asked about all of them."""

from collections.abc import Iterator
from pathlib import Path

from pager.testing.gherkin.chapter import Chapter, Step
from pager.testing.gherkin.files import feature_files
from pager.testing.gherkin.reader import read

TESTS = Path(__file__).parents[1]
TOP = TESTS.parent
FEATURES = TOP / "features"


def chapters() -> list[Chapter]:
    """Every chapter, in the order of the files. Raises Unreadable."""
    return [read(path) for path in feature_files(FEATURES)]


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
