"""The features as they are written: their chapters, their scenarios, and the brief's seven."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gherkin import Compiler, Parser
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
    type: str
    text: str


def chapters() -> Iterator[tuple[str, str]]:
    """Each feature file: its name and its text."""
    for path in sorted(FEATURES.rglob("*.feature")):
        yield path.name, path.read_text(encoding="utf-8")


def scenarios() -> Iterator[tuple[str, str, list[Step]]]:
    """Each scenario that runs: file, title, and steps with Background and Examples filled in."""
    for file, text in chapters():
        document = Parser().parse(text)
        for pickle in Compiler().compile({**document, "uri": file}):
            yield (
                file,
                pickle["name"],
                [*_steps((step["type"], step["text"]) for step in pickle["steps"])],
            )


def _steps(said: Iterable[tuple[str, str]]) -> Iterator[Step]:
    """A step that begins with * goes on with the kind above it, as And does."""
    kind = "given"
    for type_, text in said:
        kind = {"Context": "given", "Action": "when", "Outcome": "then"}.get(type_, kind)
        yield Step(kind, text)


def titles() -> Iterator[tuple[str, str]]:
    for file, text in chapters():
        for title in re.findall(
            r"^\s*(?:Scenario|Scenario Outline|Scenario Template|Example): *(.*?) *$",
            text,
            re.MULTILINE,
        ):
            yield title, file


def features() -> list[Feature]:
    """The chapters as pytest-bdd reads them, which is how they are run, in their order."""
    return sorted(get_features([str(FEATURES)]), key=lambda feature: feature.rel_filename)
