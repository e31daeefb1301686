"""Waits of tests: each ends with its event, or with an error after WAIT_TIMEOUT."""

import time
from collections.abc import Callable

from pager.testing.contract.store import WAIT_TIMEOUT

__all__ = ["WAIT_TIMEOUT", "wait_until"]


def wait_until(happened: Callable[[], object], what: str = "it happens") -> None:
    """Look again and again until it has happened: for what sets no event."""
    deadline = time.monotonic() + WAIT_TIMEOUT
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.005)
