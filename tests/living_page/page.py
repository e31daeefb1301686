"""The living page: the specification and the results of its run, in one file."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pytest_bdd.parser import Feature, Rule, ScenarioTemplate, Step

from acceptance.catalogue import catalogue, nouns
from acceptance.scenario_log import StepLog
from acceptance.specification import SEVEN, TESTS, features
from acceptance.tables import has_header
from living_page.diagram import diagram
from living_page.guarantees import GUARANTEES, TOP, Promises, promises
from living_page.rules import rules
from living_page.run import Results, Run
from living_page.steps import TITLES
from pager.durations import in_words

HERE = Path(__file__).parent


class ShownStep(NamedTuple):
    """A step as the page shows it."""

    keyword: str
    text: str
    docstring: str
    rows: list[list[str]]
    fails: bool


class ShownRun(NamedTuple):
    """The result of a scenario, or of one row of its Examples."""

    example: list[str]
    """The row; empty where there are no Examples."""
    holds: bool
    failure: str
    steps: list[tuple[str, list[tuple[str, str, str]]]]
    """What happened, step by step: moment, verb, what."""


class ShownScenario(NamedTuple):
    """A scenario with its results."""

    id: str
    title: str
    description: str
    rule: Rule | None
    rule_steps: list[ShownStep]
    of_the_brief: bool
    steps: list[ShownStep]
    columns: list[str]
    expected_runs: int
    runs: list[ShownRun]

    @property
    def holds(self) -> bool:
        """Whether the scenario was run for each row of its Examples, and passed each time."""
        return len(self.runs) == self.expected_runs and all(run.holds for run in self.runs)


class Chapter(NamedTuple):
    """A feature with its results."""

    number: int
    title: str
    file: str
    prose: list[str]
    background: list[ShownStep]
    scenarios: list[ShownScenario]

    @property
    def holds(self) -> bool:
        """Whether every scenario of the chapter holds."""
        return all(scenario.holds for scenario in self.scenarios)


def write(page: Path, results: Results) -> bool:
    """Write the page, and return whether everything on it holds.

    Raises GherkinParseError where a chapter cannot be read.
    """
    chapters = [
        _chapter(number, feature, results) for number, feature in enumerate(features(), start=1)
    ]
    guarantees, where = promises(), GUARANTEES.relative_to(TOP).as_posix()
    unproven = {
        f"{proof.file}: {proof.sentence}": f"{where} names this proof, and it is not there."
        for table in guarantees
        for guarantee in table.guarantees
        for proof in guarantee.proofs
        if not proof.line
    } | {
        guarantee.promise: f"{where} promises this, and names no proof."
        for table in guarantees
        for guarantee in table.guarantees
        if not guarantee.proofs
    }
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        _rendered(chapters, guarantees, results.faults | unproven), encoding="utf-8", newline="\n"
    )
    return not unproven and not results.faults and all(chapter.holds for chapter in chapters)


def _rendered(
    chapters: Sequence[Chapter], guarantees: Sequence[Promises], faults: dict[str, str]
) -> str:
    jinja = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.tests["headed"] = has_header
    answers = rules()
    scenarios = [scenario for chapter in chapters for scenario in chapter.scenarios]
    return jinja.get_template("page.html").render(
        chapters=chapters,
        scenarios=scenarios,
        runs=sum(len(scenario.runs) for scenario in scenarios),
        failing=[scenario for scenario in scenarios if not scenario.holds],
        ids={scenario.title: scenario.id for scenario in scenarios},
        faults=faults,
        rules=answers,
        diagram=Markup(diagram(answers)),  # noqa: S704 - Graphviz has escaped it
        guarantees=guarantees,
        catalogue=catalogue(),
        kinds=TITLES,
        nouns=nouns(),
        version=_version(),
        now=datetime.now(UTC),
        css=Markup((HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own
        script=Markup((HERE / "page.js").read_text(encoding="utf-8")),  # noqa: S704 - our own
    )


def slug(text: str) -> str:
    """`text` as the fragment of a URL."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _version() -> str:
    """The package's version; and which commit, where git knows."""
    git = shutil.which("git")
    if git is None:
        return version("pager")
    commit, changes = (
        subprocess.run(
            [git, *arguments], cwd=TESTS, capture_output=True, check=False, encoding="utf-8"
        ).stdout.strip()
        for arguments in (("describe", "--always"), ("status", "--porcelain"))
    )
    if not commit:
        return version("pager")
    return f"{version('pager')} ({commit}{', and what is not committed' if changes else ''})"


def _chapter(number: int, feature: Feature, results: Results) -> Chapter:
    return Chapter(
        number=number,
        title=feature.name,
        file=feature.rel_filename,
        prose=[" ".join(text.split()) for text in feature.description.split("\n\n") if text],
        background=[_step(step) for step in feature.background.steps] if feature.background else [],
        scenarios=[
            _scenario(scenario, results.runs[feature.rel_filename, scenario.line_number])
            for scenario in feature.scenarios.values()
        ],
    )


def _scenario(scenario: ScenarioTemplate, runs: Sequence[Run]) -> ShownScenario:
    inherited = len(scenario.all_background_steps)
    failed = {
        run.log.steps[-1].step.line_number for run in runs if run.log.failed and run.log.steps
    }
    columns = [*scenario.examples[0].example_params] if scenario.examples else []
    rule = scenario.rule
    return ShownScenario(
        id=f"scenario-{slug(scenario.name)}",
        title=scenario.name,
        description=scenario.description,
        rule=rule,
        rule_steps=[_step(step) for step in rule.background.steps]
        if rule and rule.background
        else [],
        of_the_brief=scenario.name in SEVEN,
        steps=[
            _step(step, fails=step.line_number in failed) for step in scenario.steps[inherited:]
        ],
        columns=columns,
        expected_runs=sum(len(table.examples) for table in scenario.examples) if columns else 1,
        runs=[
            ShownRun(
                example=[run.example[column] for column in columns],
                holds=not run.failure,
                failure=run.failure,
                steps=[*_happened(run.log.steps)],
            )
            for run in runs
        ],
    )


def _step(step: Step, *, fails: bool = False) -> ShownStep:
    rows = step.datatable.rows if step.datatable else ()
    return ShownStep(
        keyword=step.keyword,
        text=step.name,
        docstring=step.docstring or "",
        rows=[[cell.value for cell in row.cells] for row in rows],
        fails=fails,
    )


def _happened(
    steps: Sequence[StepLog],
) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The steps in which something happened, and what."""
    for step, entries in steps:
        if entries:
            yield (
                f"{step.keyword} {step.name}",
                [(in_words(entry.at), entry.verb, entry.what) for entry in entries],
            )
