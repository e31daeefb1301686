"""One connection to an SMTP server, and one mail transaction after the other on it.

A transaction is taken command by command instead of by smtplib's `sendmail`, because how far it
came decides what is known when it fails:

- Before the final dot the server has nothing. Only a refusal of RCPT that is about the mailbox
  itself is DeliveryRefused (`_is_about_the_mailbox` has the rule).
- The answer to the final dot is the server's word: it took the mail, or did not.
- Between the final dot and its answer anything may have happened: DeliveryUnknown.
"""

import io
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from pager.adapters.channels.email.message import Mail
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.text import one_line, shortened
from pager.errors import DeliveryRefused, DeliveryUnknown

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_LONGEST_REASON = 300


class Deadline:
    """When a whole send has to be over, however many commands it takes."""

    def __init__(self, timeout: timedelta, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = clock() + timeout.total_seconds()

    def left(self) -> float:
        """The seconds left, more than 0. Raises TimeoutError where there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class Connection(smtplib.SMTP):
    """A connection on which mail can be submitted at once; nothing on it outlasts `deadline`."""

    def __init__(self, server: SmtpServer, tls: ssl.SSLContext, deadline: Deadline) -> None:
        """Connect, encrypt and log in, as `server` says. Raises OSError where that fails."""
        super().__init__(local_hostname="")  # without a host it does not connect yet
        self.deadline = deadline
        self.used_at = 0.0
        self._server = server
        self._tls = tls
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def submit(self, sender: str, mail: Mail) -> None:
        """Take `mail` through one transaction; it ends with the server's promise to deliver.

        Raises DeliveryRefused and DeliveryUnknown where they are certain.
        SMTPServerDisconnected means that the connection ended and the mail was not taken,
        SMTPResponseException that the server said so: the connection is still good.
        """
        if mail.needs_utf8 and not self.has_extn("smtputf8"):
            raise DeliveryRefused(
                f"{self._server.address} does not offer SMTPUTF8, and without it an address "
                "must be ASCII in front of the @"
            )
        _check(2, self.mail(sender, ["SMTPUTF8", "BODY=8BITMIME"] if mail.needs_utf8 else []))
        code, text = self.rcpt(mail.recipient)
        if _is_about_the_mailbox(code, text):
            raise DeliveryRefused(self._reason(code, text))
        _check(2, (code, text))
        _check(3, self.docmd("DATA"))
        self.send(mail.transfer)
        _check(2, self._answer_to_final_dot())

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
            self.sock.settimeout(self.deadline.left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply as smtplib does, within the deadline even if it comes byte by byte."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Incoming(self, self.sock))
        return super().getreply()

    def _open(self) -> None:
        self.sock = _connect(self._server, self.deadline)
        self.local_hostname = _own_name(self.sock)
        if self._server.security == "tls":
            self._encrypt(self.sock)
        _check(2, self.getreply())
        _check(2, self.ehlo())
        if self._server.security == "starttls":
            _check(2, self.docmd("STARTTLS"))
            self._encrypt(self.sock)
            _check(2, self.ehlo())  # an attacker may have written what came before TLS
        if self._server.user and self._server.password:
            self.login(self._server.user, self._server.password)

    def _encrypt(self, plain: socket.socket) -> None:
        plain.settimeout(self.deadline.left())
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._server.host)
        self.file = None  # what was read ahead before TLS must not count as sent over TLS

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
        self._sock.settimeout(self._connection.deadline.left())
        return self._sock.recv_into(buffer)


def _check(expected: int, reply: tuple[int, bytes]) -> None:
    """Raise, as `Connection.submit` says, unless the reply's first digit is `expected`."""
    code, text = reply
    if code // 100 == expected:
        return
    error = smtplib.SMTPResponseException(code, text)
    if code == 421 or code // 100 not in (4, 5):  # noqa: PLR2004 - the server hangs up, or answers nonsense
        raise smtplib.SMTPServerDisconnected(_reply_text(error))
    raise error


def _is_about_the_mailbox(code: int, text: bytes) -> bool:
    """Whether a reply to RCPT refuses this mailbox for good, and not us or just now.

    It goes by the enhanced status code (RFC 3463), where there is one: 5.1.x is about the
    address and 5.2.x about the mailbox; but 5.1.7 and 5.1.8 are about the *sender's* address.
    Without one, RFC 5321 has 550, 551 and 553 for mailboxes. All else (relaying, policy,
    authentication, an outage) an operator may fix while the incident runs: try again.
    """
    if code // 100 != 5:  # noqa: PLR2004 - for good, in SMTP
        return False
    if enhanced := re.match(rb"5\.(\d{1,3})\.(\d{1,3})\b", text):
        subject, detail = (int(number) for number in enhanced.groups())
        return subject == 2 or (subject == 1 and detail not in (7, 8))  # noqa: PLR2004 - see above
    return code in (550, 551, 553)


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


def _connect(server: SmtpServer, deadline: Deadline) -> socket.socket:
    """Connect to the first address of the server that answers.

    Each gets its share of the time left, so that an address that cannot be reached (IPv6,
    often) leaves time for the others.
    """
    addresses = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    while True:
        (family, kind, protocol, _, address), *others = addresses
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(deadline.left() / len(addresses))
            sock.connect(address)
        except OSError:
            sock.close()
            if not others:
                raise
            addresses = others
        else:
            return sock


def _own_name(sock: socket.socket) -> str:
    """The name for EHLO: our full host name or, as in RFC 5321, our address.

    smtplib would ask the DNS, which has no time-out.
    """
    if "." in (name := socket.gethostname()):
        return name
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
