"""What is asked about properties, and answered one by one: what is in time is known."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from pager.configuration.configuration import Configuration
from pager.oncall.directory import NobodyOfThatName
from pager.verify import UnknownProperty, Verdict, Violation, verify


class Question(NamedTuple):
    """Whether these properties hold."""

    configuration: Configuration
    sentences: tuple[str, ...]
    start: datetime
    end: datetime
    before: Configuration | None = None
    """Where there is one, only violations count that it does not have."""


class Unclear(NamedTuple):
    """A property of which it is not known whether it holds."""

    sentence: str
    why: str
    """A sentence."""


Answer = Verdict | Unclear


def answers(question: Question) -> Iterator[Answer]:
    """What is found of each property, in their order."""
    for sentence in question.sentences:
        try:
            yield _verdict(question, sentence)
        except (UnknownProperty, NobodyOfThatName) as error:
            yield Unclear(sentence, str(error))


def _verdict(question: Question, sentence: str) -> Verdict:
    [verdict] = verify(question.configuration, [sentence], question.start, question.end)
    if verdict.holds or question.before is None:
        return verdict
    try:
        [former] = verify(question.before, [sentence], question.start, question.end)
    except NobodyOfThatName:  # whoever it names is new
        return verdict
    known = {key for one in former.violations for key in _keys(one)}
    new = tuple(one for one in verdict.violations if not known.issuperset(_keys(one)))
    return verdict._replace(holds=not new, violations=new)


def _keys(violation: Violation) -> Iterator[tuple[str, datetime]]:
    """Of what it is, and since when: the same in two configurations is no news."""
    for subject in (violation.subject, *violation.others):
        yield subject, violation.at
