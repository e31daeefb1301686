"""Holds the specification itself to account: the brief's words, and no sentence without effect."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import pytest
from gherkin import Compiler, Parser
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from acceptance import steps
from acceptance.sentences import Sentence

FEATURES = Path(__file__).parents[2] / "features"

# The brief's use-case scenarios, as it has them but for the case of the leading keyword.
THE_BRIEF = """
A service becomes unhealthy
Given a Monitored Service in a Healthy State,
When the Pager receives an Alert related to this Monitored Service,
Then the Monitored Service becomes Unhealthy

Notify all targets of the first level
Given a Monitored Service in a Healthy State,
When the Monitored Service becomes unhealthy,
Then the Pager notifies all targets of the first level of the escalation policy,
And sets a 15-minutes acknowledgement delay

Notify all targets of the next level
Given a Monitored Service in an Unhealthy State,
And the corresponding Alert is not Acknowledged
And the last level has not been notified,
When the Pager receives the Acknowledgement Timeout,
Then the Pager notifies all targets of the next level of the escalation policy
And sets a 15-minutes acknowledgement delay.

Do not notify any target
Given a Monitored Service in an Unhealthy State
When the Pager receives the Acknowledgement
And later receives the Acknowledgement Timeout,
Then the Pager doesn't notify any Target
And doesn't set an acknowledgement delay.

Do not notify any target for an unhealthy service
Given a Monitored Service in an Unhealthy State,
When the Pager receives an Alert related to this Monitored Service,
Then the Pager doesn’t notify any Target
And doesn’t set an acknowledgement delay

A service becomes healthy
Given a Monitored Service in an Unhealthy State,
When the Pager receives a Healthy event related to this Monitored Service
And later receives the Acknowledgement Timeout,
Then the Monitored Service becomes Healthy

Do not notify any target for an healthy service
Given a Monitored Service in an Unhealthy State,
When the Pager receives a Healthy event related to this Monitored Service
And later receives the Acknowledgement Timeout,
Then the Pager doesn’t notify any Target
And doesn’t set an acknowledgement delay
"""
SEVEN = {
    title: lines
    for title, *lines in (text.splitlines() for text in THE_BRIEF.strip().split("\n\n"))
}


class Step(NamedTuple):
    type: str
    text: str


def chapters() -> Iterator[tuple[str, str]]:
    """Each feature file: its name and its text."""
    for path in sorted(FEATURES.rglob("*.feature")):
        yield path.name, path.read_text(encoding="utf-8")


def scenarios() -> Iterator[tuple[str, str, list[Step]]]:
    """Each scenario that runs: file, title, and steps with Background and Examples filled in."""
    types = {"Context": "given", "Action": "when", "Outcome": "then"}
    for file, text in chapters():
        document = Parser().parse(text)
        for pickle in Compiler().compile({**document, "uri": file}):
            yield (
                file,
                pickle["name"],
                [Step(types[step["type"]], step["text"]) for step in pickle["steps"]],
            )


def titles() -> Iterator[tuple[str, str]]:
    for file, text in chapters():
        for title in re.findall(
            r"^\s*(?:Scenario|Scenario Outline|Example): *(.+?)\s*$", text, re.MULTILINE
        ):
            yield title, file


def definitions() -> list[StepFunctionContext]:
    return [
        context
        for context in step_function_context_registry.values()
        if context.step_func.__module__ == steps.__name__
    ]


def matching(step: Step) -> list[StepFunctionContext]:
    return [
        definition
        for definition in definitions()
        if definition.type == step.type and definition.parser.is_matching(step.text)
    ]


def misunderstood(step: Step) -> str | None:
    """What is wrong with a step that does not mean just one thing, and what was perhaps meant."""
    meanings = [pattern(definition) for definition in matching(step)]
    if len(meanings) == 1:
        return None
    if meanings:
        return f"{step.type} {step.text!r} means {len(meanings)} things: {meanings}"
    known = [pattern(definition) for definition in definitions() if definition.type == step.type]
    near = get_close_matches(step.text, known, cutoff=0)
    return f"{step.type} {step.text!r} means nothing; near are {near}, nouns are in sentences.py"


def pattern(definition: StepFunctionContext) -> str:
    assert isinstance(definition.parser, Sentence)
    return definition.parser.pattern


@pytest.mark.parametrize("title", SEVEN)
def test_the_brief_stands_in_the_features_word_for_word(title: str) -> None:
    """Exactly once, every character of it."""
    found = [
        [line.strip() for line in block.splitlines()[1:]]
        for _, text in chapters()
        for block in re.split(r"\n\s*\n", text)
        if block.strip().splitlines()[0] == f"Scenario: {title}"
    ]
    assert found == [SEVEN[title]]


def test_no_two_scenarios_share_a_title() -> None:
    """The second of one file would silently replace the first."""
    count = Counter(title for title, _ in titles())
    assert [title for title, times in count.items() if times > 1] == []


def test_every_scenario_that_is_written_is_run() -> None:
    """A scenario whose keywords are misspelt has no steps, and would pass."""
    run = {title for _, title, steps in scenarios() if steps}
    assert [title for title, _ in titles() if title not in run and "<" not in title] == []


def test_every_scenario_checks_something() -> None:
    """A Given and a When alone prove nothing."""
    unchecked = [
        title for _, title, steps in scenarios() if not any(step.type == "then" for step in steps)
    ]
    assert unchecked == []


def test_every_chapter_tells_what_it_promises() -> None:
    """Two sentences at the least, before the first scenario."""
    for file, text in chapters():
        prose = Parser().parse(text)["feature"]["description"]
        assert len(re.findall(r"[.:?](?:\s|$)", prose)) >= 2, (
            f"{file} does not say what it promises"
        )


def test_every_step_means_one_thing() -> None:
    """pytest-bdd takes any definition that matches; there must be just one."""
    said = {step for _, _, steps in scenarios() for step in steps}
    assert [problem for step in said if (problem := misunderstood(step))] == []


def test_every_step_definition_is_used() -> None:
    """A sentence that no scenario says is dead code."""
    used = [
        id(meaning) for _, _, steps in scenarios() for step in steps for meaning in matching(step)
    ]
    unused = [
        f"{definition.type} {pattern(definition)}"
        for definition in definitions()
        if id(definition) not in used
    ]
    assert unused == []


def test_the_catalogue_fits_two_screens() -> None:
    """About thirty sentences, so that a writer can know them all."""
    assert len({definition.step_func for definition in definitions()}) <= 30
