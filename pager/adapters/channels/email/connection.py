"""One connection to an SMTP server, and one mail transaction after the other on it.

A transaction is taken through here instead of by smtplib's `sendmail`, because how far it
came decides what is known when it fails:

- Before the final dot the server has nothing. Only an answer that says that there is no such
  mailbox is DeliveryRefused (`refusals` has the rule).
- The answer to the final dot is the server's word: it took the mail, or did not.
- Between the final dot and its answer anything may have happened: DeliveryUnknown.
"""

import io
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from pager.adapters.channels.email.message import Mail
from pager.adapters.channels.email.refusals import says_no_such_mailbox
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.text import one_line
from pager.errors import DeliveryFailed, DeliveryRefused, DeliveryUnknown
from pager.model import shortened

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

CONNECT_TIMEOUT = timedelta(seconds=20)
"""How long it may take to connect, to all addresses of the server together. A server that answers
late may be waited for; one that does not even take the connection is not there."""

KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Seconds, and how often: a server that is slow is waited for, one that is gone is noticed."""

_LONGEST_REASON = 300


class Interrupted(OSError):
    """Pager stops, and waits no longer."""


class Deadline:
    """When a part of a send has to be over, however many commands it takes."""

    def __init__(self, timeout: timedelta, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = clock() + timeout.total_seconds()

    def extended(self, timeout: timedelta) -> "Deadline":
        """Another one, `timeout` from now."""
        return Deadline(timeout, self._clock)

    def left(self) -> float:
        """The seconds left, more than 0. Raises TimeoutError where there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class Connection(smtplib.SMTP):
    """A connection to submit mail on; nothing on it outlasts `deadline`."""

    def __init__(self, server: SmtpServer, tls: ssl.SSLContext, deadline: Deadline) -> None:
        """Nothing is connected yet."""
        super().__init__(local_hostname="")  # without a host it does not connect yet
        self.deadline = deadline
        self.used_at = 0.0
        self._server = server
        self._tls = tls
        self._interrupted = False

    def open(self) -> None:
        """Connect, encrypt and log in, as `server` says. Raises OSError where that fails."""
        try:
            self._connect()
            self._introduce_ourselves()
            if self._server.security == "starttls":
                _check(2, self.docmd("STARTTLS"))
                self._encrypt()
                self.esmtp_features = {}  # an attacker may have written what came before TLS
                _check(2, self.ehlo())
            if self._server.user and self._server.password:
                self.login(self._server.user, self._server.password)
        except BaseException:
            self.close()
            raise

    def submit(self, sender: str, mail: Mail, answer_within: timedelta) -> None:
        """Take `mail` through one transaction; it ends with the server's promise to deliver.

        The message and the answer to it have a time-out of their own, `answer_within`.

        Raises DeliveryRefused and DeliveryUnknown where they are certain, and DeliveryFailed
        where the server cannot take the mail. SMTPServerDisconnected means that the connection
        ended and the mail was not taken, SMTPResponseException that the server said so: the
        connection is still good.
        """
        if mail.needs_utf8 and not self.has_extn("smtputf8"):
            raise DeliveryFailed(
                f"{self._server.address} does not offer SMTPUTF8, and without it an address "
                "must be ASCII in front of the @"
            )
        if self.has_extn("pipelining") and not mail.needs_utf8:
            self._begin_in_one_packet(sender, mail.recipient)
        else:
            self._begin_step_by_step(sender, mail)
        self.deadline = self.deadline.extended(answer_within)
        self.send(mail.transfer)
        self._check_recipient(2, self._answer_to_final_dot())

    def interrupt(self) -> None:
        """End the connection at once; any thread may ask for it."""
        self._interrupted = True
        if (sock := self.sock) is not None:
            with suppress(OSError):
                # Not `sock.shutdown`, which pulls TLS away under the thread that reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def reset_transaction(self) -> None:
        """Abandon the transaction; end the connection where that fails."""
        try:
            _check(2, self.rset())
        except OSError:
            self.close()

    def quit_and_close(self) -> None:
        """End the connection, with QUIT if the server lets us."""
        with suppress(OSError):
            self.quit()
        self.close()

    def send(self, s: "ReadableBuffer | str") -> None:
        """Send as smtplib does, within the deadline."""
        if self.sock is not None:
            self.sock.settimeout(self.left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply as smtplib does, within the deadline even if it comes byte by byte."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Incoming(self, self.sock))
        return super().getreply()

    def left(self) -> float:
        """The seconds left. Raises TimeoutError where there are none, Interrupted if it was."""
        self.check_interrupted()
        return self.deadline.left()

    def check_interrupted(self) -> None:
        """Raise Interrupted if it was."""
        if self._interrupted:
            raise Interrupted("Pager stops")

    def _begin_step_by_step(self, sender: str, mail: Mail) -> None:
        options = []
        if mail.needs_utf8:
            options = ["SMTPUTF8", *(["BODY=8BITMIME"] if self.has_extn("8bitmime") else [])]
        _check(2, self.mail(sender, options))
        self._check_recipient(2, self.rcpt(mail.recipient))
        self._check_recipient(3, self.docmd("DATA"))  # some say only now that there is nobody

    def _begin_in_one_packet(self, sender: str, recipient: str) -> None:
        """MAIL, RCPT and DATA without waiting for the answers to the first two (RFC 2920)."""
        commands = (
            f"MAIL FROM:<{sender}>",
            f"RCPT TO:<{recipient}>",
            "DATA",
        )
        if any("\r" in command or "\n" in command for command in commands):
            raise ValueError("an address has a line break in it")
        self.send("".join(f"{command}\r\n" for command in commands))
        answers_left = len(commands)
        try:
            answers_left -= 1
            _check(2, self.getreply())
            answers_left -= 1
            self._check_recipient(2, self.getreply())
        except (smtplib.SMTPResponseException, DeliveryRefused):
            self._skip_answers(answers_left)
            raise
        self._check_recipient(3, self.getreply())

    def _skip_answers(self, count: int) -> None:
        """Read the answers to commands that were sent after one that the server has refused.

        A server may take DATA all the same: a dot ends the message that nobody gets. The connection
        ends where that fails.
        """
        try:
            for _ in range(count):
                code, _text = self.getreply()
            if code // 100 == 3:  # noqa: PLR2004 - go on, in SMTP
                self.send(b".\r\n")
                self.getreply()
        except OSError:
            self.close()

    def _introduce_ourselves(self) -> None:
        """EHLO; and HELO to a server from before 1995, which does not know that or hangs up."""
        try:
            code, text = self.ehlo()
        except smtplib.SMTPServerDisconnected:
            if self._server.security == "starttls" or self._server.user:
                raise  # HELO offers neither
            self.close()
            self._connect()
            code, text = self.helo()
        else:
            if code // 100 == 5:  # noqa: PLR2004 - it refuses, for good
                code, text = self.helo()
        _check(2, (code, text))

    def _connect(self) -> None:
        """Connect, encrypt where that comes first, and read the greeting."""
        self._connect_to_any_address()
        assert self.sock is not None
        self.local_hostname = _own_name(self.sock)
        if self._server.security == "tls":
            self._encrypt()
        _check(2, self.getreply())

    def _connect_to_any_address(self) -> None:
        """Connect to the first address of the server that answers.

        Each gets its share of the time, so that an address that cannot be reached (IPv6, often)
        leaves time for the others.
        """
        server = self._server
        addresses = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        share = min(self.left(), CONNECT_TIMEOUT.total_seconds()) / len(addresses)
        while True:
            (family, kind, protocol, _, address), *others = addresses
            self.sock = socket.socket(family, kind, protocol)
            try:
                self.sock.settimeout(min(self.left(), share))
                self.sock.connect(address)
            except OSError:
                self.close()
                if not others:
                    raise
                addresses = others
            else:
                _keep_alive(self.sock)
                return

    def _encrypt(self) -> None:
        plain = self.sock
        assert plain is not None
        plain.settimeout(self.left())
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._server.host)
        self.file = None  # what was read ahead before TLS must not count as sent over TLS

    def _check_recipient(self, expected: int, reply: tuple[int, bytes]) -> None:
        """As `_check`, where the reply may be about the one recipient: DeliveryRefused."""
        if says_no_such_mailbox(*reply):
            raise DeliveryRefused(self._reason(*reply))
        _check(expected, reply)

    def _answer_to_final_dot(self) -> tuple[int, bytes]:
        try:
            code, text = self.getreply()
        except OSError as error:
            raise DeliveryUnknown(reason(self._server, error)) from error
        if code // 100 not in (2, 4, 5):
            raise DeliveryUnknown(self._reason(code, text))
        return code, text

    def _reason(self, code: int, text: bytes) -> str:
        return reason(self._server, smtplib.SMTPResponseException(code, text))


class _Incoming(io.RawIOBase):
    """What the server sends. A timeout of the socket alone would start again with each byte."""

    def __init__(self, connection: Connection, sock: socket.socket) -> None:
        self._connection = connection
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        self._sock.settimeout(self._connection.left())
        received = self._sock.recv_into(buffer)
        if received == 0:
            self._connection.check_interrupted()
        return received


def _check(expected: int, reply: tuple[int, bytes]) -> None:
    """Raise, as `Connection.submit` says, unless the reply's first digit is `expected`."""
    code, text = reply
    if code // 100 == expected:
        return
    error = smtplib.SMTPResponseException(code, text)
    if code == 421 or code // 100 not in (4, 5):  # noqa: PLR2004 - the server hangs up, or answers nonsense
        raise smtplib.SMTPServerDisconnected(_reply_text(error))
    raise error


def reason(server: SmtpServer, error: Exception) -> str:
    """What went wrong, in the server's or the system's own words: one line, no secrets."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = _reply_text(error)
    elif isinstance(error, smtplib.SMTPServerDisconnected):
        text = str(error.__context__ or error)  # smtplib's own words hide the cause
    else:
        text = str(error) or type(error).__name__
    return shortened(one_line(f"{server.address}: {server.without_secrets(text)}"), _LONGEST_REASON)


def _reply_text(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    text = text if isinstance(text, str) else text.decode(errors="replace")
    return f"{error.smtp_code} {text}" if error.smtp_code > 0 else f"no SMTP reply: …{text}"


def _keep_alive(sock: socket.socket) -> None:
    """Let the system notice a server that is gone without a word, as far as it can."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if (option := getattr(socket, name, None)) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _own_name(sock: socket.socket) -> str:
    """The name for EHLO: our full host name or, as in RFC 5321, our address.

    smtplib would ask the DNS, which has no time-out.
    """
    if "." in (name := socket.gethostname()):
        return name
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
