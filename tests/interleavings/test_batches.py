"""The server's relays work on many pages at a time: all are checked, then sent, then recorded.

In one transaction each, where here they are calls of their own: whoever acts or dies between two of
them finds nothing here that he would not find there.
"""

from itertools import chain

import pytest

from interleavings.actors import Code
from interleavings.checks import Violation
from interleavings.explore import Exploration
from interleavings.scenes import Scene, casts, opening, scenes
from interleavings.story import Story
from pager.messages import Channel
from pager.ports import Claim, Outcome
from pager.relay import OutboxRelay, why_not


class BatchingRelay(OutboxRelay):
    """A relay that works as those of the server do."""

    def run_once(self, channel: Channel, at_most: int = 8) -> int:
        """Check, send and record what was claimed."""
        claims = self._outbox.claim(channel, at_most)
        to_send = [claim for claim in claims if self._is_to_be_sent(claim)]
        outcomes = [(claim, self._attempt(claim)) for claim in to_send]
        for claim, outcome in outcomes:
            self._outbox.settle(claim, outcome)
        return len(claims)

    def _is_to_be_sent(self, claim: Claim) -> bool:
        if not self._outbox.holds(claim):
            self._outbox.release(claim)
            return False
        outcome = why_not(claim, self._services.load)
        if outcome is not None:
            self._outbox.settle(claim, outcome)
        return outcome is None


class RecordsTooEarly(BatchingRelay):
    """One that records what it is about to send: a fault, to see it found."""

    def run_once(self, channel: Channel, at_most: int = 8) -> int:
        """Record and send what was claimed."""
        claims = [c for c in self._outbox.claim(channel, at_most) if self._is_to_be_sent(c)]
        for claim in claims:
            self._outbox.settle(claim, Outcome("sent"))
        return sum(self._attempt(claim).status == "sent" for claim in claims)


WITH_A_RELAY = [
    cast for cast in chain.from_iterable(casts(size) for size in (1, 2)) if "relay" in cast
]


@pytest.mark.parametrize("kinds", WITH_A_RELAY, ids=" | ".join)
def test_whatever_the_schedule_every_check_holds_for_batches(kinds: tuple[str, ...]) -> None:
    """From every start; a relay may die in the middle of a batch."""
    assert [failure for scene in scenes(kinds) if (failure := _failure(scene))] == []


def test_a_relay_that_records_too_early_is_found() -> None:
    """The checks have teeth for batches, too."""
    scene = Scene("first Level, two unsent", ("relay",))
    assert _failure(scene, RecordsTooEarly) is not None


def _failure(scene: Scene, relay: type[OutboxRelay] = BatchingRelay) -> str | None:
    code = Code(relay=relay)
    if (opened := opening(scene, code)) is None:
        return None
    exploration = Exploration(opened, code)
    try:
        exploration.explore()
    except Violation:
        schedule = exploration.shortest_failure()
        assert schedule is not None
        return str(Story(str(scene), schedule, code))
    return None
