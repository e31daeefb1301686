"""The timer: rows with a due time, which survive a restart."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    func,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.schema import timers
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.dialects import dialect_of, insert_if_new
from pager.messages import (
    AcknowledgementExpired,
    AcknowledgementExpiry,
    AcknowledgementTimeout,
    Timed,
    TimerEffect,
    TimerMessage,
    Unreachable,
)


class SqlTimer:
    """Timer, as rows of a table. `due` returns what is to be given to the Pager by now."""

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Delays go by `now`."""
        self._transactions = transactions
        self._now = now

    def set(self, message: Timed, delay: timedelta) -> None:
        """Keep `message` until `delay` is over; a second time changes nothing."""
        columns = _key_of(message) | {"due_at": self._now() + milliseconds(delay)}
        self._transactions.write(
            lambda connection: connection.execute(insert_if_new(connection, timers).values(columns))
        )

    def set_all(self, delays: Iterable[TimerEffect]) -> None:
        """Set the message of each, as `set` does."""
        rows = [(*_key_of(delay).values(), milliseconds(delay.delay)) for delay in delays]
        if rows:
            self._transactions.write(lambda connection: _SET.run(connection, rows, self._now))

    def due(self, at_most: int = 100) -> list[TimerMessage]:
        """The messages that are due by now, the longest due first."""
        query = (
            select(timers)
            .where(timers.c.due_at <= self._now())
            .order_by(timers.c.due_at)
            .limit(at_most)
        )
        rows = self._transactions.read(lambda connection: connection.execute(query).all())
        return [
            _kind(is_expiry=row.is_expiry, unreachable=row.unreachable)(
                service_id=row.service_id, incident=row.incident, level=row.level
            )
            for row in rows
        ]

    def next_due_in(self) -> timedelta | None:
        """How long until the next message is due; None where there is none."""
        query = select(func.min(timers.c.due_at) - self._now())
        left = self._transactions.read(lambda connection: connection.scalar(query))
        return None if left is None else timedelta(milliseconds=left)

    def done(self, message: TimerMessage) -> None:
        """Say that the Pager has received `message`: until then it stays due."""
        self.done_all([message])

    def done_all(self, messages: Sequence[TimerMessage]) -> None:
        """Say that the Pager has received each of them."""
        # In one order: two nodes never wait for each other in a circle.
        rows = sorted(tuple(_key_of(each).values()) for each in messages)
        self._transactions.write(lambda connection: _DONE.run(connection, rows))

    def forget(self, incidents: Sequence[tuple[str, int]]) -> None:
        """Delete the timers of these incidents (service, number), which are over.

        Nobody waits for them, and a storm of short incidents leaves many. One that another node
        is at work on is left: it goes off, and changes nothing.
        """
        self._transactions.write(lambda connection: _FORGET.run(connection, incidents))

    def postpone(self, message: TimerMessage, by: timedelta) -> None:
        """Let `message` be due again `by` from now: it could not be received."""
        due_at = self._now() + milliseconds(by)
        change = update(timers).where(_row_of(message)).values(due_at=due_at)
        self._transactions.write(lambda connection: connection.execute(change))


def give_at_once(connection: Connection, message: TimerMessage, now: Now) -> None:
    """Give `message` to the Pager now, in the place of the timeout of the same step."""
    columns = {"due_at": now(), "unreachable": isinstance(message, Unreachable)}
    running = update(timers).where(_row_of(message)).values(columns)
    if connection.scalar(running.returning(timers.c.level)) is None:  # no delay is set (any more)
        connection.execute(insert_if_new(connection, timers).values(_key_of(message) | columns))
    dialect_of(connection).notify(connection, {"timer"})


def _kind(*, is_expiry: bool, unreachable: bool) -> type[TimerMessage]:
    if is_expiry:
        return AcknowledgementExpired
    return Unreachable if unreachable else AcknowledgementTimeout


_KEY = (timers.c.service_id, timers.c.incident, timers.c.level, timers.c.is_expiry)


def _key_of(timed: TimerMessage | TimerEffect) -> dict[str, str | int | bool]:
    """The columns of _KEY, in their order: of a message, or of what sets the timer for it."""
    return {
        "service_id": timed.service_id,
        "incident": timed.incident,
        "level": timed.level,
        "is_expiry": isinstance(timed, AcknowledgementExpired | AcknowledgementExpiry),
    }


def _row_of(message: TimerMessage) -> ColumnElement[bool]:
    return and_(*(timers.c[name] == value for name, value in _key_of(message).items()))


def _set(parts: Parts) -> ClauseElement:
    given = parts.rows(*_KEY, timers.c.due_at)
    *key, delay = given.c
    rows = select(*key, parts.now + delay).where(true())
    columns = [*_KEY, timers.c.due_at]
    return parts.dialect.insert(timers).from_select(columns, rows).on_conflict_do_nothing()


def _done(parts: Parts) -> ClauseElement:
    given = parts.rows(*_KEY)
    key = tuple_(*_KEY)
    locked = select(*key).where(key.in_(select(*given.c))).order_by(*key).with_for_update()
    return delete(timers).where(key.in_(select(locked.cte("locked"))))


def _forget(parts: Parts) -> ClauseElement:
    given = parts.rows(timers.c.service_id, timers.c.incident)
    key = tuple_(*_KEY)
    is_over = tuple_(timers.c.service_id, timers.c.incident).in_(select(*given.c))
    free = select(*key).where(is_over).order_by(*key).with_for_update(skip_locked=True)
    return delete(timers).where(key.in_(select(free.cte("free"))))


_SET: Statement[None] = Statement(_set)
_FORGET: Statement[None] = Statement(_forget)
_DONE: Statement[None] = Statement(_done)
