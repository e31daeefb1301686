"""What makes a scenario vacuous as it is written: it could pass, and would check nothing."""

from collections import Counter
from itertools import pairwise

from pager.testing.catalogue import KINDS, is_misplaced, nobody_is_told, step_problem
from pager.testing.gherkin.chapter import Chapter, Examples, Scenario, placeholders
from pager.testing.gherkin.fault import Fault, Found
from pager.testing.gherkin.keywords import STEPS_IN_WORDS, meant

OUT_OF_ORDER = {
    ("when", "given"): "A Given stands behind a When, whose outcome it would hide."
    " Write it above the first When, or make it a When.",
    ("then", "given"): "A Given stands behind a Then. Write it above the first When.",
    ("then", "when"): "A When stands behind a Then. Write every When above the first Then,"
    " or begin another scenario.",
}


def faults_of_scenario(chapter: Chapter, scenario: Scenario) -> list[Fault]:
    """What makes one scenario vacuous. It fails by these, and nothing of it is run."""
    not_run = [*no_description(chapter, scenario.line, scenario.description)]
    found = not_run or [
        *(_misplaced(scenario) or _kinds(scenario)),
        *_placeholders(scenario),
        *_examples(chapter, scenario),
    ]
    return [Fault(chapter.path, line, sentence) for line, sentence in found]


def no_description(chapter: Chapter, header: int, description: str) -> Found:
    """Below the title of a scenario, a Background or Examples, each line is run."""
    for line in filter(None, (written.strip() for written in description.splitlines())):
        right = meant(line)
        hint = f" Did you mean “{right}”?" if right and right != line else ""
        yield (
            chapter.line_of(line, header),
            f"“{line}” is not run: it does not begin with {STEPS_IN_WORDS}.{hint}"
            " (A remark begins with #.)",
        )


def _misplaced(scenario: Scenario) -> list[tuple[int, str]]:
    """Steps that exist, but only below another keyword."""
    return [
        (step.line, step_problem(step) or "")
        for step in scenario.steps
        if step.type and is_misplaced(step)
    ]


def _kinds(scenario: Scenario) -> Found:
    """Given, When and Then, in this order: what is so, what happens, what came of it."""
    kinds = [step.type for step in scenario.steps]
    if not kinds:
        yield (
            scenario.line,
            "The scenario has no steps. Write Given, When and Then below its title.",
        )
        return
    if scenario.steps[0].type not in KINDS:
        step = scenario.steps[0]
        yield (
            step.line,
            f"“{step.keyword} {step.text}” is the first step. Begin it with Given, When or Then.",
        )
        return
    if "then" not in kinds:
        yield (
            scenario.line,
            "The scenario has no Then, so it checks nothing. Write a Then. If nobody is to be told:"
            f" “{nobody_is_told()}”.",
        )
    if "when" not in kinds:
        yield (
            scenario.line,
            "The scenario has no When, so nothing happens in it. Write a When above the Then, such"
            " as “When 1 minute passes”.",
        )
    for above, step in pairwise(scenario.steps):
        if (above.type, step.type) in OUT_OF_ORDER:
            yield step.line, OUT_OF_ORDER[above.type, step.type]


def _placeholders(scenario: Scenario) -> Found:
    """Each placeholder is a column of the Examples, and each column is a placeholder."""
    used = placeholders(scenario.title).union(*(step.placeholders for step in scenario.steps))
    tables = [table for table in scenario.examples if table.columns]
    for step in scenario.steps:
        for name in sorted(step.placeholders):
            if not tables:
                yield (
                    step.line,
                    f"Nothing fills in <{name}>. Write Examples with a column “{name}”"
                    " below the scenario, or a value.",
                )
    for table in tables:
        for name in sorted(used.difference(table.columns)):
            yield table.line, f"Nothing fills in <{name}>. Add a column “{name}” to the Examples."
        for name in table.columns:
            if name not in used:
                yield (
                    table.line,
                    f"No step says <{name}>, so the column “{name}” changes nothing."
                    f" Write <{name}> in a step, or remove the column.",
                )


def _examples(chapter: Chapter, scenario: Scenario) -> Found:
    if scenario.is_outline and not scenario.examples:
        yield (
            scenario.line,
            "The Scenario Outline has no Examples. Write them below it, or “Scenario:”.",
        )
    for table in scenario.examples:
        yield from no_description(chapter, table.line, table.description)
        if not table.rows:
            yield table.line, "The Examples have no row. Write a row below the columns."
        yield from _repeated_columns(table)
    count = Counter(frozenset(run.items()) for run in scenario.runs)
    for row, times in count.items():
        if times > 1:
            values = ", ".join(value for _, value in sorted(row))
            yield (
                scenario.examples[0].line,
                f"The row “{values}” stands {times} times in the Examples. Once is enough.",
            )


def _repeated_columns(table: Examples) -> Found:
    for name, times in Counter(table.columns).items():
        if times > 1:
            yield table.line, f"The Examples have {times} columns “{name}”. Keep one of them."
