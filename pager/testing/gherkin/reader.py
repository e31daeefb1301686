"""The one reader of feature files: it keeps everything that is written, whether or not it is run.

pytest-bdd reads the files too, to run them, but it drops what judges and readers of the
specification have to see: the first of two scenarios with one title, comments, descriptions.
"""

import re
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

from gherkin import Parser
from gherkin.errors import CompositeParserException
from gherkin.parser_types import Background as ParsedBackground
from gherkin.parser_types import Examples as ParsedExamples
from gherkin.parser_types import Feature as ParsedFeature
from gherkin.parser_types import GherkinDocument, TableRow, Tag
from gherkin.parser_types import Rule as ParsedRule
from gherkin.parser_types import Scenario as ParsedScenario
from gherkin.parser_types import Step as ParsedStep

from pager.testing.gherkin.chapter import Background, Chapter, Examples, Row, Rule, Scenario, Step

LONGEST = 2_000_000
"""Characters of a file: thousands of scenarios."""

TYPES = {"Context": "given", "Action": "when", "Outcome": "then"}
OUTLINES = {"Scenario Outline", "Scenario Template"}


class Unreadable(Exception):
    """A feature file that is not Gherkin. The text is the parser's own sentence."""

    def __init__(self, path: Path, line: int, written: str, problem: str) -> None:
        """`written` is what stands in the line."""
        super().__init__(problem)
        self.path, self.line, self.written = path, line, written


class Child(TypedDict, total=False):
    """What a Feature or a Rule is made of: one of these."""

    background: ParsedBackground
    rule: ParsedRule
    scenario: ParsedScenario


@cache
def read(path: Path) -> Chapter:
    """The chapter in the file. Raises Unreadable."""
    try:
        with path.open(encoding="utf-8") as opened:
            text = opened.read(LONGEST + 1)
    except UnicodeDecodeError as error:
        raise Unreadable(path, 1, "", "The file is not UTF-8. Save it as UTF-8.") from error
    if len(text) > LONGEST:
        raise Unreadable(path, 1, "", f"The file has more than {LONGEST:,} characters. Divide it.")
    try:
        document: GherkinDocument = Parser().parse(text)
    except CompositeParserException as error:
        first = error.errors[0]
        line = first.location["line"]
        written = [*text.splitlines(), ""][line - 1].strip()
        problem = re.sub(r"^\(\d+:\d+\): ", "", str(first))
        raise Unreadable(path, line, written, problem) from error
    if "feature" not in document:
        raise Unreadable(path, 1, "", "The file is empty. Begin it with “Feature: …”.")
    comments = tuple(
        (comment["location"]["line"], comment["text"].strip().lstrip("#").strip())
        for comment in document["comments"]
    )
    return _chapter(path, document["feature"], comments, tuple(text.splitlines()))


def _chapter(
    path: Path, feature: ParsedFeature, comments: tuple[tuple[int, str], ...], lines: Row
) -> Chapter:
    children = cast("list[Child]", feature["children"])
    background = _first_background(children)
    rules: list[Rule] = []
    scenarios: list[Scenario] = []
    tags = [*feature["tags"]]
    for child in children:
        if "scenario" in child:
            scenarios.append(_scenario(child["scenario"], background, None))
            tags += _tags(child["scenario"])
        elif "rule" in child:
            inner = cast("list[Child]", child["rule"]["children"])
            rule = _rule(child["rule"], _first_background(inner))
            rules.append(rule)
            tags += child["rule"]["tags"]
            for scenario in (one["scenario"] for one in inner if "scenario" in one):
                scenarios.append(_scenario(scenario, background, rule))
                tags += _tags(scenario)
    return Chapter(
        path=path,
        line=feature["location"]["line"],
        title=feature["name"],
        prose=feature["description"],
        language=feature["language"],
        background=background,
        rules=tuple(rules),
        scenarios=tuple(scenarios),
        tags=tuple((tag["location"]["line"], tag["name"]) for tag in tags),
        comments=comments,
        lines=lines,
    )


def _first_background(children: list[Child]) -> Background | None:
    """There is one at the most: Gherkin refuses a second."""
    for child in children:
        if "background" in child:
            found = child["background"]
            return Background(
                found["location"]["line"], found["description"], _steps(found["steps"])
            )
    return None


def _rule(found: ParsedRule, background: Background | None) -> Rule:
    return Rule(found["location"]["line"], found["name"], found["description"], background)


def _scenario(found: ParsedScenario, background: Background | None, rule: Rule | None) -> Scenario:
    backgrounds = [background, rule.background if rule else None]
    return Scenario(
        line=found["location"]["line"],
        title=found["name"],
        description=found["description"],
        is_outline=found["keyword"] in OUTLINES,
        rule=rule,
        inherited=tuple(step for above in backgrounds if above for step in above.steps),
        steps=_steps(found["steps"]),
        examples=tuple(map(_examples, found["examples"])),
    )


def _examples(found: ParsedExamples) -> Examples:
    header = cast("TableRow | None", found.get("tableHeader"))  # there is none without a table
    return Examples(
        line=found["location"]["line"],
        description=found["description"],
        columns=_cells(header) if header else (),
        rows=tuple(map(_cells, found["tableBody"])),
    )


def _steps(found: list[ParsedStep]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for step in found:
        above = steps[-1].type if steps else ""
        steps.append(
            Step(
                type=TYPES.get(step["keywordType"], above),
                text=step["text"],
                keyword=step["keyword"].strip(),
                line=step["location"]["line"],
                table=tuple(map(_cells, step["dataTable"]["rows"])) if "dataTable" in step else (),
                docstring=step["docString"]["content"] if "docString" in step else None,
            )
        )
    return tuple(steps)


def _cells(row: TableRow) -> Row:
    return tuple(cell["value"] for cell in row["cells"])


def _tags(found: ParsedScenario) -> list[Tag]:
    return [*found["tags"], *(tag for table in found["examples"] for tag in table["tags"])]
