"""The store that schedules are explored on keeps what every store must promise."""

import threading

import pytest

from interleavings.ports import Call, Ports
from interleavings.store import Store
from pager.testing.contract import StoreContract
from pager.testing.contract.store import StoreUnderTest


class TestImmutableStore(StoreContract):
    """One call at a time, each on what the one before it left."""

    @pytest.fixture
    def store(self) -> StoreUnderTest:
        """A new one; "reopened" it is the same."""
        now = Store()
        lock = threading.Lock()

        def answer(call: Call) -> object:
            nonlocal now
            with lock:
                now, result = now.after(call)
            return result

        ports = Ports(answer)
        store = StoreUnderTest(
            policies=ports,
            services=ports,
            outbox=ports,
            timer=ports,
            advance=ports.advance,
            reopen=lambda: store,
        )
        return store
