"""Calls of several threads that are done together."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from pager import Alert, EmailTarget, EscalationPolicy, Level
from pager.adapters.store.core.batched import MOST_AT_ONCE, Batched
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.batched_services import BatchedServices
from pager.service import PagerService
from waiting import WAIT_TIMEOUT, wait_until


class Work:
    """Squares numbers; the first batch waits until a test lets it go on."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> Sequence[int]:
        """Square them; -13 cannot."""
        self.batches.append(list(numbers))
        self.begun.set()
        assert self.go_on.wait(WAIT_TIMEOUT)
        if -13 in numbers:
            raise ValueError("13")
        return [number**2 for number in numbers]


def test_calls_that_come_during_a_batch_are_the_next_one() -> None:
    """Each has its own result."""
    work = Work()
    batched = Batched(work)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batched, 1)
        assert work.begun.wait(WAIT_TIMEOUT)
        others = [pool.submit(batched, number) for number in (2, 3, 4)]
        wait_until(lambda: len(batched.waiting) == len(others))
        work.go_on.set()
        results = [call.result(WAIT_TIMEOUT) for call in (first, *others)]
    assert results == [1, 4, 9, 16]
    assert [sorted(batch) for batch in work.batches] == [[1], [2, 3, 4]]


def test_what_fails_raises_for_each_call_of_its_batch_and_for_no_other() -> None:
    """The next batch is done as ever."""
    work = Work()
    work.go_on.set()
    batched = Batched(work)
    with pytest.raises(ValueError, match="13"):
        batched(-13)
    assert batched(5) == 25


def test_a_batch_is_bounded() -> None:
    """Whoever is beyond it is in the next one."""
    work = Work()
    batched = Batched(work)
    with ThreadPoolExecutor(MOST_AT_ONCE + 3) as pool:
        calls = [pool.submit(batched, 0)]
        assert work.begun.wait(WAIT_TIMEOUT)
        calls += [pool.submit(batched, number) for number in range(MOST_AT_ONCE + 2)]
        wait_until(lambda: len(batched.waiting) == MOST_AT_ONCE + 2)
        work.go_on.set()
        results = [call.result(WAIT_TIMEOUT) for call in calls]
    assert results == [0, *(number**2 for number in range(MOST_AT_ONCE + 2))]
    assert [len(batch) for batch in work.batches] == [1, MOST_AT_ONCE, 2]


def test_services_are_loaded_together_as_they_are_alone(database: Database) -> None:
    """Those that were never seen, too; one that cannot be read spoils no other."""
    ports = SqlPorts(database)
    pager = PagerService(ports.policies, ports.services)
    for service_id in ("checkout-api", "search-api"):
        levels = (Level(targets=(EmailTarget(address="ada@example.com"),)),)
        ports.policies.put(EscalationPolicy(service_id=service_id, levels=levels))
        pager.receive(Alert(service_id=service_id, message="down"))
    spoil = text("UPDATE monitored_services SET state = '{' WHERE service_id = 'search-api'")
    database.write(lambda connection: connection.execute(spoil))
    services = BatchedServices(database)
    names = ("checkout-api", "search-api", "never-seen", "checkout-api")
    checkout, search, never, again = services.load_all(names)
    assert checkout == again == ports.services.load("checkout-api")
    assert never == ports.services.load("never-seen")
    assert isinstance(search, Unreadable)
    with pytest.raises(Unreadable):
        services.load("search-api")
    assert services.load("checkout-api") == checkout
