"""What is due in the outbox: which rows may be claimed, and in which order."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.page_texts import WHOLE_EFFECT
from pager.adapters.store.core.schema import outbox
from pager.adapters.store.ports.claims import ClaimedRow, NodeClaims
from pager.messages import Channel


class DueRows:
    """The rows that may be claimed, by the clock of the database and what this node holds."""

    def __init__(self, now: Now, claims: NodeClaims | None) -> None:
        """For `claims` see SqlOutbox."""
        self._now = now
        self._claims = claims

    def next_due_in(self, connection: Connection, channel: Channel) -> timedelta | None:
        """How long until a page that was attempted is due again; None where there is none."""
        query = select(func.min(outbox.c.due_at) - self._now()).where(
            self._unclaimed(channel), outbox.c.attempt > 0
        )
        left = connection.scalar(query)
        return None if left is None else timedelta(milliseconds=left)

    def is_due(self, connection: Connection, channel: Channel) -> tuple[bool, bool]:
        """Whether there is something new, and something to be tried again."""
        new, again = (
            connection.scalar(select(outbox.c.id).where(due).limit(1)) is not None
            for due in (self.new(channel), self.to_be_retried(channel))
        )
        return new, again

    def new(self, channel: Channel) -> ColumnElement[bool]:
        """What was never attempted. A due time that is yet to come means that the clock was set
        back: that page waits no longer.
        """
        return and_(self._unclaimed(channel), outbox.c.attempt == 0)

    def to_be_retried(self, channel: Channel) -> ColumnElement[bool]:
        """What was attempted, and is due again; or was settled in the future: as in `new`."""
        now = self._now()
        is_due = or_(outbox.c.due_at <= now, outbox.c.settled_at > now)
        return and_(self._unclaimed(channel), outbox.c.attempt > 0, is_due)

    def over(self, connection: Connection, channel: Channel) -> list[tuple[int, int]]:
        """Id and due time of what somebody has claimed, and holds no longer."""
        is_over = outbox.c.due_at <= self._now()
        query = select(outbox.c.id, outbox.c.due_at, outbox.c.claimed_by, is_over).where(
            outbox.c.channel == channel,
            outbox.c.claimed_by.is_not(None),
        )
        if held := self._claims.held if self._claims else []:
            query = query.where(outbox.c.id.not_in(held))
        # Asked for in the query, this would make SQLite read every row that is due.
        claimed = [ClaimedRow(*row) for row in connection.execute(query) if row.due_at is not None]
        if self._claims is not None:
            return self._claims.over(channel, claimed)
        return [(row.id, row.due_at) for row in claimed if row.is_over]

    def _unclaimed(self, channel: Channel) -> ColumnElement[bool]:
        held = self._claims.held if self._claims else []
        return and_(
            outbox.c.id.not_in(held) if held else true(),
            outbox.c.channel == channel,
            outbox.c.due_at.is_not(None),
            outbox.c.claimed_by.is_(None),
        )


def in_turn(
    connection: Connection,
    new: ColumnElement[bool],
    to_be_retried: ColumnElement[bool],
    at_most: int,
    most_retries: int | None,
) -> "list[Row[tuple[int, str, str]]]":
    """The rows that are taken, in their order; they are locked."""
    columns = (outbox.c.id, WHOLE_EFFECT, outbox.c.service_id)
    rows = select(*columns).with_for_update(skip_locked=True)
    # The first page of every step before the second of any: a step with many Targets lets others
    # pass. A page that is tried again and again lets those pass that were tried less often.
    first = rows.where(new).order_by(outbox.c.position, outbox.c.due_at, outbox.c.id)
    again = rows.where(to_be_retried).order_by(outbox.c.attempt, outbox.c.due_at, outbox.c.id)
    taken = list(connection.execute(first.limit(at_most))) if at_most else []
    if most_retries is None:
        most_retries = at_most - len(taken)
    return taken + (list(connection.execute(again.limit(most_retries))) if most_retries else [])
