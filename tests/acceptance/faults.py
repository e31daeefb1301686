"""Everything that is wrong with the specification as it is written: files, chapters, scenarios."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from acceptance.specification import FEATURES, TOP
from pager.testing.checks.chapter import faults_of_chapter
from pager.testing.checks.files import of_scenarios, repeated_titles, unreadable
from pager.testing.gherkin.chapter import Chapter
from pager.testing.gherkin.fault import Fault
from pager.testing.gherkin.files import feature_files
from pager.testing.gherkin.reader import Unreadable, read

EDITORS = re.compile(r"\.sw.$|~$|^\.?#|^\.DS_Store$")
"""What editors and systems keep beside a file."""


def all_faults() -> Iterator[Fault]:
    """Everything. It can be asked although a chapter cannot be read."""
    yield from faults_of_the_rest()
    for chapter in _readable():
        yield from of_scenarios(chapter)


def faults_of_the_rest() -> Iterator[Fault]:
    """What does not belong to a scenario, which fails by its own faults."""
    yield from faults_of_files()
    yield from repeated_titles(_readable())
    yield from repeated_numbers(feature_files(FEATURES))
    for chapter in _readable():
        yield from faults_of_chapter(chapter)
        yield from without_promise(chapter)


def _readable() -> Iterator[Chapter]:
    for path in feature_files(FEATURES):
        with suppress(Unreadable):
            yield read(path)


def faults_of_files(top: Path = TOP) -> Iterator[Fault]:
    """Feature files that cannot be read, or are not run because of their name or folder."""
    features = top / "features"
    run = feature_files(features)
    for path in run:
        yield from unreadable(path)
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not _is_foreign(Path(folder, name), features)]
        for path in (Path(folder, name) for name in files):
            looks_like_one = ".feature" in path.name.lower() or path.is_relative_to(features)
            if looks_like_one and path not in run and not EDITORS.search(path.name):
                yield Fault(
                    path,
                    1,
                    "Nothing in this file is run. A chapter is a file in features/"
                    " whose name ends in .feature.",
                )


def _is_foreign(folder: Path, features: Path) -> bool:
    """Whether the folder has what others made: environments, caches, what was built, and what a
    team tests with `pager verify`: its scenarios are beside its YAML files."""
    is_of_a_team = any(folder.glob("*.y*ml"))
    return (
        ((folder.name.startswith(".") or is_of_a_team) and not folder.is_relative_to(features))
        or folder.name in {"build", "dist", "node_modules", "__pycache__"}
        or folder.joinpath("pyvenv.cfg").exists()
    )


def repeated_numbers(paths: Iterable[Path]) -> Iterator[Fault]:
    """Two chapters with one number, which two people wrote at the same time."""
    first: dict[str, Path] = {}
    for path in paths:
        number = re.match(r"\d+", path.name)
        if number and (other := first.setdefault(number[0], path)) != path:
            yield Fault(
                path, 1, f"{other.name} has the number {number[0]} too. Give it another one."
            )


def without_promise(chapter: Chapter) -> Iterator[Fault]:
    """A chapter whose prose says nothing."""
    if len(re.findall(r"[.:?](?:\s|$)", chapter.prose)) < 2:
        yield Fault(
            chapter.path,
            chapter.line,
            "The chapter does not say what it promises. Write two sentences below its title.",
        )
