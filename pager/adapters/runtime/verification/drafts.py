"""Verifies a draft before it counts: what gets worse with it is shown to whoever saves it."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from pager.adapters.runtime.pools import Overloaded, Pool
from pager.adapters.runtime.verification.affected import affected
from pager.adapters.runtime.verification.changes import Change
from pager.adapters.runtime.verification.process import OUT_OF_TIME, ask
from pager.adapters.runtime.verification.questions import Question, Unclear
from pager.adapters.store.core.clock import Now, database_clock, moment, read_clock
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.core.transactions import InTransaction, Readable
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.set_up import set_up_now
from pager.verify import THIRTEEN_MONTHS, Verdict

MOST_IN_NOTE = 3
"""Properties that a note names; the others are counted."""

logger = logging.getLogger(__name__)


class Verified(NamedTuple):
    """What was found out about a draft."""

    worse: Sequence[Verdict] = ()
    """The properties that it violates and that held before, with what is new."""
    unclear: Sequence[Unclear] = ()
    """Those that could not be verified: there was no time, or a fault."""
    start: datetime | None = None
    """From when on it was looked."""

    @property
    def key(self) -> str:
        """What tells these violations from others; "" where there is none.

        It stays the same while time passes: what does not hold from now on has no other beginning.
        """
        if not self.worse:
            return ""
        told = [
            (one.sentence, each.subject, each.others, each.at if each.at != self.start else None)
            for one in self.worse
            for each in one.violations
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]

    @property
    def note(self) -> str:
        """What the history says of an edit that is saved all the same."""
        notes = []
        if self.worse:
            notes.append(f"saved although it violates {_named(self.worse)}")
        if self.unclear:
            notes.append(f"not known whether it violates {_named(self.unclear)}")
        return "; ".join(notes)


def verified(
    transactions: Readable,
    change: Change,
    within: timedelta,
    now: Now = database_clock,
) -> Verified:
    """What gets worse with that change, over the next thirteen months, as far as there is time."""
    asked = transactions.read(lambda connection: _question(connection, change, now))
    if asked is None:
        return Verified()
    found = ask(asked, within)
    return Verified(
        [one for one in found if isinstance(one, Verdict) and not one.holds],
        # One that cannot be read, or names somebody who is not there, is no fault of the draft.
        [one for one in found if isinstance(one, Unclear) and not one.was_verified],
        asked.start,
    )


NOT_VERIFIED = Verified(unclear=[Unclear("what has to hold", OUT_OF_TIME, was_verified=False)])
"""Where nothing was found out at all."""


async def verified_in(pool: Pool, transactions: Readable, change: Change) -> Verified:
    """What gets worse with that change.

    Whatever is in the way of that, such as a lack of time or a fault, is in nobody's way: then that
    is said, and people can save.
    """
    try:
        return await pool.run(verified, transactions, change, pool.work_within)
    except Overloaded:
        return NOT_VERIFIED
    except Exception as error:  # noqa: BLE001 - whatever it is
        log_failure(logger, "a draft could not be verified", error)
        return NOT_VERIFIED


def _question(connection: Connection, change: Change, now: Now) -> Question | None:
    """What is to be asked; None where nothing has to hold."""
    try:
        sentences = SqlProperties(InTransaction(connection)).versioned().sentences
    except Unreadable:  # its own page says so; nobody is kept from mending a policy
        return None
    if not sentences:
        return None
    now_set_up = set_up_now(connection)
    before, after = affected(now_set_up, change(now_set_up), sentences)
    start = moment(read_clock(connection, now)).replace(second=0, microsecond=0)
    return Question(after, sentences, start, start + THIRTEEN_MONTHS, before)


def _named(some: Sequence[Verdict | Unclear]) -> str:
    named = " and ".join(f"“{one.sentence}”" for one in some[:MOST_IN_NOTE])
    more = len(some) - MOST_IN_NOTE
    return f"{named} and {more} more" if more > 0 else named
