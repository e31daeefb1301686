"""Heartbeats in a running server: its worker looks, and whatever happens at once is consistent."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from random import Random

import pytest

from contract.runtime.at_work import at_work
from contract.web.heartbeats import make_heartbeat, make_older
from pager import Alert, EmailTarget, EscalationPolicy, Level, Unhealthy
from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.adapters.store.heartbeats.reading import HeartbeatList
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.views.entries import Decided
from pager.adapters.store.views.journal import Journal
from pager.heartbeats import Heartbeat
from pager.service import PagerService
from pager.testing import InMemoryMail, in_memory_gateways
from waiting import wait_until

NAMES = [f"job-{number}" for number in range(12)]
SERVICES = ["backup-api", "checkout-api"]


def anybody(_service_id: str) -> bool:
    """Whoever asks may do it."""
    return True


def give_policies(database: Database) -> None:
    """Ada is paged for both services."""
    level = Level(targets=(EmailTarget(address="ada@example.com"),))
    for name in SERVICES:
        SqlPorts(database).policies.put(EscalationPolicy(service_id=name, levels=(level,)))


def test_the_worker_of_a_server_pages(database: Database) -> None:
    """The page leaves at once: the worker of its channel is woken."""
    give_policies(database)
    beat = Heartbeat(name="backup", service_id="backup-api", interval=timedelta(hours=1))
    make_heartbeat(database, beat, pinged_ago=timedelta(minutes=30))
    make_older(database, timedelta(hours=1), "backup")
    mail = InMemoryMail()
    options = WorkerOptions(beat_every=timedelta(milliseconds=10), poll_every=timedelta(days=1))
    workers = Workers(database, Wakeups(), in_memory_gateways(mail), options)
    with at_work(workers):
        wait_until(lambda: mail.accepted)
    [page] = mail.accepted
    assert page.message.startswith("backup has been silent since")


@pytest.mark.proof
def test_whatever_happens_at_once_is_open_what_is_missing(postgresql_database: str) -> None:
    """Two nodes raise, hear pings, and receive other Alerts: no Alert stays, and none is lost."""
    with (
        closing(Database(postgresql_database)) as first,
        closing(Database(postgresql_database)) as second,
    ):
        give_policies(first)
        for number, name in enumerate(NAMES):
            service_id = SERVICES[number % len(SERVICES)]
            beat = Heartbeat(
                name=name, service_id=service_id, interval=timedelta(seconds=1), grace=timedelta(0)
            )
            make_heartbeat(first, beat)
        end = threading.Event()
        threading.Timer(6, end.set).start()

        def work(database: Database, seed: int) -> int:
            heartbeats, chance, done = Heartbeats(database, Wakeups(), Metrics()), Random(seed), 0
            ports = SqlPorts(database)

            async def ping() -> None:
                await heartbeats.ping(chance.choice(NAMES), anybody)

            while not end.is_set():
                if (what := chance.random()) < 0.06:
                    asyncio.run(ping())
                elif what < 0.2:
                    alert = Alert(service_id=chance.choice(SERVICES), message="down")
                    PagerService(ports.policies, ports.services).receive(alert)
                else:
                    heartbeats.beat()
                done += 1
                end.wait(chance.random() / 50)
            return done

        with ThreadPoolExecutor(4) as threads:
            busy = [
                threads.submit(work, database, seed)
                for seed, database in enumerate((first, second, first, second))
            ]
            assert all(each.result() for each in busy)
        stored = HeartbeatList(first).page(Names(), 99)
        for name in SERVICES:
            missing = {
                one.heartbeat.key
                for one in stored
                if one.heartbeat.service_id == name and one.overdue_since is not None
            }
            service = SqlPorts(first).services.load(name).service
            assert isinstance(service, Unhealthy)
            assert {key for key in service.open_keys if key is not None} == missing
            resolved = [
                entry
                for entry in Journal(first).of(name)
                if isinstance(entry, Decided) and entry.message.type == "resolve"
            ]
            assert resolved
