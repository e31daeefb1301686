"""The step catalogue: every sentence a scenario can be written with, and what may stand in it.

It is read off the step definitions, the nouns and the features, so it cannot be out of date.
`tox -e steps` prints it, the living page shows it, and a step that means nothing is answered
with the nearest sentences.
"""

import inspect
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from acceptance import steps
from acceptance.sentences import NOUNS, Sentence
from acceptance.specification import Step, features

KINDS = ("given", "when", "then")


class Example(NamedTuple):
    """A step of a scenario."""

    chapter: str
    line: int
    step: Step
    table: tuple[tuple[str, ...], ...]


class Entry(NamedTuple):
    """One sentence of the catalogue, under one keyword."""

    kind: str
    sentence: str
    """For a person to read: {noun}, [may be left out], (one / another)."""
    note: str
    """What the sentence itself does not say, as the columns of its table."""
    nouns: tuple[str, ...]
    example: Example | None
    """The first one in the features. A test makes sure that there is one."""


def catalogue() -> list[Entry]:
    """Every sentence: Given before When before Then, and then in the order of the definitions."""
    examples = [*_examples()]
    return [
        Entry(
            kind=definition.type or "",
            sentence=readable(pattern(definition)),
            note=inspect.getdoc(definition.step_func) or "",
            nouns=tuple(re.findall(r"\{(\w+)\}", pattern(definition))),
            example=next(
                (example for example in examples if matches(definition, example.step)), None
            ),
        )
        for definition in definitions()
    ]


def nouns() -> dict[str, list[str]]:
    """Each noun with all its values, or with a description where there are too many."""
    return {noun: _values(read) for noun, (_, read) in NOUNS.items()}


def _values(read: object) -> list[str]:
    if isinstance(read, type) and issubclass(read, StrEnum):
        return [*read]
    if read is int:
        return ["a whole number, as in 15"]
    if read is str:
        return ["any text without a quotation mark"]
    return [" ".join((inspect.getdoc(read) or "").split())]


def definitions() -> list[StepFunctionContext]:
    """The step definitions: Given before When before Then, and then in the order of the file."""
    return sorted(
        (
            definition
            for definition in step_function_context_registry.values()
            if definition.step_func.__module__ == steps.__name__
        ),
        key=lambda definition: KINDS.index(definition.type or ""),
    )


def matches(definition: StepFunctionContext, step: Step) -> bool:
    """Whether pytest-bdd could run `step` with `definition`."""
    return definition.type == step.type and definition.parser.is_matching(step.text)


def matching(step: Step) -> list[StepFunctionContext]:
    """Every definition that pytest-bdd could run `step` with: there should be one."""
    return [definition for definition in definitions() if matches(definition, step)]


def step_problem(step: Step) -> str | None:
    """Why a step does not match exactly one definition, and the nearest ones; None if it does."""
    meanings = [readable(pattern(definition)) for definition in matching(step)]
    if len(meanings) == 1:
        return None
    line = f"{step.type.title()} {step.text}"
    if meanings:
        return f"“{line}” means {len(meanings)} things: {'; '.join(meanings)}"
    return "\n  ".join([f"“{line}” means nothing. The nearest steps are:", *nearest(step)])


def nearest(step: Step, at_most: int = 3) -> list[str]:
    """The sentences most like `step`, each followed by the values of its nouns."""
    entries = [entry for entry in catalogue() if entry.kind == step.type]
    entries.sort(key=lambda entry: _likeness(step, entry), reverse=True)
    values = nouns()
    return [
        line
        for entry in entries[:at_most]
        for line in (
            f"{step.type.title()} {entry.sentence}",
            *(f"    {{{noun}}}: {', '.join(values[noun])}" for noun in entry.nouns),
        )
    ]


def _likeness(step: Step, entry: Entry) -> float:
    """How like `step` the sentence or its example is, from 0 to 1."""
    texts = [entry.sentence, *([entry.example.step.text] if entry.example else [])]
    return max(
        SequenceMatcher(None, step.text.casefold(), text.casefold()).ratio() for text in texts
    )


def pattern(definition: StepFunctionContext) -> str:
    """The sentence as steps.py has it."""
    assert isinstance(definition.parser, Sentence)
    return definition.parser.pattern


def readable(sentence: str) -> str:
    """`sentence`, which is a regular expression, as a person would write it down."""
    sentence = re.sub(r"(\w)\?", r"[\1]", sentence)
    innermost = re.compile(r"\(\?:([^()]*)\)(\??)")
    while found := innermost.search(sentence):
        inside = found[1].replace("|", " / ")
        sentence = (
            f"{sentence[: found.start()]}"
            f"{f'[{inside}]' if found[2] else f'‹{inside}›'}"
            f"{sentence[found.end() :]}"
        )
    return sentence.replace("‹", "(").replace("›", ")")


def _examples() -> Iterator[Example]:
    """Every step of the features, with its table."""
    for feature in features():
        backgrounds = feature.background.steps if feature.background else []
        written = [step for scenario in feature.scenarios.values() for step in scenario.steps]
        for step in sorted([*backgrounds, *written], key=lambda step: step.line_number):
            table = tuple(
                tuple(cell.value for cell in row.cells)
                for row in (step.datatable.rows if step.datatable else ())
            )
            yield Example(
                chapter=feature.rel_filename,
                line=step.line_number,
                step=Step(step.type, step.name),
                table=table,
            )
