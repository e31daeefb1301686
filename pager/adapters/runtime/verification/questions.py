"""What is asked about properties, and answered one by one: what is in time is known."""

import logging
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import NamedTuple

from pager.adapters.text import one_line
from pager.configuration.configuration import Configuration
from pager.errors import PagerError
from pager.model import shortened
from pager.oncall.directory import NobodyOfThatName
from pager.verify import (
    Outlook,
    TooManyHandovers,
    TooMuchToTry,
    Verdict,
    Violation,
    read_property,
    verdict,
    verify,
)

MOST_TOLD = 20
"""Violations of a property that are told in full: each has a timeline, and there may be thousands.
"""

LONGEST_FAULT = 300

logger = logging.getLogger(__name__)


class Question(NamedTuple):
    """Whether these properties hold."""

    configuration: Configuration
    sentences: tuple[str, ...]
    start: datetime
    end: datetime
    before: Configuration | None = None
    """Where there is one, only violations count that it does not have."""
    gives_way: bool = False
    """Whether whatever else runs on the machine goes first: nobody waits for the answer."""


class Unclear(NamedTuple):
    """A property of which it is not known whether it holds."""

    sentence: str
    why: str
    """A sentence."""
    was_verified: bool = True
    """Whether that is what was found out; else nothing was: people save what may be wrong."""


Answer = Verdict | Unclear


def not_verified(sentence: str, reason: str) -> Unclear:
    """Nothing was found out, because of that."""
    why = shortened(one_line(reason), LONGEST_FAULT)
    return Unclear(sentence, f"It could not be verified, because {why}.", was_verified=False)


def answers(question: Question) -> Iterator[Answer]:
    """What is found of each property, in their order."""
    ahead = cache(lambda: Outlook(question.configuration, question.start, question.end))
    for sentence in question.sentences:
        try:
            asked = read_property(sentence)
            yield _answer(question, verdict(ahead(), asked))
        except NobodyOfThatName as error:
            yield _without(question, sentence, error)
        except (TooManyHandovers, TooMuchToTry) as error:
            yield Unclear(sentence, str(error), was_verified=False)
        except PagerError as error:  # it is not known
            yield Unclear(sentence, str(error))
        except Exception as error:
            logger.exception("“%s” could not be verified", sentence)
            yield not_verified(sentence, f"Pager has a fault: {type(error).__name__}: {error}")


def _answer(question: Question, now: Verdict) -> Answer:
    """Without what was there before; the first violations come first, and are told in full."""
    if question.before is None and now.says_nothing:
        return Unclear(now.sentence, now.says_nothing)
    found = _news(question, now)
    in_order = sorted(found.violations, key=lambda one: one.at)
    short = (one._replace(what="", why="", timeline="") for one in in_order[MOST_TOLD:])
    return found._replace(violations=(*in_order[:MOST_TOLD], *short))


def _news(question: Question, now: Verdict) -> Verdict:
    """Without what was there before."""
    if now.holds or question.before is None:
        return now
    former = _former(question, now.sentence)
    known = {
        subject: one
        for one in (former.violations if former else ())
        for subject in (one.subject, *one.others)
    }
    new = tuple(
        one
        for one in now.violations
        if any(is_worse(one, known.get(name)) for name in (one.subject, *one.others))
    )
    return now._replace(holds=not new, violations=new)


def _former(question: Question, sentence: str) -> Verdict | None:
    """What was found before; None where it named somebody who was not there."""
    if question.before is None:
        return None
    try:
        [former] = verify(question.before, [sentence], question.start, question.end)
    except PagerError:
        return None
    return former


def is_worse(now: Violation, before: Violation | None) -> bool:
    """Whether it is not only what was there before: earlier, longer, more often or another time."""
    if before is None or now.at < before.at:
        return True
    if now.at == before.at:
        return now.until > before.until or now.times_more > before.times_more
    return now.times_more >= before.times_more  # the first was mended, and there is another


def _without(question: Question, sentence: str, error: NobodyOfThatName) -> Answer:
    """What is found of a property that names somebody who is not there."""
    if _former(question, sentence) is None:
        return Unclear(sentence, str(error))
    what = f"There would be no {error.kind} of that name any more."
    gone = Violation(error.name, question.start, what, "", question.end, 0)
    return Verdict(sentence, holds=False, violations=(gone,))
