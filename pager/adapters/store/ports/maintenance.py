"""Maintenance windows: rows with a start and an end, by the database's clock."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update
from sqlalchemy.sql.elements import ClauseElement

from pager.adapters.store.core.clock import (
    Now,
    database_clock,
    moment,
    optional_duration,
    read_clock,
    since_1970,
)
from pager.adapters.store.core.codecs import SERVICES, Unreadable
from pager.adapters.store.core.schema import maintenance_windows, monitored_services
from pager.adapters.store.core.statements import Parts, Statement
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.ports.timer import give_at_once
from pager.decide import timeout_after_maintenance
from pager.errors import PagerError
from pager.maintenance import BadWindow, Period, new_period

MOST_OPEN = 100
"""Windows of a service that are not over."""

_table = maintenance_windows.c


class NoSuchWindow(PagerError):
    """There is no such maintenance window: it may be over for so long that it was deleted."""


class MaintenanceWindow(NamedTuple):
    """A maintenance window of a service."""

    id: int
    service_id: str
    period: Period
    author: str | None
    """Who made it; None where no key was needed."""
    reason: str
    created_at: datetime
    ended_by: str | None
    """Who ended it early, or cancelled it; None where nobody did."""

    @property
    def was_cancelled(self) -> bool:
        """Whether it was ended before it began."""
        return self.period.starts_at == self.period.ends_at


class SqlMaintenanceWindows:
    """MaintenanceWindows, made with `add` and changed with `move_end`, `replace` and `end`."""

    lock_key = maintenance_windows.name

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Windows go by `now`."""
        self._transactions = transactions
        self._now = now

    def left(self, service_id: str) -> timedelta | None:
        """How long the service is still in maintenance; None where it is in none."""
        query = select(func.max(_table.ends_at) - self._now()).where(
            _table.service_id == service_id, is_on(self._now())
        )
        left = self._transactions.read(lambda connection: connection.scalar(query))
        return optional_duration(left)

    def add(
        self,
        service_id: str,
        end: datetime | timedelta,
        starts_at: datetime | None = None,
        author: str | None = None,
        reason: str = "",
    ) -> int:
        """A new window, from now on where `starts_at` is None: its number. Raises BadWindow."""

        def add(connection: Connection) -> int:
            now = self._moment(connection)
            period = new_period(now, starts_at, end)
            is_open = _table.service_id == service_id, _table.ends_at > since_1970(now)
            number = connection.scalar(
                select(func.count()).select_from(maintenance_windows).where(*is_open)
            )
            if number is not None and number >= MOST_OPEN:
                raise BadWindow(
                    f"{service_id} has {MOST_OPEN} windows that are not over: end one first."
                )
            new = insert(maintenance_windows).values(
                service_id=service_id,
                starts_at=since_1970(period.starts_at),
                ends_at=since_1970(period.ends_at),
                author=author,
                reason=reason,
                created_at=since_1970(now),
            )
            id_: int = connection.scalars(new.returning(_table.id)).one()
            self._go_on(connection, service_id)
            return id_

        return self._transactions.write(add, self.lock_key)

    def move_end(self, number: int, ends_at: datetime | timedelta) -> None:
        """Give the window that end; a duration counts from now.

        Raises NoSuchWindow, WindowOver and BadWindow.
        """

        def move(connection: Connection) -> None:
            window, now = self._locked(connection, number), self._moment(connection)
            end = now + ends_at if isinstance(ends_at, timedelta) else ends_at
            self._change(connection, window._replace(period=window.period.moved(now, end)))

        self._transactions.write(move, self.lock_key)

    def replace(
        self,
        number: int,
        end: datetime | timedelta,
        starts_at: datetime | None = None,
        reason: str | None = None,
    ) -> None:
        """Give the window that period, and that reason unless it is None.

        Raises NoSuchWindow, WindowOver and BadWindow.
        """

        def replace(connection: Connection) -> None:
            window, now = self._locked(connection, number), self._moment(connection)
            period = window.period.replaced(now, starts_at, end)
            new_reason = window.reason if reason is None else reason
            self._change(connection, window._replace(period=period, reason=new_reason))

        self._transactions.write(replace, self.lock_key)

    def end(self, number: int, by: str | None = None) -> None:
        """End the window now, or cancel it where it has not begun.

        Raises NoSuchWindow and WindowOver.
        """

        def end(connection: Connection) -> None:
            window, now = self._locked(connection, number), self._moment(connection)
            self._change(connection, window._replace(period=window.period.ended(now), ended_by=by))

        self._transactions.write(end, self.lock_key)

    def of(self, number: int) -> MaintenanceWindow:
        """The window with that number. Raises NoSuchWindow."""
        return self._transactions.read(lambda connection: _of(connection, number))

    def _locked(self, connection: Connection, number: int) -> MaintenanceWindow:
        """The window, which nobody else changes, and which no Alert is decided by meanwhile."""
        return _of(connection, number, for_update=True)

    def _moment(self, connection: Connection) -> datetime:
        return moment(read_clock(connection, self._now))

    def _change(self, connection: Connection, window: MaintenanceWindow) -> None:
        connection.execute(
            update(maintenance_windows)
            .where(_table.id == window.id)
            .values(
                starts_at=since_1970(window.period.starts_at),
                ends_at=since_1970(window.period.ends_at),
                reason=window.reason,
                ended_by=window.ended_by,
            )
        )
        self._go_on(connection, window.service_id)

    def _go_on(self, connection: Connection, service_id: str) -> None:
        """Give the timeout of an incident that waits: it goes by the windows as they are now."""
        state = connection.scalar(
            select(monitored_services.c.state).where(monitored_services.c.service_id == service_id)
        )
        # A service that cannot be read must not keep its maintenance from ending.
        with suppress(Unreadable):
            if state is not None and (
                timeout := timeout_after_maintenance(SERVICES.decode(state, service_id))
            ):
                give_at_once(connection, timeout, self._now)


def is_on(now: ColumnElement[int]) -> ColumnElement[bool]:
    """Windows that are on: an Alert of their service notifies nobody."""
    return and_(_table.starts_at <= now, _table.ends_at > now)


def lock_windows(
    connection: Connection, service_ids: Sequence[str], now: Now
) -> dict[str, timedelta]:
    """How long these services are still in maintenance; those that are in none are left out.

    Nobody ends a window of theirs before this transaction ends: whoever does so sees what was
    decided by it.
    """
    rows = _ON.run(connection, [(name,) for name in sorted(service_ids)], now)
    left: dict[str, int] = {}
    for name, milliseconds_left in rows:
        left[name] = max(milliseconds_left, left.get(name, 0))
    return {name: timedelta(milliseconds=number) for name, number in left.items()}


def _of(connection: Connection, number: int, *, for_update: bool = False) -> MaintenanceWindow:
    query = select(maintenance_windows).where(_table.id == number)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise NoSuchWindow
    return window_in(row)


def window_in(row: Row[*tuple[object, ...]]) -> MaintenanceWindow:
    """The window in a row of the table."""
    return MaintenanceWindow(
        row.id,
        row.service_id,
        Period(moment(row.starts_at), moment(row.ends_at)),
        row.author,
        row.reason,
        moment(row.created_at),
        row.ended_by,
    )


def _on(parts: Parts) -> ClauseElement:
    given = parts.rows(_table.service_id)
    return (
        select(_table.service_id, _table.ends_at - parts.now)
        .where(_table.service_id.in_(select(given.c.service_id)), is_on(parts.now))
        .order_by(_table.id)
        .with_for_update(read=True)
    )


_ON: Statement[tuple[str, int]] = Statement(_on)
