"""Holds the specification itself to account: the brief's words, and no line without effect.

A scenario that would check nothing fails by itself; here is what belongs to no scenario.
"""

from collections import Counter
from collections.abc import Iterable

import pytest
from pytest_bdd.feature import get_features

from acceptance.brief import SEVEN
from acceptance.faults import faults_of_the_rest
from acceptance.specification import FEATURES, chapters, steps_as_run
from pager.testing.catalogue import definitions, matching, pattern


def expect_none(problems: Iterable[object]) -> None:
    """Fail with a line for each; a writer of scenarios needs no traceback."""
    if found := [*problems]:
        pytest.fail("\n".join(map(str, found)), pytrace=False)


@pytest.mark.parametrize("title", SEVEN)
def test_the_brief_stands_in_the_features_word_for_word(title: str) -> None:
    """Exactly once, every character of it."""
    found = [
        [f"{step.keyword} {step.text}" for step in scenario.steps]
        for chapter in chapters()
        for scenario in chapter.scenarios
        if scenario.title == title
    ]
    assert found == [SEVEN[title]]


def test_no_line_of_the_specification_is_without_effect() -> None:
    """Files that are not run, titles that stand twice, steps among the prose, and the like."""
    expect_none(faults_of_the_rest())


def test_every_scenario_that_is_written_is_run() -> None:
    """By pytest-bdd, which reads the chapters in its own way."""
    run = {
        (feature.filename, scenario.line_number)
        for feature in get_features([str(FEATURES)])
        for scenario in feature.scenarios.values()
    }
    expect_none(
        scenario.title
        for chapter in chapters()
        for scenario in chapter.scenarios
        if (str(chapter.path), scenario.line) not in run
    )


def test_every_step_definition_is_used() -> None:
    """A sentence that no scenario says is dead code."""
    used = [id(meaning) for step in set(steps_as_run()) for meaning in matching(step)]
    expect_none(
        f"{definition.type} {pattern(definition)}"
        for definition in definitions()
        if id(definition) not in used
    )


def test_each_part_of_the_catalogue_fits_two_screens() -> None:
    """Some thirty sentences, besides those that only the brief says: a writer can know them."""
    ours = {
        definition.step_func
        for chapter in chapters()
        for scenario in chapter.scenarios
        if scenario.title not in SEVEN
        for step in (*scenario.inherited, *scenario.steps)
        for definition in matching(step)
    }
    parts = Counter(step.__module__ for step in ours)
    assert max(parts.values()) <= 36
