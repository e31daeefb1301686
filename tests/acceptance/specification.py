"""The features as they are written: their chapters, their scenarios, and the brief's seven."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gherkin import Parser
from pytest_bdd.feature import get_features
from pytest_bdd.parser import Feature

TESTS = Path(__file__).parents[1]
FEATURES = TESTS.parent / "features"

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
    """A step that runs: given, when or then, and its text."""

    type: str
    text: str


def chapters() -> Iterator[tuple[str, str]]:
    """Each feature file: its name and its text."""
    for path in sorted(FEATURES.rglob("*.feature")):
        yield path.name, path.read_text(encoding="utf-8")


def titles() -> Iterator[tuple[str, str]]:
    """Each scenario that is written: its title and its file.

    Read with Gherkin's own parser: of two scenarios with one title, pytest-bdd has only the second.
    """
    for file, text in chapters():
        for title in _titles(Parser().parse(text)["feature"]["children"]):
            yield title, file


def _titles(children: Sequence[Mapping[str, object]]) -> Iterator[str]:
    for child in children:
        match child:
            case {"scenario": {"name": str(title)}}:
                yield title
            case {"rule": {"children": list(inner)}}:
                yield from _titles(inner)
            case _:  # a Background
                pass


def features() -> list[Feature]:
    """The chapters as pytest-bdd reads them, which is how they are run, in their order."""
    return sorted(get_features([str(FEATURES)]), key=lambda feature: feature.rel_filename)


def scenarios() -> Iterator[tuple[str, list[Step]]]:
    """Each scenario that pytest-bdd runs, once for each row of its Examples: title and steps.

    Background and Examples are filled in. One that has no step of its own has none.
    """
    for feature in features():
        for scenario in feature.scenarios.values():
            has_steps = len(scenario.steps) > len(scenario.all_background_steps)
            rows = [row for examples in scenario.examples for row in examples.as_contexts()]
            for row in rows if scenario.examples else [{}]:
                steps = scenario.render(row).steps if has_steps else []
                yield scenario.name, [Step(step.type, step.name) for step in steps]
