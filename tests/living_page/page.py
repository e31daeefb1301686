"""The living page: the specification and the results of its run, in one file."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from acceptance.brief import SEVEN
from acceptance.specification import TESTS, chapters
from acceptance.tables import has_header
from living_page.diagram import diagram
from living_page.guarantees import GUARANTEES, TOP, Promises, promises
from living_page.rules import rules
from living_page.run import Results, Run
from pager.testing.catalogue import catalogue, nouns
from pager.testing.catalogue_text import TITLES
from pager.testing.gherkin.chapter import Chapter, Rule, Scenario
from pager.testing.gherkin.files import shown
from pager.testing.page.rendering import STYLE, environment
from pager.testing.page.shown import ShownRun, ShownStep, happened, shown_step

HERE = Path(__file__).parent


class ShownScenario(NamedTuple):
    """A scenario with its results."""

    id: str
    title: str
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


class ShownChapter(NamedTuple):
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

    Raises Unreadable where a chapter cannot be read.
    """
    shown_chapters = [
        _chapter(number, chapter, results) for number, chapter in enumerate(chapters(), start=1)
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
        _rendered(shown_chapters, guarantees, results.faults | unproven),
        encoding="utf-8",
        newline="\n",
    )
    return not unproven and not results.faults and all(chapter.holds for chapter in shown_chapters)


def _rendered(
    shown_chapters: Sequence[ShownChapter], guarantees: Sequence[Promises], faults: dict[str, str]
) -> str:
    jinja = environment(HERE, has_header)
    answers = rules()
    scenarios = [scenario for chapter in shown_chapters for scenario in chapter.scenarios]
    return jinja.get_template("page.html").render(
        chapters=shown_chapters,
        scenarios=scenarios,
        runs=sum(len(scenario.runs) for scenario in scenarios),
        failing=[scenario for scenario in scenarios if not scenario.holds],
        ids={scenario.title: scenario.id for scenario in scenarios},
        faults=faults,
        rules=answers,
        diagram=Markup(diagram(answers)),  # noqa: S704 - Graphviz has escaped it
        guarantees=guarantees,
        catalogue=catalogue(chapters()),
        kinds=TITLES,
        nouns=nouns(),
        version=_version(),
        now=datetime.now(UTC),
        css=STYLE + Markup((HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own
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


def _chapter(number: int, chapter: Chapter, results: Results) -> ShownChapter:
    return ShownChapter(
        number=number,
        title=chapter.title,
        file=shown(chapter.path),
        prose=[" ".join(text.split()) for text in chapter.prose.split("\n\n") if text],
        background=[*map(shown_step, chapter.background.steps)] if chapter.background else [],
        scenarios=[
            _scenario(scenario, results.runs[chapter.path, scenario.line])
            for scenario in chapter.scenarios
        ],
    )


def _scenario(scenario: Scenario, runs: Sequence[Run]) -> ShownScenario:
    failed = {
        run.log.steps[-1].step.line_number for run in runs if run.log.failed and run.log.steps
    }
    columns = [*scenario.examples[0].columns] if scenario.examples else []
    rule = scenario.rule
    return ShownScenario(
        id=f"scenario-{slug(scenario.title)}",
        title=scenario.title,
        rule=rule,
        rule_steps=[*map(shown_step, rule.background.steps)] if rule and rule.background else [],
        of_the_brief=scenario.title in SEVEN,
        steps=[shown_step(step, fails=step.line in failed) for step in scenario.steps],
        columns=columns,
        expected_runs=len(scenario.runs),
        runs=[
            ShownRun(
                example=[run.example.get(column, "") for column in columns],
                holds=not run.failure,
                failure=run.failure,
                steps=[*happened(run.log.steps)],
            )
            for run in runs
        ],
    )
