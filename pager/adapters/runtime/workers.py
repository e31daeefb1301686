"""The worker threads: they carry out what was committed, and let the timers go off."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import NamedTuple, TypeVar, assert_never, get_args

from pager.adapters.channels.senders import Senders, SenderThreads
from pager.adapters.runtime.garbage import COLLECTED_EVERY, collect_what_is_next
from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.patience import PatientTransactions
from pager.adapters.runtime.relays import Relays
from pager.adapters.runtime.snoozes import EVERY as SNOOZES_EVERY
from pager.adapters.runtime.snoozes import end_snoozes
from pager.adapters.runtime.timers import AT_ONCE as TIMERS_AT_ONCE
from pager.adapters.runtime.timers import Timers
from pager.adapters.runtime.verification.background import BackgroundVerification
from pager.adapters.runtime.verification.nightly import Nightly, NightlyVerification
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.claims import NodeClaims
from pager.adapters.store.ports.outbox import LEASE, SqlOutbox
from pager.adapters.store.upkeep.incidents import add_missing_incidents
from pager.adapters.store.upkeep.retention import prune
from pager.lease import Lease
from pager.messages import Channel
from pager.ports import Gateways
from pager.retention import RETENTION

BETWEEN_ROUNDS = 0.02
"""Seconds from one round of pages to the next, where there are many: what comes meanwhile shares a
transaction."""

MANY_PAGES = 4
"""After so many at a time a worker keeps that distance."""

TIMERS_GATHER_FOR = 0.25
"""Seconds from a wakeup to a round of timers: in a storm, each decision wakes their worker."""

LONGEST_SLEEP = timedelta(seconds=5)
"""How long a worker does not look into a database that no other process serves."""

SOON = timedelta(milliseconds=50)

logger = logging.getLogger(__name__)

T = TypeVar("T")


class WorkerOptions(NamedTuple):
    """How many workers there are, how often they look for work, and how long they wait."""

    mail_relays: int = 8
    """How many threads send e-mails."""
    sms_relays: int = 4
    """How many threads send SMS."""
    lease: Lease = LEASE
    retention: timedelta = RETENTION
    prune_every: timedelta = timedelta(hours=1)
    """How often what is older than the retention is deleted."""
    add_incidents_every: timedelta = timedelta(minutes=10)
    """How often the table of incidents is given what older versions have decided."""
    beat_every: timedelta = timedelta(seconds=1)
    """How often a node looks for heartbeats that stay away, and says that it listens."""
    nightly: Nightly | None = None
    """The nightly verification; None: there is none."""
    poll_every: timedelta = timedelta(milliseconds=500)
    """How often a worker looks for work without a wakeup: timers, retries, other nodes' work."""
    pause_after_failure: timedelta = timedelta(seconds=1)
    """How long a worker waits after an error, so that it does not fill the log."""
    retry_unreadable_after: timedelta = timedelta(minutes=1)
    """When a timer is tried again whose service or policy could not be read."""
    finish_within: timedelta = timedelta(seconds=3)
    """How long the pages that are being sent have, once Pager is to stop."""


class Workers:
    """Relays for mail and SMS on threads of their own, and one thread for the timers.

    Each channel has its threads, so that a mail server which hangs holds up neither the SMS
    nor the escalation.
    """

    def __init__(  # noqa: PLR0913 - the last four have defaults
        self,
        database: Database,
        wakeups: Wakeups,
        gateways: Gateways,
        options: WorkerOptions,
        metrics: Metrics | None = None,
        *,
        interrupt: Callable[[], object] = lambda: None,
        mail_process: Senders | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        """Carry out the effects in `database` through `gateways`, woken by `wakeups`.

        `interrupt` lets every send that is under way fail at once. `mail_process` sends the
        e-mails, if not threads of this process do. `inbox` takes the timer's messages.
        """
        self._metrics = metrics or Metrics()
        self._database = database
        self._inbox = inbox or Inbox(database, wakeups, self._metrics)
        self._wakeups = wakeups
        self._options = options
        self._stopping = threading.Event()
        self._ports = SqlPorts(database, lease=options.lease)
        self._timers = Timers(database, self._ports, self._inbox, options.retry_unreadable_after)
        pause = options.pause_after_failure.total_seconds()
        patient = PatientTransactions(database, pause, self._stopping)
        claims = NodeClaims(options.lease.duration)
        outbox = SqlOutbox(patient, lease=options.lease, claims=claims)
        claiming = SqlOutbox(database, lease=options.lease, claims=claims)

        def relays(channel: Channel, count: int, process: Senders | None = None) -> Relays:
            return Relays(
                channel,
                count,
                process or SenderThreads(channel, count, lambda _: gateways, interrupt),
                wakeup=wakeups.of(channel),
                transactions=patient,
                claiming=claiming,
                settling=outbox,
                metrics=self._metrics,
            )

        self._relays: dict[Channel, Relays] = {
            "email": relays("email", options.mail_relays, mail_process),
            "sms": relays("sms", options.sms_relays),
        }
        self._listener = database.listener(self._wake, options.pause_after_failure)
        self._threads = [
            self._thread(channel, partial(self._loop, channel)) for channel in get_args(Channel)
        ]
        asked = wakeups.verification
        verification = BackgroundVerification(database, asked, self._stopping)
        for name, every, work in (
            ("leases", options.lease.duration / 4, outbox.renew),
            ("retention", options.prune_every, lambda: prune(database, options.retention)),
            ("heartbeats", options.beat_every, Heartbeats(database, wakeups, self._metrics).beat),
            ("garbage", COLLECTED_EVERY, collect_what_is_next),
            ("snoozes", SNOOZES_EVERY, lambda: end_snoozes(database, self._inbox)),
            ("verification", timedelta(0), verification.work),
        ):
            self._threads.append(self._thread(name, partial(self._repeat, every, work)))
        if options.nightly is not None:
            nightly = NightlyVerification(database, self._inbox, options.nightly, self._stopping)
            look = partial(self._repeat, options.nightly.every, nightly.look)
            self._threads.append(self._thread("nightly verification", look))
        self._threads.append(self._thread("incidents", self._add_incidents))
        if self._listener is not None:
            self._threads.append(self._thread("listener", self._listener.run))

    def start(self) -> None:
        """Start with what is left from before: due pages, and timers that came due meanwhile."""
        if self._database.serves_alone:
            self._ports.outbox.recover()
        for relays in self._relays.values():
            relays.start()
        self._inbox.claim_for(self._relays)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the pages that are being sent, for as long as `finish_within`, and end.

        What is being sent longer is interrupted: it stays in the outbox, and is sent after the
        next start or by another node.
        """
        self._stopping.set()
        if self._listener is not None:
            self._listener.stop()
        for relays in self._relays.values():
            relays.stop()
        self._wakeups.wake_all()
        self._join(self._threads, time.monotonic() + self._options.finish_within.total_seconds())
        end = time.monotonic() + self._options.finish_within.total_seconds()
        for relays in self._relays.values():
            relays.interrupt()
        self._join([], end)
        for relays in self._relays.values():
            relays.end()
        recording = [relays.thread for relays in self._relays.values()]
        if still := self._join([*self._threads, *recording], end):
            logger.warning("stopped without waiting for: %s", ", ".join(still))

    def _join(self, threads: Iterable[threading.Thread], end: float) -> list[str]:
        """Wait for these and for all senders, until `end`: the names of those that go on."""
        still = []
        for relays in self._relays.values():
            still += relays.join(timedelta(seconds=max(0.0, end - time.monotonic())))
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                still.append(thread.name)
        return still

    def _thread(self, name: str, run: Callable[[], None]) -> threading.Thread:
        return threading.Thread(name=name, target=run, daemon=True)

    def _wake(self, channel: Channel) -> None:
        """Let the worker of `channel` look for work: another node has committed something."""
        self._wakeups.of(channel).wake()

    def _loop(self, channel: Channel) -> None:
        work, wakeup = self._work(channel), self._wakeups.of(channel)
        recent = 0.0
        while not self._stopping.is_set():
            count, changes, began = wakeup.count, self._database.changes, time.monotonic()
            number = self._try(work) or 0
            recent = recent / 2 + number
            if channel == "timer" and number == TIMERS_AT_ONCE:
                continue
            if self._database.serves_alone:
                self._wait_for_changes(channel, count, changes)
            else:
                wakeup.wait(count, self._options.poll_every)
            if channel == "timer":
                self._stopping.wait(TIMERS_GATHER_FOR)
            elif recent >= MANY_PAGES:
                self._stopping.wait(max(0.0, began + BETWEEN_ROUNDS - time.monotonic()))

    def _wait_for_changes(self, channel: Channel, count: int, changes: int) -> None:
        """Wait for a wakeup, a write or the next due time: nobody else can add work.

        Whatever else it may be, a look at the database now and then finds it.
        """
        wakeup, poll = self._wakeups.of(channel), self._options.poll_every
        if wakeup.count > count:
            return
        end = time.monotonic() + (self._try(partial(self._sleep, channel)) or poll).total_seconds()
        while (left := end - time.monotonic()) > 0:
            wakeup.wait(count, min(poll, timedelta(seconds=left)))
            if wakeup.count > count or self._database.changes != changes:
                return

    def _sleep(self, channel: Channel) -> timedelta:
        """How long the worker of `channel` may sleep where nothing is written meanwhile."""
        due = [self._ports.outbox.next_due_in(channel)]
        if channel == "timer":
            due.append(self._ports.timer.next_due_in())
        sleeps = [left for left in due if left is not None]
        shortest = min([*sleeps, LONGEST_SLEEP])
        # What is due already became so in this moment, or waits for an idle relay.
        return shortest if shortest > timedelta(0) else min(SOON, self._options.poll_every)

    def _repeat(self, every: timedelta, work: Callable[[], object]) -> None:
        while not self._stopping.wait(every.total_seconds()):
            self._try(work)

    def _add_incidents(self) -> None:
        """Add what older versions have decided: at once, after an upgrade, and now and then."""
        add = partial(add_missing_incidents, self._database, self._stopping.wait)
        self._try(add)
        self._repeat(self._options.add_incidents_every, add)

    def _try(self, work: Callable[[], T]) -> T | None:
        """Do `work`, whatever goes wrong (a lost database, a full disk), and return its result."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - whatever it is
            log_failure(logger, f"{threading.current_thread().name} failed, and goes on", error)
        self._stopping.wait(self._options.pause_after_failure.total_seconds())
        return None

    def _work(self, channel: Channel) -> Callable[[], int]:
        """What the worker of `channel` does in one round: with how many effects or messages."""
        match channel:
            case "email" | "sms":
                return self._relays[channel].work
            case "timer":
                return self._timers.work
            case _:
                assert_never(channel)
