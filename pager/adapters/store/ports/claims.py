"""The claims of this node, and which claims of other nodes are over.

A lease ends by the clock of the database, and that may be set: forwards, and a page that is being
sent seems free; backwards, and the claims of a dead node seem to last for hours. So what counts is
how long this node has seen a claim unchanged, by a clock that nobody can set. The database's clock
is believed only of a claim that is seen for the first time.
"""

import math
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import NamedTuple

from pager.messages import Channel

_AT_ONCE = -math.inf
_UNTIL_IT_IS_DONE = math.inf


class ClaimedRow(NamedTuple):
    """An effect that somebody has claimed."""

    id: int
    due_at: int
    """When its lease ends; another moment after each renewal."""
    claimed_by: str
    is_over: bool
    """Whether its lease is over, by the clock of the database."""


class NodeClaims:
    """Which effects this node holds, and since when it has seen those of the others."""

    def __init__(self, lease: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives monotonic seconds."""
        self.node = secrets.token_hex(8)
        self._lease = lease.total_seconds()
        self._clock = clock
        self._held: dict[int, float] = {}
        self._seen: dict[Channel, dict[tuple[int, int], float]] = {}

    @property
    def held(self) -> list[int]:
        """The effects that this node is carrying out."""
        return [id_ for id_, until in list(self._held.items()) if until == _UNTIL_IT_IS_DONE]

    def claimed(self, ids: Iterable[int]) -> None:
        """This node holds these from now on."""
        self._held.update(dict.fromkeys(ids, _UNTIL_IT_IS_DONE))

    def done(self, id_: int) -> None:
        """This node no longer holds it."""
        self._held.pop(id_, None)

    def failed(self, id_: int) -> None:
        """This node could not settle it: it is left alone for a lease, and then tried again."""
        self._held[id_] = self._clock() + self._lease

    def over(self, channel: Channel, claimed: Iterable[ClaimedRow]) -> list[tuple[int, int]]:
        """Id and due time of those in `claimed`, all there are of `channel`, that may be taken.

        Those of this node itself that it knows nothing of are over, too: the answer to the claim
        was lost.
        """
        now = self._clock()
        before = self._seen.get(channel, {})
        seen: dict[tuple[int, int], float] = {}
        over = []
        for row in claimed:
            key = (row.id, row.due_at)
            if row.claimed_by == self.node:
                is_over = self._held.get(row.id, _AT_ONCE) <= now
            else:
                seen[key] = before.get(key, _AT_ONCE if row.is_over else now)
                is_over = now - seen[key] >= self._lease
            if is_over:
                over.append(key)
        self._seen[channel] = seen
        return over
