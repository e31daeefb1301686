"""When the nightly verification is due, and which node does it: one of them, once a night."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from pager.adapters.store.core.clock import (
    Now,
    database_clock,
    milliseconds,
    moment,
    read_clock,
    since_1970,
)
from pager.adapters.store.core.schema import nightly_verifications
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import insert_if_new

LEASE = timedelta(minutes=20)
"""After this another node begins anew: the one that was at work is gone."""


class SqlNights:
    """The nights that were verified."""

    lock_key = nightly_verifications.name

    def __init__(self, transactions: Transactions, hour: int, now: Now = database_clock) -> None:
        """A night is due at that hour, in UTC, by `now`."""
        self._transactions = transactions
        self._hour = hour
        self._now = now

    def is_due(self) -> bool:
        """Whether this night is to be verified, and no node is at work on it."""

        def read(connection: Connection) -> bool:
            now = read_clock(connection, self._now)
            row = connection.execute(select(nightly_verifications)).one_or_none()
            return row is None or (self._is_new(row.night, now) or 0 < row.claimed_until <= now)

        return self._transactions.read(read)

    def claim(self) -> datetime | None:
        """The time now, where this node is to verify this night; None where it is not.

        The first night is that after the first look: whoever has just set up Pager need not be
        told at once what is still to be done.
        """

        def claim(connection: Connection) -> datetime | None:
            now = read_clock(connection, self._now)
            row = connection.execute(select(nightly_verifications)).one_or_none()
            if row is None:
                first = insert_if_new(connection, nightly_verifications)
                connection.execute(first.values(id=1, night=now, claimed_until=0))
                return None
            if not (self._is_new(row.night, now) or 0 < row.claimed_until <= now):
                return None
            claimed = connection.execute(
                update(nightly_verifications)
                .where(
                    nightly_verifications.c.night == row.night,
                    nightly_verifications.c.claimed_until == row.claimed_until,
                )
                .values(night=now, claimed_until=now + milliseconds(LEASE))
            )
            return moment(now) if claimed.rowcount else None

        return self._transactions.write(claim, self.lock_key)

    def done(self, claimed_at: datetime) -> None:
        """Note that it is verified."""
        done = update(nightly_verifications).where(
            nightly_verifications.c.night == since_1970(claimed_at)
        )
        self._transactions.write(
            lambda connection: connection.execute(done.values(claimed_until=0)), self.lock_key
        )

    def _is_new(self, last: int, now: int) -> bool:
        """Whether a night has become due since the last one was verified."""
        at = moment(now)
        due = datetime.combine(at.date(), datetime.min.time(), UTC) + timedelta(hours=self._hour)
        if due > at:
            due -= timedelta(days=1)
        return last < since_1970(due)
