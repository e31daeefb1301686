"""What is wrong with a chapter as it is written, apart from its scenarios.

Whatever stands in a chapter is prose at its beginning, or it is run. A line that looks as if it
were run and is not would be believed by whoever reads it.
"""

from pager.testing.catalogue import is_a_step
from pager.testing.checks.scenario import no_description
from pager.testing.gherkin.chapter import Background, Chapter
from pager.testing.gherkin.fault import Fault, Found
from pager.testing.gherkin.keywords import STEP, split, with_block_keyword, with_step_keyword

NOT_PROSE = ("|", '"""', "```", "@", "*")
"""What begins a table, a docstring, a tag and a step without a keyword."""


def faults_of_chapter(chapter: Chapter) -> list[Fault]:
    """What is wrong with the rest of a chapter."""
    return [
        Fault(chapter.path, line, sentence)
        for line, sentence in (
            *_head(chapter),
            *_prose(chapter, chapter.line, chapter.prose),
            *_comments(chapter),
            *((line, f"Tags have no meaning here. Remove {tag}.") for line, tag in chapter.tags),
            *_background(chapter, chapter.background),
            *_rules(chapter),
            *(
                (one.line, "Give the scenario a title.")
                for one in chapter.scenarios
                if not one.title
            ),
        )
    ]


def _head(chapter: Chapter) -> Found:
    if not chapter.title:
        yield chapter.line, "Give the file a title: “Feature: …”."
    if chapter.language != "en":
        yield 1, "Feature files are in English. Remove the line “# language: …”."
    if not chapter.scenarios:
        yield (
            chapter.line,
            "There is no scenario below “Feature:”, so nothing is tried. Write a “Scenario: …”.",
        )


def _rules(chapter: Chapter) -> Found:
    for rule in chapter.rules:
        if not rule.title:
            yield rule.line, "Give the Rule a title: “Rule: …”."
        if not any(scenario.rule == rule for scenario in chapter.scenarios):
            yield rule.line, "The Rule has no scenario, so nobody tries it."
        yield from _prose(chapter, rule.line, rule.description)
        yield from _background(chapter, rule.background)


def _prose(chapter: Chapter, header: int, prose: str) -> Found:
    """Lines below a title that look as if they were run."""
    margin, above = "", ""
    for written in prose.splitlines():
        line = written.strip()
        margin = margin or written[: len(written) - len(line)]
        if line and (_is_no_prose(line, above) or written.startswith(f"{margin} ")):
            right = with_block_keyword(line) or with_step_keyword(line)
            hint = f" Did you mean “{right}”?" if right and right != line else ""
            yield (
                chapter.line_of(line, header),
                f"“{line}” is taken as prose, and is not run.{hint}"
                " Write a step below “Scenario: …”, and prose in sentences on one margin.",
            )
        above = line


def _is_no_prose(line: str, above: str) -> bool:
    block = with_block_keyword(line)
    return (
        line.startswith(NOT_PROSE)
        or is_a_step(split(line)[1])
        or (block is not None and ":" in line)
        # A paragraph that is not a sentence, as in “Scenario The moon falls”.
        or (block is not None and not above and not line.endswith((".", ",")))
    )


def _comments(chapter: Chapter) -> Found:
    for line, text in chapter.comments:
        first, rest = split(text)
        block = with_block_keyword(text)
        if (
            text.startswith(NOT_PROSE)
            or first in STEP
            or is_a_step(rest)
            or (block is not None and ":" in text)
        ):
            yield (
                line,
                f"“# {text}” hides something that would be run. Remove the # or the line."
                " (A remark begins with another word.)",
            )


def _background(chapter: Chapter, background: Background | None) -> Found:
    if background is None:
        return
    yield from no_description(chapter, background.line, background.description)
    if not background.steps:
        yield background.line, "The Background has no steps. Write a Given below it, or remove it."
    for step in background.steps:
        if step.type != "given":
            yield (
                step.line,
                f"“{step.keyword} {step.text}” stands in the Background, where each step is a"
                " Given. Write it in the scenarios.",
            )
        for name in sorted(step.placeholders):
            yield step.line, f"Nothing fills in <{name}> in a Background. Write a value."
