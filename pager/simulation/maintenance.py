"""Maintenance windows in memory."""

import threading
from datetime import datetime, timedelta

from pager.decide import timeout_after_maintenance
from pager.maintenance import Period, left, new_period
from pager.simulation.clock import Clock
from pager.simulation.memory import InMemoryMonitoredServices
from pager.simulation.timer import InMemoryTimer


class InMemoryMaintenanceWindows:
    """MaintenanceWindows, made with `add` and changed with `move_end` and `end`."""

    def __init__(
        self,
        clock: Clock,
        services: InMemoryMonitoredServices | None = None,
        timer: InMemoryTimer | None = None,
    ) -> None:
        """Start without a window. A change lets `timer` give what `timeout_after_maintenance` says.

        Windows go by `clock`.
        """
        self._clock = clock
        self._services = services
        self._timer = timer
        self._windows: dict[int, tuple[str, Period]] = {}
        self._lock = threading.Lock()

    def left(self, service_id: str) -> timedelta | None:
        """How long the service is still in maintenance; None where it is in none."""
        with self._lock:
            periods = [period for name, period in self._windows.values() if name == service_id]
        return left(periods, self._clock.moment)

    def add(
        self, service_id: str, end: datetime | timedelta, starts_at: datetime | None = None
    ) -> int:
        """A new window, from now on where `starts_at` is None: its number. Raises BadWindow."""
        period = new_period(self._clock.moment, starts_at, end)
        with self._lock:
            number = len(self._windows) + 1
            self._windows[number] = service_id, period
        self._go_on(service_id)
        return number

    def move_end(self, number: int, ends_at: datetime) -> None:
        """Give the window that end. Raises WindowOver and BadWindow."""
        with self._lock:
            service_id, period = self._windows[number]
            self._windows[number] = service_id, period.moved(self._clock.moment, ends_at)
        self._go_on(service_id)

    def end(self, number: int) -> None:
        """End the window now, or cancel it where it has not begun. Raises WindowOver."""
        with self._lock:
            service_id, period = self._windows[number]
            self._windows[number] = service_id, period.ended(self._clock.moment)
        self._go_on(service_id)

    def _go_on(self, service_id: str) -> None:
        """Give the timeout of an incident that waits: it goes by the windows as they are now."""
        if self._services is not None and self._timer is not None:
            timeout = timeout_after_maintenance(self._services.load(service_id).service)
            if timeout is not None:
                self._timer.give_at_once(timeout)
