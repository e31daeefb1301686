"""What is wrong with a feature file, and with several of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pager.testing.checks.chapter import faults_of_chapter
from pager.testing.checks.scenario import faults_of_scenario
from pager.testing.gherkin.chapter import Chapter
from pager.testing.gherkin.fault import Fault
from pager.testing.gherkin.files import shown
from pager.testing.gherkin.keywords import meant
from pager.testing.gherkin.reader import Unreadable, read

SENTENCES = {
    "inconsistent cell count": "Each row of a table has as many cells as the first one.",
    "expected: #DocStringSeparator": "The docstring has no end. Close it, or remove it.",
    "end of file": "The file ends here, below a tag. Remove the tag.",
    "A tag may not": "Tags have no meaning here. Remove the line.",
    "Language not supported": "Feature files are in English. Remove the line “# language: …”.",
}
"""By what the parser says."""

PLACES = {
    "Feature": "Each Feature has a file of its own.",
    "Background": "There is one Background, above the first scenario.",
    "Examples": "Examples stand below the steps of a scenario.",
}
"""Where a keyword may stand, apart from those of steps."""


def faults_of_file(path: Path) -> Iterator[Fault]:
    """Why one file cannot be read, or run."""
    yield from unreadable(path)
    with suppress(Unreadable):
        yield from faults_of_chapter(read(path))
        yield from of_scenarios(read(path))


def of_scenarios(chapter: Chapter) -> Iterator[Fault]:
    for scenario in chapter.scenarios:
        yield from faults_of_scenario(chapter, scenario)


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


def faults_of_files(paths: Sequence[Path]) -> Iterator[Fault]:
    """What is wrong with these files apart from their scenarios, which fail by their own faults."""
    for path in paths:
        yield from unreadable(path)
    chapters: list[Chapter] = []
    for path in paths:
        with suppress(Unreadable):
            chapters.append(read(path))
    yield from repeated_titles(chapters)
    for chapter in chapters:
        yield from faults_of_chapter(chapter)
