"""E-mail from a process of its own: composing and sending take no time from the server.

The process (`__main__`) is given pages, and reports what became of them; only the server works with
the database. If the process ends, the server starts another one. If the server ends, so does the
process: its connection is closed then.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from multiprocessing.connection import Connection, Pipe
from queue import SimpleQueue
from typing import Literal, NamedTuple

from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.senders import Ended, OnEnd
from pager.messages import Notification
from pager.model import ACCEPTED
from pager.ports import Claim, Outcome
from pager.relay import retry_delay

ENDED = "the process that sends e-mail ended meanwhile"

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
        return SmtpMail(
            self.server,
            self.sender,
            links.link,
            self.keys[0],
            self.first_timeout,
            incident_page=links.incident_page,
        )


class ToSend(NamedTuple):
    """A claim, as the process is told of it: JSON is packed and read faster than a model."""

    id: int
    attempt: int
    at: datetime
    page: str

    @classmethod
    def of(cls, claim: Claim) -> "ToSend":
        """A claim of a page."""
        return cls(claim.id, claim.attempt, claim.at, claim.effect.model_dump_json())

    @property
    def claim(self) -> Claim:
        """The same claim."""
        page = Notification.model_validate_json(self.page, context=ACCEPTED)
        return Claim(self.id, page, self.attempt, self.at)


class Pages(NamedTuple):
    """Pages that the process is to send."""

    to_send: Sequence[ToSend]
    checked_at: float
    """When it was checked that they are to be sent (`machine_time`)."""


Order = MailSetup | Pages | Literal["stop", "interrupt"]
"""What the server sends to the process; the setup is the first."""

Report = Literal["ready", "stopped"] | Sequence[tuple[int, Outcome | None]]
"""What the process sends to the server: what became of pages, by the ids of their claims."""


class MailProcess:
    """Senders of e-mail in another process."""

    def __init__(self, setup: MailSetup) -> None:
        """Nothing is started yet."""
        self._setup = setup
        self._in_hand: dict[int, Claim] = {}
        self._orders: SimpleQueue[Order | None] | None = None
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
        if not claims:
            return  # it is not woken for nothing
        with self._lock:
            if self._orders is not None and not self._stopping.is_set():
                self._in_hand.update((claim.id, claim) for claim in claims)
                self._orders.put(Pages([ToSend.of(claim) for claim in claims], checked_at))
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

    def _order(self, order: Order) -> None:
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
        orders: SimpleQueue[Order | None] = SimpleQueue()
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

    def _receive(self, connection: "Connection[Order, Report]") -> "Report":
        """The next report. Raises TimeoutError where the process is silent for too long."""
        # Twice: where both were halted, the first time is over as soon as they go on.
        half = self._setup.longest_silence.total_seconds() / 2
        if not any(connection.poll(half) for _ in range(2)):
            logger.error("the process that sends e-mail does not answer: it is killed")
            raise TimeoutError
        return connection.recv()

    def _take(self, report: "Report", orders: "SimpleQueue[Order | None]") -> None:
        if report == "ready":
            with self._lock:
                self._orders = orders
            if self._stopping.is_set():
                self._order("stop")
            self._on_ready()
        elif not isinstance(report, str):
            self._on_end(
                [
                    Ended(claim, outcome)
                    for id_, outcome in report
                    if (claim := self._in_hand.pop(id_, None)) is not None
                ]
            )


def _start(connection: "Connection[Report, Order]") -> "subprocess.Popen[bytes]":
    """A process that works with `connection`."""
    command = [sys.executable, "-P", "-m", __package__, str(connection.fileno())]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(  # noqa: S603 - it is our own package
        command,
        pass_fds=[connection.fileno()],
        stdin=subprocess.DEVNULL,
        env=environment,
        process_group=0,  # Ctrl-C is for the server alone: a start would end with a traceback
    )


def _pass_on(orders: "SimpleQueue[Order | None]", connection: "Connection[Order, Report]") -> None:
    """Send each of `orders`; nobody else waits for a process that does not read."""
    while (order := orders.get()) is not None:
        with suppress(OSError):  # it has ended, and so it will be said of its pages
            connection.send(order)


def _lost(claim: Claim) -> Ended:
    """Nobody knows whether it was sent."""
    return Ended(claim, Outcome("unknown", ENDED, retry_delay(claim.attempt)))
