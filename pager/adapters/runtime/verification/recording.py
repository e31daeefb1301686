"""Verifies all properties, and records what is found."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection

from pager.adapters.runtime.verification.process import ask, is_out_of_time
from pager.adapters.runtime.verification.questions import Answer, Question, Unclear
from pager.adapters.store.core.clock import Now, database_clock, moment, read_clock
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.set_up import set_up_now, set_up_version
from pager.adapters.store.properties.verdicts import (
    LONGEST_TIMELINE,
    MOST_KEPT,
    Counterexample,
    Found,
    SqlVerdicts,
)
from pager.configuration.properties import NO_EMPTY_LEVEL
from pager.model import shortened
from pager.verify import THIRTEEN_MONTHS, Violation


def verify_all(
    transactions: Transactions,
    within: timedelta,
    now: Now = database_clock,
    stopping: threading.Event | None = None,
) -> bool:
    """Verify the properties, and that no Level is empty, over the next thirteen months.

    What is found is recorded; returns whether there was time for all of them. With `stopping`
    nobody waits for it: it gives way to whatever else runs, and where that is set it ends at once,
    and nothing is recorded. Without, what there was no time for is left to the background, which
    has more. Raises Unreadable.
    """
    question, version = transactions.read(
        lambda connection: (_question(connection, now), set_up_version(connection))
    )
    somebody_waits = stopping is None
    found = ask(question._replace(gives_way=not somebody_waits), within, stopping)
    if stopping is not None and stopping.is_set():
        return False
    in_time = [one for one in found if not is_out_of_time(one)]
    recorded = in_time if somebody_waits else found
    SqlVerdicts(transactions, now).record(
        {one.sentence: found_in(one, question.end, version) for one in recorded}
    )
    return len(in_time) == len(found)


def _question(connection: Connection, now: Now) -> Question:
    sentences = SqlProperties(InTransaction(connection)).versioned().sentences
    start = moment(read_clock(connection, now)).replace(second=0, microsecond=0)
    return Question(
        set_up_now(connection),
        tuple(dict.fromkeys([NO_EMPTY_LEVEL, *sentences])),
        start,
        start + THIRTEEN_MONTHS,
    )


def found_in(answer: Answer, until: datetime, version: str) -> Found:
    """The answer of that version of what is set up, as it is stored."""
    if isinstance(answer, Unclear):
        return Found(outcome="unknown", until=until, why=answer.why, version=version)
    if answer.holds:
        return Found(outcome="holds", until=until, version=version)
    return Found(
        outcome="violated",
        until=until,
        violations=tuple(map(counterexample, answer.violations[:MOST_KEPT])),
        number=len(answer.violations),
        version=version,
    )


def counterexample(violation: Violation) -> Counterexample:
    """The violation, as it is stored and shown."""
    return Counterexample(
        subject=violation.subject,
        others=len(violation.others),
        at=violation.at,
        what=violation.what,
        timeline=shortened(violation.timeline, LONGEST_TIMELINE),
    )
