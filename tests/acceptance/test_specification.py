"""Holds the specification itself to account: the brief's words, and no sentence without effect."""

import re
from collections import Counter
from collections.abc import Iterable

import pytest

from acceptance.catalogue import definitions, matching, pattern, step_problem
from acceptance.specification import SEVEN, chapters, features, scenarios, titles


def expect_none(problems: Iterable[str]) -> None:
    """Fail with a line for each; a writer of scenarios needs no traceback."""
    if found := [*problems]:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("title", SEVEN)
def test_the_brief_stands_in_the_features_word_for_word(title: str) -> None:
    """Exactly once, every character of it."""
    found = [
        [line.strip() for line in block.splitlines()[1:]]
        for _, text in chapters()
        for block in re.split(r"\n\s*\n", text.strip())
        if block.strip().splitlines()[0] == f"Scenario: {title}"
    ]
    assert found == [SEVEN[title]]


def test_no_two_scenarios_share_a_title() -> None:
    """The second of one file would silently replace the first."""
    count = Counter(title for title, _ in titles())
    expect_none(title for title, times in count.items() if times > 1)


def test_every_scenario_has_a_title() -> None:
    """Of two that have none, only the second would run."""
    expect_none(f"{file} has a scenario without a title" for title, file in titles() if not title)


def test_every_chapter_has_a_scenario() -> None:
    """Prose alone promises what nobody tries."""
    expect_none(
        f"{feature.rel_filename} has no scenario" for feature in features() if not feature.scenarios
    )


def test_every_scenario_that_is_written_is_run() -> None:
    """A scenario whose keywords are misspelt has no steps, and would pass."""
    run = {title for title, steps in scenarios() if steps}
    expect_none(title for title, _ in titles() if title not in run)


def test_every_scenario_checks_something() -> None:
    """A Given and a When alone prove nothing."""
    expect_none(
        title for title, steps in scenarios() if not any(step.type == "then" for step in steps)
    )


def test_every_chapter_tells_what_it_promises() -> None:
    """Two sentences at the least, before the first scenario."""
    expect_none(
        f"{feature.rel_filename} does not say what it promises"
        for feature in features()
        if len(re.findall(r"[.:?](?:\s|$)", feature.description)) < 2
    )


def test_every_step_means_one_thing() -> None:
    """pytest-bdd takes any definition that matches; there must be just one."""
    written = dict.fromkeys(step for _, steps in scenarios() for step in steps)
    expect_none(problem for step in written if (problem := step_problem(step)))


def test_every_step_definition_is_used() -> None:
    """A sentence that no scenario says is dead code."""
    used = [id(meaning) for _, steps in scenarios() for step in steps for meaning in matching(step)]
    expect_none(
        f"{definition.type} {pattern(definition)}"
        for definition in definitions()
        if id(definition) not in used
    )


def test_the_catalogue_fits_two_screens() -> None:
    """About thirty sentences, so that a writer can know them all."""
    assert len({definition.step_func for definition in definitions()}) <= 30
