"""Everything that is wrong with the specification as it is written: files, chapters, scenarios."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from acceptance.chapter import Chapter
from acceptance.chapter_checks import faults_of_chapter
from acceptance.fault import Fault
from acceptance.keywords import meant
from acceptance.reader import Unreadable, read
from acceptance.scenario_checks import faults_of_scenario
from acceptance.specification import TOP, feature_files, shown

SENTENCES = {
    "inconsistent cell count": "Each row of a table has as many cells as the first one.",
    "expected: #DocStringSeparator": "The docstring has no end. Close it, or remove it.",
    "end of file": "The chapter ends here, below a tag. Remove the tag.",
    "A tag may not": "Tags have no meaning here. Remove the line.",
    "Language not supported": "The chapters are in English. Remove the line “# language: …”.",
}
"""By what the parser says."""

PLACES = {
    "Feature": "Each chapter has a file of its own.",
    "Background": "There is one Background, above the first scenario.",
    "Examples": "Examples stand below the steps of a scenario.",
}
"""Where a keyword may stand, apart from those of steps."""

EDITORS = re.compile(r"\.sw.$|~$|^\.?#|^\.DS_Store$")
"""What editors and systems keep beside a file."""


def all_faults() -> Iterator[Fault]:
    """Everything. It can be asked although a chapter cannot be read."""
    yield from faults_of_the_rest()
    for chapter in _readable():
        yield from _of_scenarios(chapter)


def faults_of_file(path: Path) -> Iterator[Fault]:
    """Why one file cannot be read, or run."""
    yield from unreadable(path)
    with suppress(Unreadable):
        yield from faults_of_chapter(read(path))
        yield from _of_scenarios(read(path))


def _of_scenarios(chapter: Chapter) -> Iterator[Fault]:
    for scenario in chapter.scenarios:
        yield from faults_of_scenario(chapter, scenario)


def faults_of_the_rest() -> Iterator[Fault]:
    """What does not belong to a scenario, which fails by its own faults."""
    yield from faults_of_files()
    yield from repeated_titles(_readable())
    yield from repeated_numbers(feature_files())
    for chapter in _readable():
        yield from faults_of_chapter(chapter)


def _readable() -> Iterator[Chapter]:
    for path in feature_files():
        with suppress(Unreadable):
            yield read(path)


def unreadable(path: Path) -> Iterator[Fault]:
    """Why a file cannot be read, if it cannot."""
    try:
        read(path)
    except Unreadable as error:
        yield Fault(path, error.line, _why_unreadable(error))


def _why_unreadable(error: Unreadable) -> str:
    written, problem = error.written.removeprefix("\ufeff"), str(error)
    if written != error.written:
        return "An invisible mark stands before the first word. Save the file as UTF-8 without BOM."
    for sign, sentence in SENTENCES.items():
        if sign in problem:
            return sentence
    right = meant(written)
    if right == written:
        keyword = written.partition(":")[0].partition(" ")[0]
        place = PLACES.get(keyword, "Write it below “Scenario: …”.")
        return f"“{written}” may not stand here. {place}"
    if "expected: " in problem:
        hint = f" Did you mean “{right}”?" if right else ""
        return f"“{written}” begins with no keyword that may stand here.{hint}"
    return problem


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
    """Whether the folder has what others made: environments, caches, what was built."""
    return (
        (folder.name.startswith(".") and not folder.is_relative_to(features))
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


def repeated_titles(chapters: Iterable[Chapter]) -> Iterator[Fault]:
    """Of two scenarios with one title in a chapter, pytest-bdd runs only the second."""
    first: dict[str, str] = {}
    for chapter in chapters:
        for scenario in chapter.scenarios:
            place = f"{shown(chapter.path)}:{scenario.line}"
            same = re.sub(r"\W+", " ", scenario.title.casefold()).strip()
            if same in first:
                yield Fault(
                    chapter.path,
                    scenario.line,
                    f"“{scenario.title}” is the title of another scenario too, in {first[same]}."
                    " Give one of them another title.",
                )
            first.setdefault(same, place)
