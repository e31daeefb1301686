"""Maintenance windows in memory."""

from datetime import timedelta

from pager.simulation.clock import Clock
from pager.simulation.maintenance import InMemoryMaintenanceWindows


def test_windows_need_no_services() -> None:
    """As in a test of whoever asks only how long a service is in maintenance."""
    clock = Clock()
    windows = InMemoryMaintenanceWindows(clock)
    windows.add("checkout-api", timedelta(hours=2))
    clock.advance(timedelta(minutes=30))
    assert windows.left("checkout-api") == timedelta(hours=1, minutes=30)
    assert windows.left("search-api") is None
