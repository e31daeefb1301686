"""An idle server looks into its database seldom, and misses nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from contract.runtime.at_work import at_work
from pager import Alert, EmailTarget, EscalationPolicy, Level
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import LONGEST_SLEEP, WorkerOptions, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.service import PagerService
from pager.testing import InMemoryMail, in_memory_gateways
from waiting import wait_until

T = TypeVar("T")


class CountedReads(Database):
    """A database that counts how often it is read."""

    reads = 0

    def read(self, work: Callable[[Connection], T]) -> T:
        """Count it, and read."""
        self.reads += 1
        return super().read(work)


@pytest.fixture
def database(sqlite_database: str) -> Iterator[CountedReads]:
    """No other process serves it."""
    database = CountedReads(sqlite_database)
    yield database
    database.close()


@contextmanager
def working(database: Database, mail: InMemoryMail, *, poll_every: timedelta) -> Iterator[None]:
    """Workers whom nobody wakes."""
    options = WorkerOptions(poll_every=poll_every)
    workers = Workers(database, Wakeups(), in_memory_gateways(mail), options)
    with at_work(workers):
        yield


def commit_a_page(database: Database) -> None:
    """Without a wakeup."""
    ports = SqlPorts(database)
    levels = (Level(targets=(EmailTarget(address="ada@example.com"),)),)
    ports.policies.put(EscalationPolicy(service_id="checkout-api", levels=levels))
    alert = Alert(service_id="checkout-api", message="down")
    PagerService(ports.policies, ports.services).receive(alert)


def test_an_idle_server_that_serves_alone_does_not_poll(database: CountedReads) -> None:
    """It knows when the next page or timer is due, and of each write."""
    with working(database, InMemoryMail(), poll_every=timedelta(milliseconds=1)):
        wait_until(lambda: database.reads >= 9)
        before = database.reads
        threading.Event().wait(0.2)  # 200 polls of each worker
        assert database.reads - before <= 6


def test_what_was_written_without_a_wakeup_is_found_before_the_long_sleep_ends(
    database: CountedReads,
) -> None:
    """By the number of writes."""
    mail = InMemoryMail()
    with working(database, mail, poll_every=timedelta(milliseconds=1)):
        wait_until(lambda: database.reads >= 9)
        begin = time.monotonic()
        commit_a_page(database)
        wait_until(lambda: mail.accepted)
        assert time.monotonic() - begin < LONGEST_SLEEP.total_seconds() / 2


def test_a_retry_is_sent_when_it_is_due(database: CountedReads) -> None:
    """The worker sleeps until then, though it polls once a day."""
    mail = InMemoryMail(loses_answers=True)
    commit_a_page(database)
    with working(database, mail, poll_every=timedelta(days=1)):
        wait_until(lambda: mail.accepted)
        mail.loses_answers = False
        begin = time.monotonic()
        wait_until(lambda: len(mail.accepted) == 2)
        assert time.monotonic() - begin < LONGEST_SLEEP.total_seconds() / 2
