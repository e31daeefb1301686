"""The sentences that properties are written with."""

import difflib
import inspect
import re
from collections.abc import Callable
from typing import NamedTuple

from pager.durations import BadDuration, parse_duration
from pager.errors import PagerError
from pager.verify.levels import NoLevelIsEmpty
from pager.verify.property import ServiceProperty
from pager.verify.reached import Reached

MOST_TOLD = 3
"""Sentences that are named where one is not known."""


class UnknownProperty(PagerError):
    """{sentence!r} is no property that Pager knows. {hint}"""

    def __init__(self, sentence: str, hint: str) -> None:
        """`hint` is a sentence that says what to write."""
        super().__init__(sentence=sentence, hint=hint)
        self.sentence = sentence


class Property(NamedTuple):
    """A sentence that was read."""

    sentence: str
    """As it was written."""
    scope: str | None
    """The service or schedule that it is about; None for all."""
    rule: ServiceProperty


class Form(NamedTuple):
    """A sentence of the catalogue."""

    sentence: str
    """As an example: names and numbers are free."""
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], ServiceProperty]
    meaning: str
    """What it means exactly."""


def _reached(match: re.Match[str]) -> Reached:
    by, refusals = match["by"], match["refusals"]
    return Reached(
        number=int(match["number"] or 1),
        within=parse_duration(match["within"]),
        by=None if by is None else "sms" if by == "SMS" else "email",
        team=match["team"],
        refusals=0 if refusals is None else 1 if refusals == "one step is" else int(refusals[:1]),
    )


_REACHED = re.compile(
    r"(?:somebody|(?P<number>[1-9][0-9]?) people)(?: of the team (?P<team>.+?))?"
    r" (?:is|are) reached(?: by (?P<by>SMS|e-mail))? within (?P<within>[0-9][^,]*?)"
    r"(?: even if (?P<refusals>one step is|[2-5] steps are) refused)?"
)


def _form(
    sentence: str,
    pattern: re.Pattern[str],
    read: Callable[[re.Match[str]], ServiceProperty],
    meaning: type[ServiceProperty],
) -> Form:
    return Form(sentence, pattern, read, inspect.getdoc(meaning) or "")


PROPERTIES = (
    _form("somebody is reached within 10 minutes", _REACHED, _reached, Reached),
    _form("somebody is reached by SMS within 10 minutes", _REACHED, _reached, Reached),
    _form(
        "somebody of the team Database is reached within 10 minutes", _REACHED, _reached, Reached
    ),
    _form(
        "somebody is reached within 30 minutes even if one step is refused",
        _REACHED,
        _reached,
        Reached,
    ),
    _form("2 people are reached within 30 minutes", _REACHED, _reached, Reached),
    _form(
        "no Level is empty",
        re.compile("no Level is empty"),
        lambda _: NoLevelIsEmpty(),
        NoLevelIsEmpty,
    ),
)
"""Every sentence, and what it means. `orders-db: ` before one means only that service."""


def read_property(sentence: str) -> Property:
    """The property that a sentence means; a full stop at its end is no part of it.

    Raises UnknownProperty, which names the nearest sentences.
    """
    text = " ".join(sentence.split()).removesuffix(".")
    for scope, rest in _readings(text):
        for form in PROPERTIES:
            if match := form.pattern.fullmatch(rest):
                try:
                    return Property(sentence, scope, form.read(match))
                except BadDuration as error:
                    raise UnknownProperty(sentence, str(error)) from error
    raise UnknownProperty(sentence, _nearest(text))


def _readings(text: str) -> list[tuple[str | None, str]]:
    """The whole sentence, and each way to read a name before a colon."""
    colons = [match.start() for match in re.finditer(": ", text)]
    return [(None, text), *((text[:colon], text[colon + 2 :]) for colon in colons)]


def _nearest(text: str) -> str:
    known = [form.sentence for form in PROPERTIES]
    near = difflib.get_close_matches(text, known, MOST_TOLD, cutoff=0)
    return f"The nearest are: {'; '.join(near)}."
