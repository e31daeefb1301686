"""The rehearsals beside a policy: who would be paged when."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from pager.durations import BadDuration, parse_duration
from pager.model import EscalationPolicy
from pager.simulation.rehearsal import Rehearsal, rehearse

Rehearse = Callable[[timedelta | None], Rehearsal]
"""Rehearses with an Acknowledgement after that long, or with none."""

LATEST = timedelta(days=1_000)
"""After 100 Levels of 7 days nothing happens any more."""

LONGEST = 50
"""Characters of what is typed."""


class Rehearsals(NamedTuple):
    """What a page shows of the rehearsals of a policy."""

    acknowledged: str = ""
    """After how long somebody would acknowledge, as typed."""
    error: str = ""
    """What is wrong with what was typed."""
    unanswered: Rehearsal | None = None
    answered: Rehearsal | None = None
    after: timedelta = timedelta(0)
    """After how long somebody acknowledges in `answered`."""


def rehearsals(policy: EscalationPolicy | None, acknowledged: str) -> Rehearsals:
    """Those of a policy of a single service."""
    return rehearsals_by(partial(rehearse, policy) if policy else None, acknowledged)


def rehearsals_by(rehearsed: Rehearse | None, acknowledged: str) -> Rehearsals:
    """One without an answer; and one with an answer after `acknowledged`, if it is not empty."""
    acknowledged = acknowledged.strip()[:LONGEST]
    if rehearsed is None:
        return Rehearsals(acknowledged)
    if not acknowledged:
        return Rehearsals(unanswered=rehearsed(None))
    try:
        after = parse_duration(acknowledged)
    except BadDuration:
        after = timedelta.max
    if after > LATEST:
        error = "After how long? Such as 20 min or 1 h; empty if nobody does."
        return Rehearsals(acknowledged, error, rehearsed(None))
    return Rehearsals(acknowledged, "", rehearsed(None), rehearsed(after), after)
