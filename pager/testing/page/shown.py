"""Steps and their results, as a page shows them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pager.durations import in_words
from pager.testing.gherkin.chapter import Step
from pager.testing.scenario_log import StepLog


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


def shown_step(step: Step, *, fails: bool = False) -> ShownStep:
    """The step; `fails` where it is the one that does not hold."""
    return ShownStep(
        keyword=step.keyword,
        text=step.text,
        docstring=step.docstring or "",
        rows=[[*row] for row in step.table],
        fails=fails,
    )


def happened(
    steps: Sequence[StepLog],
) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The steps in which something happened, and what."""
    for step, entries in steps:
        if entries:
            yield (
                f"{step.keyword} {step.name}",
                [(in_words(entry.at), entry.verb, entry.what) for entry in entries],
            )
