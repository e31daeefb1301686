"""Changes of maintenance windows, each with an entry in the audit log."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from pager.adapters.store.access.audit_log import WITHOUT_A_KEY, Action, SqlAuditLog
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.ports.maintenance import MaintenanceWindow, SqlMaintenanceWindows
from pager.durations import in_words, whole_seconds


class MaintenanceEdits:
    """What people and programs do to windows. Each change is committed with its entry."""

    lock_key = SqlMaintenanceWindows.lock_key

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """Windows go by `now`, and entries are dated by it."""
        self._transactions = transactions
        self._now = now

    def add(
        self,
        author: str | None,
        service_id: str,
        end: datetime | timedelta,
        starts_at: datetime | None = None,
        reason: str = "",
    ) -> MaintenanceWindow:
        """Make a window. Raises BadWindow."""

        def add(connection: Connection) -> MaintenanceWindow:
            windows = self._windows(connection)
            window = windows.of(windows.add(service_id, end, starts_at, author, reason))
            self._log(connection, author, "maintenance made", window)
            return window

        return self._transactions.write(add, self.lock_key)

    def move_end(
        self, author: str | None, number: int, ends_at: datetime | timedelta
    ) -> MaintenanceWindow:
        """Give the window that end; a duration counts from now.

        Raises NoSuchWindow, WindowOver and BadWindow.
        """

        def move(connection: Connection) -> MaintenanceWindow:
            windows = self._windows(connection)
            windows.move_end(number, ends_at)
            window = windows.of(number)
            self._log(connection, author, "maintenance moved", window)
            return window

        return self._transactions.write(move, self.lock_key)

    def replace(
        self,
        author: str | None,
        number: int,
        end: datetime | timedelta,
        starts_at: datetime | None = None,
        reason: str | None = None,
    ) -> MaintenanceWindow:
        """Give the window that period, and that reason unless it is None.

        Raises NoSuchWindow, WindowOver and BadWindow.
        """

        def replace(connection: Connection) -> MaintenanceWindow:
            windows = self._windows(connection)
            windows.replace(number, end, starts_at, reason)
            window = windows.of(number)
            self._log(connection, author, "maintenance moved", window)
            return window

        return self._transactions.write(replace, self.lock_key)

    def end(self, author: str | None, number: int) -> MaintenanceWindow:
        """End the window now, or cancel it. Raises NoSuchWindow and WindowOver."""

        def end(connection: Connection) -> MaintenanceWindow:
            windows = self._windows(connection)
            before = windows.of(number)
            windows.end(number, author or WITHOUT_A_KEY)
            window = windows.of(number)
            done: Action = "maintenance ended"
            if window.was_cancelled:
                done = "maintenance cancelled"
            self._log(connection, author, done, before)
            return window

        return self._transactions.write(end, self.lock_key)

    def _windows(self, connection: Connection) -> SqlMaintenanceWindows:
        return SqlMaintenanceWindows(InTransaction(connection), self._now)

    def _log(
        self, connection: Connection, author: str | None, done: Action, window: MaintenanceWindow
    ) -> None:
        starts_at, ends_at = window.period
        length = in_words(whole_seconds(ends_at - starts_at))
        detail = f"window {window.id}, from {starts_at:%Y-%m-%d %H:%M} UTC for {length}"
        if window.reason:
            detail += f": {window.reason}"
        log = SqlAuditLog(InTransaction(connection), self._now)
        log.add(author or WITHOUT_A_KEY, done, window.service_id, detail)
