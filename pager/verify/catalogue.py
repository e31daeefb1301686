"""The sentences that properties are written with."""

import difflib
import inspect
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Literal, NamedTuple

from pager.configuration.problems import Problem
from pager.configuration.properties import LONGEST_PROPERTY
from pager.durations import BadDuration, parse_duration
from pager.errors import PagerError
from pager.model import shortened
from pager.verify.duty import (
    EverybodyCanBeReached,
    EverybodyTakesTurns,
    NobodyIsOnCallLonger,
    SharesDiffer,
    SomebodyIsOnCall,
)
from pager.verify.levels import NoLevelIsEmpty, NoLevelTellsMore
from pager.verify.property import Rule
from pager.verify.reached import Reached
from pager.verify.woken import NobodyIsWokenTwice

LONGEST = timedelta(days=400)
"""Of a time in a sentence: as long as properties look ahead."""

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
    rule: Rule


class Form(NamedTuple):
    """A sentence of the catalogue."""

    sentence: str
    """As an example: names and numbers are free."""
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Rule]
    meaning: str
    """What it means exactly."""


def _by(match: re.Match[str]) -> Literal["email", "sms"] | None:
    by = match["by"]
    return None if by is None else "sms" if by.casefold() == "sms" else "email"


def _reached(match: re.Match[str]) -> Reached:
    refusals = match["refusals"]
    return Reached(
        number=int(match["number"] or 1),
        within=_duration(match),
        by=_by(match),
        team=match["team"],
        refusals=0 if refusals is None else 1 if refusals == "one step is" else int(refusals[:1]),
    )


CHANNEL = "(?i:SMS|e-?mail)"
_REACHED = re.compile(
    r"(?:somebody|(?P<number>[1-9][0-9]?) people)(?: of the team (?P<team>.+?))?"
    rf" (?:is|are) reached(?: by (?P<by>{CHANNEL}))? within (?P<duration>[0-9].*?)"
    r"(?: even if (?P<refusals>one step is|[2-5] steps are) refused)?"
)


def _form(
    sentence: str, pattern: str | re.Pattern[str], read: Callable[[re.Match[str]], Rule], of: type
) -> Form:
    return Form(sentence, re.compile(pattern), read, inspect.getdoc(of) or "")


def _number(match: re.Match[str]) -> int:
    return int(match["number"])


def _duration(match: re.Match[str]) -> timedelta:
    """Raises BadDuration for one that is longer than what is looked at, too."""
    duration = parse_duration(match["duration"])
    if duration > LONGEST:
        raise BadDuration(match["duration"])
    return duration


NUMBER = "(?P<number>[1-9][0-9]{0,3})"
DURATION = "(?P<duration>[0-9].*)"

PROPERTIES = (
    _form("somebody is reached within 10 minutes", _REACHED, _reached, Reached),
    _form("somebody is reached by SMS within 10 minutes", _REACHED, _reached, Reached),
    _form("2 people are reached within 30 minutes", _REACHED, _reached, Reached),
    _form(
        "somebody of the team Database is reached within 10 minutes", _REACHED, _reached, Reached
    ),
    _form(
        "somebody is reached within 30 minutes even if one step is refused",
        _REACHED,
        _reached,
        Reached,
    ),
    _form(
        "nobody is woken twice by one incident",
        "nobody is woken twice by one incident",
        lambda _: NobodyIsWokenTwice(),
        NobodyIsWokenTwice,
    ),
    _form("no Level is empty", "no Level is empty", lambda _: NoLevelIsEmpty(), NoLevelIsEmpty),
    _form(
        "no Level tells more than 5 people",
        f"no Level tells more than {NUMBER} people",
        lambda match: NoLevelTellsMore(_number(match)),
        NoLevelTellsMore,
    ),
    _form(
        "somebody is on call at every moment",
        "somebody is on call at every moment",
        lambda _: SomebodyIsOnCall(),
        SomebodyIsOnCall,
    ),
    _form(
        "everybody on call can be reached by SMS",
        f"everybody on call can be reached(?: by (?P<by>{CHANNEL}))?",
        lambda match: EverybodyCanBeReached(_by(match)),
        EverybodyCanBeReached,
    ),
    _form(
        "nobody is on call more than 7 days running",
        f"nobody is on call more than {DURATION} running",
        lambda match: NobodyIsOnCallLonger(_duration(match)),
        NobodyIsOnCallLonger,
    ),
    _form(
        "everybody is on call at least once in 90 days",
        f"everybody is on call at least once in {DURATION}",
        lambda match: EverybodyTakesTurns(_duration(match)),
        EverybodyTakesTurns,
    ),
    _form(
        "the shares of a rotation differ by at most 10 %",
        "the shares of a rotation differ by at most (?P<number>[0-9]{1,2}) ?%",
        lambda match: SharesDiffer(_number(match)),
        SharesDiffer,
    ),
)
"""Every sentence, and what it means. `orders-db: ` before one means only that service, and
`Database: ` only that schedule."""


def read_property(sentence: str) -> Property:
    """The property that a sentence means; a full stop at its end is no part of it.

    Raises UnknownProperty, which names the nearest sentences.
    """
    found = _read(sentence)
    if found is None:
        raise UnknownProperty(sentence, _nearest(_plain(sentence)))
    return found


def is_property(sentence: str) -> bool:
    """Whether `read_property` reads it: without the nearest sentences, which take long to find."""
    try:
        return _read(sentence) is not None
    except UnknownProperty:
        return False


def _read(sentence: str) -> Property | None:
    """None where no form is like it. Raises UnknownProperty where one is, but for a value."""
    if len(sentence) > LONGEST_PROPERTY:
        raise UnknownProperty(
            shortened(sentence, LONGEST_PROPERTY), f"The longest has {LONGEST_PROPERTY} characters."
        )
    for scope, rest in _readings(_plain(sentence)):
        for form in PROPERTIES:
            if match := form.pattern.fullmatch(rest):
                try:
                    return Property(sentence, scope, form.read(match))
                except BadDuration as error:
                    hint = f"{error} It is {LONGEST.days} days at the most."
                    raise UnknownProperty(sentence, hint) from error
    return None


def _plain(sentence: str) -> str:
    return " ".join(sentence.split()).removesuffix(".")


def unknown_properties(sentences: Iterable[str]) -> list[Problem]:
    """Those that mean nothing, each by its number among the properties."""
    unknown = []
    for number, sentence in enumerate(sentences):
        try:
            read_property(sentence)
        except UnknownProperty as error:
            unknown.append(Problem(("properties", number), str(error)))
    return unknown


def _readings(text: str) -> list[tuple[str | None, str]]:
    """The whole sentence, and each way to read a name before a colon."""
    colons = [match.start() for match in re.finditer(": ", text)]
    return [(None, text), *((text[:colon], text[colon + 2 :]) for colon in colons)]


def _nearest(text: str) -> str:
    known = [form.sentence for form in PROPERTIES]
    near = difflib.get_close_matches(text, known, MOST_TOLD, cutoff=0)
    return f"The nearest are: {'; '.join(near)}."
