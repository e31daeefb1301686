"""The step catalogue: every sentence a scenario can be written with, and what may stand in it.

It is read off the step definitions and the nouns, so it cannot be out of date. The living page
shows it, and a step that means nothing is answered with the nearest sentences.
"""

import inspect
import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path
from typing import NamedTuple

from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from pager.configuration.spelling import did_you_mean
from pager.testing.gherkin.chapter import Chapter, Step
from pager.testing.gherkin.files import shown
from pager.testing.sentences import VOCABULARY, Sentence

KINDS = ("given", "when", "then")
MOST_NAMES = 12
"""That are told where one is misspelt."""
MARKS = {
    **dict.fromkeys(map(ord, "“”„«»"), '"'),
    **dict.fromkeys(map(ord, "‘`´ʼ′"), "'"),
    **dict.fromkeys(map(ord, "‐‑–—"), "-"),
}
"""What word processors write, and what stands for it in the features."""
SAID_OTHERWISE = (
    (
        r"(?:wait |after |for |nobody .*(?:for|within|in) )?"
        r"(.*\d.*?)(?: later| go(?:es)? by| elapses?)?",
        r"\1 pass",
    ),
    (
        r"{service} (?:is|goes|breaks|fails|fires|raises|reports|sends)\b"
        r'(?! acknowledged| resolved)[^"]*("[^"]+")',
        r"\g<service> raises the Alert \2",
    ),
    (r"(.* by )(?:text|text message|SMS message)", r"\1SMS"),
)
"""What people write for a step, and what that is: it is asked for, and not understood.

Patterns as those of sentences.
"""
PAGERS_OWN = "the Pager doesn't notify any Target"
"""A Then that only Pager's own specification has: it is the brief's."""


class Example(NamedTuple):
    """A step of a scenario."""

    chapter: str
    step: Step


class Entry(NamedTuple):
    """One sentence of the catalogue, under one keyword."""

    kind: str
    sentence: str
    """For a person to read: {noun}, [may be left out], (one / another)."""
    variants: tuple[str, ...]
    """What it may be, where the sentence does not say that."""
    note: str
    """What the sentence itself does not say, as the columns of its table."""
    nouns: tuple[str, ...]
    module: str
    """Where it is defined."""
    example: Example | None
    """The first one in the chapters."""


def catalogue(chapters: Iterable[Chapter] = ()) -> list[Entry]:
    """Every sentence: Given before When before Then, and then in the order of the definitions.

    Each with an example from the chapters, where there is one.
    """
    examples = [*_examples(chapters)]
    return [
        Entry(
            kind=definition.type or "",
            sentence=readable(pattern(definition)),
            variants=definition.parser.examples if isinstance(definition.parser, Sentence) else (),
            note=" ".join((inspect.getdoc(definition.step_func) or "").split()),
            nouns=tuple(re.findall(r"\{(\w+)\}", pattern(definition))),
            module=definition.step_func.__module__,
            example=next(
                (example for example in examples if matches(definition, example.step)), None
            ),
        )
        for definition in definitions()
    ]


def nouns() -> dict[str, list[str]]:
    """Each noun with all its values, or with a description where there are too many."""
    return {name: [*noun.values] for name, noun in VOCABULARY.nouns.items()}


def definitions() -> list[StepFunctionContext]:
    """The step definitions: Given before When before Then, and then in the order of the files."""
    return sorted(_defined(), key=lambda definition: KINDS.index(definition.type or ""))


def _defined() -> Iterator[StepFunctionContext]:
    """The same as they were defined: to sort them takes longer than to look at each."""
    for definition in step_function_context_registry.values():
        if isinstance(definition.parser, Sentence):
            yield definition


def matches(definition: StepFunctionContext, step: Step) -> bool:
    """Whether pytest-bdd could run `step` with `definition`."""
    return definition.type == step.type and definition.parser.is_matching(step.text)


def matching(step: Step) -> list[StepFunctionContext]:
    """Every definition that pytest-bdd could run `step` with: there should be one."""
    return [definition for definition in _defined() if matches(definition, step)]


def is_a_step(text: str) -> bool:
    """Whether `text` is a step, below one keyword or another."""
    return any(definition.parser.is_matching(text) for definition in _defined())


def is_pagers_own() -> bool:
    """Whether the steps are those of Pager's own specification, and not of a team's on-call."""
    return is_a_step(PAGERS_OWN)


def nobody_is_told() -> str:
    """The Then that says so, of those that there are."""
    return f"Then {PAGERS_OWN if is_pagers_own() else 'nobody was reached'}"


def step_problem(step: Step) -> str | None:
    """Why a step does not match exactly one definition, and what to write; None if it does."""
    meanings = [readable(pattern(definition)) for definition in matching(step)]
    if len(meanings) == 1:
        return None
    line = f"{step.type.title()} {step.text}"
    if meanings:
        return f"“{line}” means {len(meanings)} things: {'; '.join(meanings)}. Change one of them."
    answers = [*_under_other_keywords(step), *_repaired(step)]
    answers = answers or [*_misnamed(step)]
    if answers:
        return "\n  ".join([f"“{line}” means nothing.", *answers])
    return "\n  ".join([f"“{line}” means nothing. The nearest steps are:", *nearest(step)])


def is_misplaced(step: Step) -> bool:
    """Whether the step exists, but only below another keyword."""
    return not matching(step) and is_a_step(step.text)


def _under_other_keywords(step: Step) -> Iterator[str]:
    """The likeliest mistake of a pairing hour: a Given that exists only as a When."""
    for definition in definitions():
        if definition.parser.is_matching(step.text):
            kind, function = (definition.type or "").title(), definition.step_func
            answer = f"But “{kind} {step.text}” is a step. Write it below {kind}"
            code = function.__code__
            yield (
                f"{answer}; or let it be a"
                f" {step.type.title()} as well: write @{step.type}(Sentence(…)) above"
                f" {function.__name__}, {shown(Path(code.co_filename))}:{code.co_firstlineno}."
                if is_pagers_own()
                else f"{answer}."
            )


def _repaired(step: Step) -> Iterator[str]:
    """What is hard to see: other quotation marks, two blanks, a colon too few or too many.

    And what people say for the same.
    """
    plain = " ".join(unicodedata.normalize("NFKC", step.text.translate(MARKS)).split())
    otherwise = (
        re.sub(f"^{VOCABULARY.pattern(said)}$", meant, plain) for said, meant in SAID_OTHERWISE
    )
    for text in (plain, f"{plain.rstrip('.,')}:", plain.rstrip(":"), *otherwise):
        if text != step.text and matching(step._replace(text=text)):
            yield f"Did you mean “{step.type.title()} {text}”?"
            return


def _misnamed(step: Step) -> list[str]:
    """What is misspelt, such as names that nobody has, in the sentence with the fewest of them."""
    found = [
        names
        for definition in definitions()
        if definition.type == step.type
        and isinstance(definition.parser, Sentence)
        and (names := definition.parser.misnamed(step.text))
    ]
    return [_no_such(noun, name) for noun, name in min(found, key=len, default=())]


def _no_such(noun: str, name: str) -> str:
    values = VOCABULARY.nouns[noun].values
    if question := did_you_mean(name, values):
        return f"There is no {noun} “{name}”. {question}"
    near = get_close_matches(name, values, n=MOST_NAMES, cutoff=0) or values
    shown = sorted(near) if len(values) > MOST_NAMES else values
    more = f", and {len(values) - len(shown)} more" if len(values) > len(shown) else ""
    there_are = f"There are: {', '.join(shown)}{more}" if shown else "There is none"
    return f"There is no {noun} “{name}”. {there_are}."


def nearest(step: Step, at_most: int = 3) -> list[str]:
    """The sentences most like `step`, each followed by the values of its nouns."""
    entries = sorted(catalogue(), key=lambda entry: _likeness(step, entry), reverse=True)
    values = nouns()
    return [
        line
        for entry in entries[:at_most]
        for line in (
            f"{entry.kind.title()} {entry.sentence}",
            *(f"    {{{noun}}}: {', '.join(values[noun]) or 'none'}" for noun in entry.nouns),
        )
    ]


def _likeness(step: Step, entry: Entry) -> float:
    """How like `step` the sentence is; less so below another keyword."""
    text = re.sub('"[^"]*"', '"{text}"', step.text)
    for noun in entry.nouns:
        if noun not in {"text", "key", "property", "moment"}:
            text = re.sub(VOCABULARY.pattern(f"{{{noun}}}"), f"{{{noun}}}", text, count=1)
    likeness = max(
        SequenceMatcher(None, text.casefold(), sentence.casefold()).ratio()
        for sentence in (entry.sentence, *entry.variants)
    )
    return likeness if entry.kind == step.type else likeness - 0.2


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


def _examples(chapters: Iterable[Chapter]) -> Iterator[Example]:
    """Every step of the chapters, in its order."""
    for chapter in chapters:
        blocks = [chapter.background, *(rule.background for rule in chapter.rules)]
        written = [step for block in blocks if block for step in block.steps]
        written += [step for scenario in chapter.scenarios for step in scenario.steps]
        for step in sorted(written, key=lambda step: step.line):
            yield Example(shown(chapter.path), step)
