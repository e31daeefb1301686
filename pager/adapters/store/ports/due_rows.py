"""What is due in the outbox: which rows may be claimed, and in which order."""

from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import Now
from pager.adapters.store.core.page_texts import WHOLE_EFFECT
from pager.adapters.store.core.schema import outbox
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.ports.claims import ClaimedRow, NodeClaims
from pager.messages import Channel

DueRow = tuple[int, str, str]
"""The id of a row that may be claimed, its effect, and its Monitored Service."""

_LOCKED = select(outbox.c.id, WHOLE_EFFECT, outbox.c.service_id).with_for_update(skip_locked=True)

_FAIR = (outbox.c.position, outbox.c.due_at, outbox.c.id)
"""The first page of every step before the second of any: a step with many Targets lets others
pass."""


class DueRows:
    """The rows that may be claimed, by the clock of the database and what this node holds."""

    def __init__(self, now: Now, claims: NodeClaims | None) -> None:
        """For `claims` see SqlOutbox."""
        self._now = now
        self._claims = claims

    def next_due_in(self, connection: Connection, channel: Channel) -> timedelta | None:
        """How long until a page that was attempted is due again; None where there is none."""
        [(left,)] = _NEXT.run(connection, self._held(), self._now, channel=channel)
        return None if left is None else timedelta(milliseconds=left)

    def is_due(self, connection: Connection, channel: Channel) -> tuple[bool, bool]:
        """Whether there is something new, and something to be tried again."""
        [(new, again)] = _IS_DUE.run(connection, self._held(), self._now, channel=channel)
        return bool(new), bool(again)

    def new(self, channel: Channel) -> ColumnElement[bool]:
        """What was never attempted. A due time that is yet to come means that the clock was set
        back: that page waits no longer.
        """
        return and_(self._unclaimed(channel), _NEW)

    def to_be_retried(self, channel: Channel) -> ColumnElement[bool]:
        """What was attempted, and is due again; or was settled in the future: as in `new`."""
        return and_(self._unclaimed(channel), _to_be_retried(self._now()))

    def over(self, connection: Connection, channel: Channel) -> list[tuple[int, int]]:
        """Id and due time of what somebody has claimed, and holds no longer."""
        rows = _CLAIMED.run(connection, self._held(), self._now, channel=channel)
        # With this condition in its query, SQLite would read every row that is due.
        claimed = [
            ClaimedRow(id_, due_at, node, is_over)
            for id_, due_at, node, is_over in rows
            if due_at is not None
        ]
        if self._claims is not None:
            return self._claims.over(channel, claimed)
        return [(row.id, row.due_at) for row in claimed if row.is_over]

    def _held(self) -> list[tuple[int]]:
        return [(id_,) for id_ in self._claims.held] if self._claims else []

    def _unclaimed(self, channel: Channel) -> ColumnElement[bool]:
        held = self._claims.held if self._claims else []
        is_held = outbox.c.id.in_(held) if held else false()
        return and_(not_(is_held), outbox.c.channel == channel, _UNCLAIMED)


_UNCLAIMED = and_(outbox.c.due_at.is_not(None), outbox.c.claimed_by.is_(None))
_NEW = outbox.c.attempt == literal_column("0")


def _to_be_retried(now: ColumnElement[int]) -> ColumnElement[bool]:
    is_due = or_(outbox.c.due_at <= now, outbox.c.settled_at > now)
    return and_(outbox.c.attempt > literal_column("0"), is_due)


def _not_held(parts: Parts) -> ColumnElement[bool]:
    """Of the channel, and not among the given rows."""
    given = parts.rows(outbox.c.id)
    return and_(outbox.c.channel == bindparam("channel"), outbox.c.id.not_in(select(given.c.id)))


def _next(parts: Parts) -> ClauseElement:
    """When a page that was attempted is due again, from now."""
    attempted = outbox.c.attempt > literal_column("0")
    return select(func.min(outbox.c.due_at) - parts.now).where(
        _not_held(parts), _UNCLAIMED, attempted
    )


def _is_due(parts: Parts) -> ClauseElement:
    """Whether there is something new, and something to be tried again."""
    rows = select(outbox.c.id).where(_not_held(parts), _UNCLAIMED)
    return select(exists(rows.where(_NEW)), exists(rows.where(_to_be_retried(parts.now))))


def _claimed(parts: Parts) -> ClauseElement:
    """As in ClaimedRow."""
    return select(
        *(outbox.c.id, outbox.c.due_at, outbox.c.claimed_by, outbox.c.due_at <= parts.now)
    ).where(_not_held(parts), outbox.c.claimed_by.is_not(None))


def in_turn(
    connection: Connection,
    new: ColumnElement[bool],
    to_be_retried: ColumnElement[bool],
    at_most: int,
    most_retries: int | None,
) -> list[DueRow]:
    """The rows that are taken, in their order; they are locked."""
    # A page that is tried again and again lets those pass that were tried less often.
    again = _LOCKED.where(to_be_retried).order_by(outbox.c.attempt, outbox.c.due_at, outbox.c.id)
    first = _LOCKED.where(new).order_by(*_FAIR).limit(at_most)
    taken = list(map(tuple, connection.execute(first))) if at_most else []
    if most_retries is None:
        most_retries = at_most - len(taken)
    if most_retries:
        taken += map(tuple, connection.execute(again.limit(most_retries)))
    return taken


def _new_in_turn(_parts: Parts) -> ClauseElement:
    """What was never attempted, of one channel, in its order."""
    return (
        _LOCKED.where(outbox.c.channel == bindparam("channel"), _UNCLAIMED, _NEW)
        .order_by(*_FAIR)
        .limit(bindparam("at_most"))
    )


def _take(parts: Parts) -> ClauseElement:
    """Claim rows that are locked."""
    given = parts.rows(outbox.c.id)
    return (
        update(outbox)
        .where(outbox.c.id.in_(select(given.c.id)))
        .values(
            due_at=parts.now + bindparam("lease", type_=BigInteger),
            attempt=outbox.c.attempt + literal_column("1"),
            claimed_by=bindparam("node"),
        )
        .returning(outbox.c.id, outbox.c.attempt, outbox.c.due_at)
    )


def _left(parts: Parts) -> ClauseElement:
    """What is left of the leases of rows, in milliseconds."""
    given = parts.rows(outbox.c.id)
    return select(outbox.c.id, outbox.c.attempt, outbox.c.due_at - parts.now).where(
        outbox.c.id.in_(select(given.c.id))
    )


NEW_IN_TURN: Statement[DueRow] = Statement(_new_in_turn)
TAKE: Statement[tuple[int, int, int]] = Statement(_take)
LEFT: Statement[tuple[int, int, int | None]] = Statement(_left)
_NEXT: Statement[tuple[int | None]] = Statement(_next)
_IS_DUE: Statement[tuple[bool, bool]] = Statement(_is_due)
_CLAIMED: Statement[tuple[int, int | None, str, bool]] = Statement(_claimed)
