"""E-mail from a process of its own: composing and sending take no time from the server.

It is given pages, and says what became of them; the database is the server's alone. If it ends, the
server starts another one. It ends with the server: its end of the connection is closed then.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection, Pipe
from queue import SimpleQueue
from typing import Literal, NamedTuple

from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.senders import (
    LONGEST_WAIT,
    Ended,
    OnEnd,
    SenderThreads,
)
from pager.errors import DeliveryFailed
from pager.ports import Claim, Gateways, Outcome
from pager.relay import retry_delay

ENDED = "the process that sends e-mail ended meanwhile"

RESULTS_GATHER_FOR = 0.005
"""Seconds: what ends meanwhile is reported together."""

LONGEST_STOP = timedelta(hours=1)
"""The server does not wait for so long."""

PAUSE = timedelta(seconds=1)
"""Before another process is started in the place of one that ended."""

TO_KILL = timedelta(seconds=1)
"""Before the end of a stop: then a process that still does not end is killed."""

logger = logging.getLogger(__name__)


class MailSetup(NamedTuple):
    """What the process needs to know."""

    server: SmtpServer
    sender: str
    public_url: str
    """Acknowledge links begin with it."""
    keys: Sequence[bytes]
    """The signing keys of acknowledge links; the first one stands for the installation."""
    first_timeout: timedelta
    relays: int
    """How many pages are sent side by side, beside those that were tried before."""
    longest_silence: timedelta = timedelta(minutes=1)
    """A process that reports nothing for so long hangs, and is killed."""

    @property
    def alive_every(self) -> timedelta:
        """How often the process reports at the least."""
        return self.longest_silence / 6

    def mail(self) -> SmtpMail:
        """The Mail port."""
        links = AcknowledgeLinks(self.public_url, self.keys)
        return SmtpMail(self.server, self.sender, links.link, self.keys[0], self.first_timeout)


class _Pages(NamedTuple):
    claims: Sequence[Claim]
    checked_at: float


_Order = MailSetup | _Pages | Literal["stop", "interrupt"]
_Report = Literal["ready", "stopped"] | Sequence[Ended]


class MailProcess:
    """Senders of e-mail in another process."""

    def __init__(self, setup: MailSetup) -> None:
        """Nothing is started yet."""
        self._setup = setup
        self._in_hand: dict[int, Claim] = {}
        self._orders: SimpleQueue[_Order | None] | None = None
        """For the process, where it is ready."""
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._is_interrupted = False
        self._on_end: OnEnd = lambda _: None
        self._on_ready: Callable[[], object] = lambda: None
        self._thread = threading.Thread(name="email-process", target=self._run, daemon=True)

    @property
    def is_ready(self) -> bool:
        """Whether the process has started."""
        return self._orders is not None

    def start(self, on_end: OnEnd, on_ready: Callable[[], object]) -> None:
        """Start the process, and another one whenever it ends."""
        self._on_end = on_end
        self._on_ready = on_ready
        self._thread.start()

    def put(self, claims: Sequence[Claim], checked_at: float) -> None:
        """Let the process send these."""
        with self._lock:
            if self._orders is not None and not self._stopping.is_set():
                self._in_hand.update((claim.id, claim) for claim in claims)
                self._orders.put(_Pages(claims, checked_at))
                return
        self._on_end([Ended(claim, None) for claim in claims])

    def give_back_late(self) -> None:
        """The process does so itself."""

    def stop(self) -> None:
        """Let the process give back what waits, and finish what it is sending."""
        self._stopping.set()
        self._order("stop")

    def interrupt(self) -> None:
        """Let what is being sent fail at once."""
        self._is_interrupted = True
        self._order("interrupt")

    def join(self, timeout: timedelta) -> list[str]:
        """Wait until the process has sent what it was sending: its name if it has not.

        A process that was interrupted and still does not end is killed.
        """
        if self._thread.is_alive():
            last = min(TO_KILL, timeout) if self._is_interrupted else timedelta(0)
            self._thread.join((timeout - last).total_seconds())
            if self._is_interrupted and self._process is not None:
                self._process.kill()
            self._thread.join(last.total_seconds())
        return [self._thread.name] if self._thread.is_alive() else []

    def _order(self, order: _Order) -> None:
        with self._lock:
            if self._orders is not None:
                self._orders.put(order)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except OSError as error:
                logger.error("the process that sends e-mail cannot be started: %s", error)  # noqa: TRY400 - every second
            except Exception:
                logger.exception("the process that sends e-mail cannot be started")
            if not self._stopping.is_set():
                logger.error("%s: another one is started", ENDED)
                self._stopping.wait(PAUSE.total_seconds())

    def _serve(self) -> None:
        """Start a process, and take its reports until it ends."""
        orders: SimpleQueue[_Order | None] = SimpleQueue()
        orders.put(self._setup)
        ours, theirs = Pipe()
        with ours:
            passing_on = threading.Thread(target=_pass_on, args=(orders, ours), daemon=True)
            with theirs:
                process = self._process = _start(theirs)
            try:
                passing_on.start()
                with suppress(EOFError, OSError):
                    while (report := self._receive(ours)) != "stopped":
                        self._take(report, orders)
            finally:
                with self._lock:
                    self._orders = None
                    left, self._in_hand = self._in_hand, {}
                # It has ended, has nothing more to do, or hangs.
                process.kill()
                process.wait()
                orders.put(None)
                if passing_on.ident is not None:
                    passing_on.join()
                self._on_end([_lost(claim) for claim in left.values()])

    def _receive(self, connection: "Connection[_Order, _Report]") -> "_Report":
        """The next report. Raises TimeoutError where the process is silent for too long."""
        # Twice: where both were halted, the first time is over as soon as they go on.
        half = self._setup.longest_silence.total_seconds() / 2
        if not any(connection.poll(half) for _ in range(2)):
            logger.error("the process that sends e-mail does not answer: it is killed")
            raise TimeoutError
        return connection.recv()

    def _take(self, report: "_Report", orders: "SimpleQueue[_Order | None]") -> None:
        if report == "ready":
            with self._lock:
                self._orders = orders
            if self._stopping.is_set():
                self._order("stop")
            self._on_ready()
        elif not isinstance(report, str):
            ended = [end for end in report if self._in_hand.pop(end.claim.id, None)]
            self._on_end(ended)


def _start(connection: "Connection[_Report, _Order]") -> "subprocess.Popen[bytes]":
    """A process that works with `connection`."""
    command = [sys.executable, "-P", "-m", __package__, str(connection.fileno())]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(  # noqa: S603 - it is this very file
        command,
        pass_fds=[connection.fileno()],
        stdin=subprocess.DEVNULL,
        env=environment,
        process_group=0,  # Ctrl-C is for the server alone: a start would end with a traceback
    )


def _pass_on(
    orders: "SimpleQueue[_Order | None]", connection: "Connection[_Order, _Report]"
) -> None:
    """Send each of `orders`; nobody else waits for a process that does not read."""
    while (order := orders.get()) is not None:
        with suppress(OSError):  # it has ended, and so it will be said of its pages
            connection.send(order)


def _lost(claim: Claim) -> Ended:
    """Nobody knows whether it was sent."""
    return Ended(claim, Outcome("unknown", ENDED, retry_delay(claim.attempt)))


class _NoSms:
    def send(self, *_: object, **__: object) -> str:
        raise DeliveryFailed("this process sends e-mail")


class _Reports:
    """Tells the server what became of pages."""

    def __init__(self, connection: "Connection[_Report, _Order]", alive_every: timedelta) -> None:
        self._connection = connection
        self._alive_every = alive_every.total_seconds()
        self._waiting: list[Ended] = []
        self._is_last = False
        self._changed = threading.Condition()
        self.reported = 0
        """Of how many pages."""
        self.thread = threading.Thread(target=self._run, name="reports", daemon=True)

    def add(self, ended: Sequence[Ended]) -> None:
        """Report these soon."""
        with self._changed:
            self._waiting += ended
            self._changed.notify()

    def end(self) -> None:
        """Report that nothing more will come."""
        with self._changed:
            self._is_last = True
            self._changed.notify()

    def _run(self) -> None:
        is_last = False
        while not is_last:
            with self._changed:
                # Now and then it reports nothing: so the server knows that it does not hang.
                self._changed.wait_for(lambda: self._waiting or self._is_last, self._alive_every)
            time.sleep(RESULTS_GATHER_FOR)
            with self._changed:
                ended, self._waiting = self._waiting, []
                is_last = self._is_last
            with suppress(OSError):  # the server has ended, and so will this process
                self._connection.send(ended)
                self.reported += len(ended)
                if is_last:
                    self._connection.send("stopped")


def send_mail(connection: "Connection[_Report, _Order]") -> None:
    """Send the pages that come over `connection`, until its other end is closed."""
    # Whoever stops the server tells it to a whole group of processes: what is being sent is
    # finished all the same.
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, signal.SIG_IGN)
    setup = connection.recv()
    assert isinstance(setup, MailSetup)
    mail = setup.mail()
    reports = _Reports(connection, setup.alive_every)
    threads = SenderThreads("email", setup.relays, Gateways(mail, _NoSms()), mail.interrupt)
    threads.start(reports.add, lambda: None)
    connection.send("ready")
    reports.thread.start()
    given = 0
    with suppress(EOFError, OSError):
        while True:
            # What waits behind pages that hang is given back.
            while given > reports.reported and not connection.poll(LONGEST_WAIT.total_seconds()):
                threads.give_back_late()
            order = connection.recv()
            if isinstance(order, _Pages):
                given += len(order.claims)
                threads.put(*order)
            elif order == "interrupt":
                threads.interrupt()
            elif order == "stop":
                threading.Thread(target=_stop, args=(threads, mail, reports), daemon=True).start()
    # At once: what was not begun is sent by whoever finds it in the outbox.
    os._exit(0)


def _stop(threads: SenderThreads, mail: SmtpMail, reports: _Reports) -> None:
    threads.stop()
    threads.join(LONGEST_STOP)
    mail.close()
    reports.end()
