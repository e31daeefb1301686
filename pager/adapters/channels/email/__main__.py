"""The process that sends e-mail: `process` starts it, with the number of its connection."""

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection

from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.process import MailSetup, Order, Pages, Report
from pager.adapters.channels.senders import LONGEST_WAIT, Ended, SenderThreads
from pager.errors import DeliveryFailed
from pager.messages import Notification
from pager.model import EmailTarget
from pager.ports import Gateways

REPORTS_GATHER_FOR = 0.005
"""Seconds: what ends meanwhile is reported together."""

LONGEST_STOP = timedelta(hours=1)
"""Longer than the server waits."""


class _NoSms:
    def send(self, *_: object, **__: object) -> str:
        raise DeliveryFailed("this process sends e-mail")


class _Composed:
    """The Mail port for one page, whose e-mail is composed already."""

    def __init__(self, page: Notification, mail: SmtpMail) -> None:
        target = page.target
        assert isinstance(target, EmailTarget)
        self._mail = mail
        self._composed = mail.compose(target, page)

    def send(self, _: EmailTarget, __: Notification, attempt: int = 1) -> str:
        return self._mail.hand_over(self._composed, attempt)


def _gateways_of(page: Notification, mail: SmtpMail) -> Gateways:
    """Compose the e-mail of a page.

    For many pages one after the other that takes half the time.
    """
    try:
        return Gateways(_Composed(page, mail), _NoSms())
    except Exception:  # noqa: BLE001 - its sender fails in the same way, and reports it
        return Gateways(mail, _NoSms())


class _Reports:
    """Tells the server what became of pages."""

    def __init__(self, connection: "Connection[Report, Order]", alive_every: timedelta) -> None:
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
            time.sleep(REPORTS_GATHER_FOR)
            with self._changed:
                ended, self._waiting = self._waiting, []
                is_last = self._is_last
            with suppress(OSError):  # the server has ended, and so will this process
                self._connection.send([(claim.id, outcome) for claim, outcome in ended])
                self.reported += len(ended)
                if is_last:
                    self._connection.send("stopped")


def send_mail(connection: "Connection[Report, Order]") -> None:
    """Send the pages that come over `connection`, until its other end is closed."""
    # Whoever stops the server tells it to a whole group of processes: what is being sent is
    # finished all the same.
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, signal.SIG_IGN)
    setup = connection.recv()
    assert isinstance(setup, MailSetup)
    mail = setup.mail()
    reports = _Reports(connection, setup.alive_every)
    threads = SenderThreads(
        "email", setup.relays, lambda page: _gateways_of(page, mail), mail.interrupt
    )
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
            if isinstance(order, Pages):
                given += len(order.to_send)
                threads.put([page.claim for page in order.to_send], order.checked_at)
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


if __name__ == "__main__":
    send_mail(Connection(int(sys.argv[1])))
