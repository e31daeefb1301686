"""Mail over SMTP: arrow 5 of the brief. Connections are kept between pages."""

import functools
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.channels.email.connection import Connection, Deadline, reason
from pager.adapters.channels.email.message import Composer, Mail
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.test_page import TestPage
from pager.errors import DeliveryFailed, DeliveryRefused
from pager.messages import Notification
from pager.model import EmailTarget
from pager.timeouts import FIRST_TIMEOUT, Timeouts, timeouts

IDLE_LIMIT = timedelta(minutes=1)
"""A connection that was idle for longer is not used again: a firewall may have dropped it."""

QUIT_TIMEOUT = timedelta(seconds=2)
"""How long QUIT may take, on all connections together."""


class SmtpMail:
    """Mail that hands each page to one SMTP server; connections are kept between pages.

    Any number of threads may send at once. Each takes a kept connection or opens one, so there
    are never more of them than there were threads sending at the same moment.
    """

    def __init__(  # noqa: PLR0913 - the last two are for tests
        self,
        server: SmtpServer,
        sender: str,
        acknowledge_link: Callable[[Notification], str],
        installation: bytes,
        first_timeout: timedelta = FIRST_TIMEOUT,
        *,
        incident_page: Callable[[Notification], str] | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """For `sender` and `installation` see Composer.

        `acknowledge_link` gives the URL of the page that acknowledges, `incident_page` that of
        the incident in the console; without it an e-mail has no link there. `first_timeout` is for
        each part of the first attempt at a page, later ones have longer ones
        (`pager.timeouts`); only the resolving of the host name has the time-outs of the system.
        `tls` is what certificates are checked with, if not the system's own list; `clock` gives
        monotonic seconds.

        Raises ValueError for a sender that no mail can come from.
        """
        self._composer = Composer(sender, installation)
        self._server = server
        self._acknowledge_link = acknowledge_link
        self._incident_page = incident_page
        self._first_timeout = first_timeout
        self._tls = tls or _system_tls()
        self._clock = clock
        self._kept: list[Connection] = []
        self._in_use: set[Connection] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._interrupted = False

    def send(self, target: EmailTarget, notification: Notification, attempt: int = 1) -> str:
        """Hand the page to the server, and return its Message-ID once it was accepted: arrow 5.

        The Message-ID is made from the idempotency key, so a second one of a page has the same.

        Raises DeliveryRefused where the server says that there is no such mailbox,
        DeliveryUnknown where the page was handed over and no answer came, and DeliveryFailed for
        the rest. The reason is the server's own, and never has the password in it.
        """
        return self.hand_over(self.compose(target, notification), attempt)

    def compose(self, target: EmailTarget, notification: Notification) -> Mail:
        """The e-mail of the page, as `send` would hand it over."""
        link = self._acknowledge_link(notification)
        incident_page = self._incident_page(notification) if self._incident_page else ""
        return self._composer.compose(notification, target, link, incident_page)

    def hand_over(self, mail: Mail, attempt: int = 1) -> str:
        """Hand over an e-mail that is composed; as `send`."""
        try:
            self._transfer(mail, timeouts(attempt, self._first_timeout), is_retry=attempt > 1)
        except (OSError, ValueError) as error:  # ValueError: a name that no resolver takes
            raise DeliveryFailed(reason(self._server, error)) from error
        return mail.message_id

    def send_test_page(self, target: EmailTarget, test_page: TestPage) -> str:
        """Hand the test page to the server; as `send`, but no two have the same Message-ID."""
        return self.hand_over(self._composer.compose_test_page(test_page, target))

    def send_code(self, target: EmailTarget, message: CodeMessage) -> str:
        """Hand the code to the server; as `send_test_page`."""
        return self.hand_over(self._composer.compose_code(message, target))

    def interrupt(self) -> None:
        """Let every send that is under way, and every later one, fail at once: Pager stops."""
        with self._lock:
            self._interrupted = True
            in_use = list(self._in_use)
        for connection in in_use:
            connection.interrupt()

    def close(self) -> None:
        """End the kept connections; one that is in use ends after its page."""
        with self._lock:
            self._closed = True
            kept, self._kept = self._kept, []
        deadline = Deadline(QUIT_TIMEOUT, self._clock)
        for connection in kept:
            connection.deadline = deadline
            connection.quit_and_close()

    def _transfer(self, mail: Mail, within: Timeouts, *, is_retry: bool) -> None:
        deadline = Deadline(within.hand_over, self._clock)
        kept = self._take(deadline)
        if kept is not None and is_retry:
            kept.close()  # it may be dead, and a retry would wait for it for long
        elif kept is not None:
            # The server may have closed it while it was idle. That is no failure.
            with suppress(smtplib.SMTPServerDisconnected):
                self._submit(kept, mail, within.answer)
                return
        self._submit(Connection(self._server, self._tls, deadline), mail, within.answer)

    def _submit(self, connection: Connection, mail: Mail, answer_within: timedelta) -> None:
        try:
            self._use(connection)
            if connection.sock is None:
                connection.open()
            connection.submit(self._composer.sender, mail, answer_within)
        except (smtplib.SMTPResponseException, DeliveryFailed, DeliveryRefused):
            connection.reset_transaction()
            raise
        except BaseException:
            connection.close()  # its state is not known
            raise
        finally:
            self._keep(connection)

    def _use(self, connection: Connection) -> None:
        with self._lock:
            self._in_use.add(connection)
            if self._interrupted:
                connection.interrupt()

    def _take(self, deadline: Deadline) -> Connection | None:
        """The connection that was used last; those that were idle for too long are closed."""
        usable_since = self._clock() - IDLE_LIMIT.total_seconds()
        with self._lock:
            stale = [kept for kept in self._kept if kept.used_at <= usable_since]
            self._kept = [kept for kept in self._kept if kept.used_at > usable_since]
            connection = self._kept.pop() if self._kept else None
        for idle in stale:
            idle.close()
        if connection is not None:
            connection.deadline = deadline
        return connection

    def _keep(self, connection: Connection) -> None:
        connection.used_at = self._clock()
        with self._lock:
            self._in_use.discard(connection)
            if connection.sock is None:
                return
            if not self._closed:
                self._kept.append(connection)
                return
        connection.quit_and_close()


@functools.cache
def _system_tls() -> ssl.SSLContext:
    """Verifies certificates with the system's own list. Cached: the list is slow to read."""
    return ssl.create_default_context()
