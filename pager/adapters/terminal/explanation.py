"""An explanation as a person reads it on the terminal: who is told when, and why."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from pager.adapters.text import printable
from pager.explain.moments import shown
from pager.explain.values import ExplainedStep, Explanation, Told

INDENT = 4
"""Columns; a reason is indented twice."""


def render_explanation(explanation: Explanation) -> RenderableType:
    """The answer about the person first, if somebody was asked about; then each step."""
    return Group(*_parts(explanation))


def _parts(explanation: Explanation) -> Iterator[RenderableType]:
    if explanation.answer:
        decisive, *others = explanation.answer
        yield _line(f"{decisive}.", "bold")
        for reason in others:
            yield _indented(f"{reason}.")
        yield Text()
    yield _line(f"{explanation.summary}. Times are those of {explanation.time_zone}.")
    for reason in explanation.policy:
        yield _line(f"{reason}.")
    for step in explanation.steps:
        yield Text()
        yield from _step(step, explanation.time_zone)


def _step(step: ExplainedStep, time_zone: str) -> Iterator[RenderableType]:
    level = f"  Level {step.level}" if step.told else ""
    yield _line(f"{shown(step.at, time_zone)}{level}  {step.what}", "bold")
    for gap in step.gaps:
        yield _indented(f"Not reached: {gap}.", style="red")
    for told in step.told:
        yield _indented(_who(told))
        for reason in told.because:
            yield _indented(f"{reason}.", times=2)


def _who(told: Told) -> str:
    who = told.target if told.person is None else f"{told.person}, {told.target}"
    return f"{who}: {told.outcome}" if told.outcome else who


def _line(text: str, style: str = "") -> Text:
    return Text(printable(text), style)


def _indented(text: str, style: str = "", times: int = 1) -> RenderableType:
    return Padding(_line(text, style), (0, 0, 0, INDENT * times), expand=False)
