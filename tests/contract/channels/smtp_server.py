"""SMTP servers for tests: a real one that can be told to refuse, and one that follows a script.

`MailServer` is aiosmtpd, so what it accepts is what a real server would accept. What no real
server should ever do (say nothing, hang up in the middle of a message) `ScriptedServer` does.
Neither sleeps: a wait ends with its event, or with an error after `WAIT_TIMEOUT`.
"""

import asyncio
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Literal, NamedTuple, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from waiting import WAIT_TIMEOUT

Security = Literal["none", "starttls", "tls"]

Command = Literal["EHLO", "MAIL", "RCPT", "DATA"]
"""What `MailServer` can refuse. It answers DATA once it has the whole message."""


class Received(NamedTuple):
    """A message that was accepted, and how it came."""

    sender: str
    recipients: list[str]
    message: "EmailMessage[str, str]"
    raw: bytes
    """The message as it was sent, byte for byte, without the dots of the transfer."""
    encrypted: bool
    """Whether STARTTLS came first."""
    at: float
    """When it was accepted, in monotonic seconds."""

    @property
    def text(self) -> str:
        """What a person reads in a program without HTML."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """What every other program shows."""
        return self._part("html")

    def _part(self, subtype: Literal["plain", "html"]) -> str:
        part = self.message.get_body((subtype,))
        assert isinstance(part, EmailMessage)
        content = part.get_content()
        assert isinstance(content, str)
        return content.replace("\r\n", "\n")


@dataclass
class _Answer:
    reply: str
    times: int


class MailServer:
    """An SMTP server on 127.0.0.1, on a free port unless told otherwise. Use it with `with`.

    It can be stopped and started in between: a mail server that was down and comes back.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        security: Security = "none",
        tls: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
        smtputf8: bool = True,
    ) -> None:
        """`tls` has the certificate. With a `login`, user and password, nobody else may send."""
        self.port = port
        self._security = security
        self._tls = tls
        self._login = login
        self._smtputf8 = smtputf8
        self._changed = threading.Condition()
        self._messages: list[Received] = []
        self._commands: list[str] = []
        self._connections = 0
        self._open: set[_Protocol] = set()
        self._answers: dict[Command, _Answer] = {}
        self._refused: dict[str, str] = {}
        self._barrier: asyncio.Barrier | None = None

    @property
    def url(self) -> str:
        """What PAGER_SMTP_URL would be, without user and password."""
        scheme = {"none": "smtp", "starttls": "smtp+starttls", "tls": "smtps"}[self._security]
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[Received]:
        """Every message that was accepted so far, in order."""
        with self._changed:
            return list(self._messages)

    @property
    def commands(self) -> list[str]:
        """The commands that came so far on all connections, in upper case, without arguments."""
        with self._changed:
            return list(self._commands)

    @property
    def connections(self) -> int:
        """How many connections were ever made."""
        with self._changed:
            return self._connections

    def wait_for_messages(self, count: int, timeout: float = WAIT_TIMEOUT) -> list[Received]:
        """Wait for `count` messages; return all so far. Raises AssertionError after `timeout`."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self._messages) >= count, timeout)
            subjects = [received.message["Subject"] for received in self._messages]
            assert arrived, f"{len(subjects)} messages of {count} came: {subjects}"
            return list(self._messages)

    def wait_for_command(self, command: Command) -> None:
        """Return once `command` has come. Raises AssertionError where it does not."""
        with self._changed:
            came = self._changed.wait_for(lambda: command in self._commands, WAIT_TIMEOUT)
            assert came, f"no {command} came, only {self._commands}"

    def wait_until_nobody_is_connected(self) -> None:
        """Return once every connection has ended. Raises AssertionError where one does not."""
        with self._changed:
            ended = self._changed.wait_for(lambda: not self._open, WAIT_TIMEOUT)
            assert ended, f"{len(self._open)} connections are open"

    def answer(self, command: Command, reply: str, times: int = 1) -> None:
        """Give `reply` to the next `times` of `command`. After a 421 it hangs up."""
        with self._changed:
            self._answers[command] = _Answer(reply, times)

    def refuse(self, address: str, reply: str) -> None:
        """Give `reply` to RCPT whenever it names `address`."""
        with self._changed:
            self._refused[address] = reply

    def answer_together(self, count: int) -> None:
        """From now on, answer DATA only when `count` connections wait for its answer."""
        self._barrier = asyncio.Barrier(count)

    def hang_up(self) -> None:
        """End every connection without saying so."""
        with self._changed:
            connections = list(self._open)
        for connection in connections:
            self._loop.call_soon_threadsafe(connection.hang_up)
        self.wait_until_nobody_is_connected()

    def start(self) -> None:
        """Accept connections from now on."""
        started = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=[self._serve(started)])
        self._thread.start()
        assert started.wait(WAIT_TIMEOUT), "the mail server does not start"

    def stop(self) -> None:
        """End every connection and accept no other. Started again, it has the same port."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def _serve(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(
            self._connect,
            "127.0.0.1",
            self.port,
            ssl=self._tls if self._security == "tls" else None,
        )
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        for connection in list(self._open):
            connection.hang_up()

    def _connect(self) -> "_Protocol":
        return _Protocol(
            self,
            hostname="mail.example.com",
            enable_SMTPUTF8=self._smtputf8,
            tls_context=self._tls if self._security == "starttls" else None,
            require_starttls=self._security == "starttls",
            authenticator=self._authenticate if self._login else None,
            auth_require_tls=False,
            auth_exclude_mechanism=[] if self._login else ["PLAIN", "LOGIN"],
            loop=self._loop,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        credentials = (data.login.decode(), data.password.decode())
        return AuthResult(success=credentials == self._login, handled=False)

    def connected(self, connection: "_Protocol") -> None:
        with self._changed:
            self._connections += 1
            self._open.add(connection)

    def disconnected(self, connection: "_Protocol") -> None:
        with self._changed:
            self._open.discard(connection)
            self._changed.notify_all()

    def _scripted(self, command: Command, connection: SMTP) -> str | None:
        """The answer that the test asked for, if it did."""
        with self._changed:
            self._commands.append(command)
            self._changed.notify_all()
            answer = self._answers.get(command)
            if answer is None or answer.times == 0:
                return None
            answer.times -= 1
        if answer.reply.startswith("421"):
            assert isinstance(connection, _Protocol)
            self._loop.call_soon(connection.hang_up)  # that is: once the answer is written
        return answer.reply

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        scripted = self._scripted("EHLO", server)
        return [scripted] if scripted else responses

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if scripted := self._scripted("MAIL", server):
            return scripted
        if self._login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if scripted := self._scripted("RCPT", server) or self._refused.get(address):
            return scripted
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self._barrier is not None:
            await self._barrier.wait()
        if scripted := self._scripted("DATA", server):
            return scripted
        with self._changed:
            self._messages.append(_received(session, envelope))
            self._changed.notify_all()
        return "250 OK"

    async def handle_RSET(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        with self._changed:
            self._commands.append("RSET")
        return "250 OK"

    async def handle_QUIT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        with self._changed:
            self._commands.append("QUIT")
        return "221 Bye"


class _Protocol(SMTP):
    """One connection to a MailServer."""

    event_handler: MailServer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.transport is None:  # it is made twice, where STARTTLS comes in between
            self.event_handler.connected(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.event_handler.disconnected(self)

    def hang_up(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


def _received(session: Session, envelope: Envelope) -> Received:
    raw = envelope.original_content or b""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return Received(
        sender=envelope.mail_from or "",
        recipients=[address for address in envelope.rcpt_tos if address],
        message=message,
        raw=raw,
        encrypted=session.ssl is not None,
        at=time.monotonic(),
    )


class Dialogue:
    """The server's side of one connection, for a script."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(WAIT_TIMEOUT)
        self._connection = connection
        self._buffer = b""

    def send(self, text: str) -> None:
        """Send `text` as it is."""
        self._connection.sendall(text.encode())

    def receive(self, until: bytes = b"\r\n") -> str:
        """What the client sends next, up to `until`. Raises EOFError once it has hung up."""
        while until not in self._buffer:
            try:
                more = self._connection.recv(65_536)
            except ConnectionResetError:
                more = b""
            if not more:
                raise EOFError
            self._buffer += more
        text, _, self._buffer = self._buffer.partition(until)
        return text.decode()

    def wait_for_close(self) -> None:
        """Send nothing until the client hangs up. Raises TimeoutError if it never does."""
        try:
            while True:
                self.receive()
        except EOFError:
            pass

    def serve_until(self, last: str, *, features: tuple[str, ...] = ()) -> str:
        """Greet, and answer as a good server does, until the command `last` comes. Return it."""
        self.send("220 mail.example.com\r\n")
        return self.continue_until(last, features=features)

    def continue_until(self, last: str, *, features: tuple[str, ...] = ()) -> str:
        """`serve_until` without the greeting."""
        while not (line := self.receive()).upper().startswith(last):
            if line.upper().startswith("EHLO"):
                lines = ["mail.example.com", *features]
                self.send(
                    "".join(f"250-{text}\r\n" for text in lines[:-1]) + f"250 {lines[-1]}\r\n"
                )
            elif line.upper().startswith("DATA"):
                self.take_message()
                self.send("250 OK\r\n")
            else:
                self.send("250 OK\r\n")
        return line

    def take_message(self) -> str:
        """Answer DATA, and return the message without its final dot, and without an answer."""
        self.send("354 Go on\r\n")
        return self.receive(b"\r\n.\r\n")

    def encrypt(self, tls: ssl.SSLContext) -> None:
        """Continue over TLS."""
        self._connection = tls.wrap_socket(self._connection, server_side=True)

    def hang_up(self) -> None:
        """End the connection."""
        self._connection.close()


Script = Callable[[Dialogue], object]


class ScriptedServer:
    """A server on a free port of 127.0.0.1 that follows a script: the nth for connection n.

    Use it with `with`; at the end it raises what went wrong in a script. A client may hang up
    at any time. A connection for which there is no script is closed at once.
    """

    def __init__(self, *scripts: Script) -> None:
        self._scripts = deque(scripts)
        self._errors: list[Exception] = []
        self._threads: list[threading.Thread] = []
        self.connections = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        for thread in (self._accepting, *self._threads):
            thread.join()
        self._listener.close()
        if error is None and self._errors:
            raise self._errors[0]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            script = self._scripts.popleft() if self._scripts else Dialogue.hang_up
            thread = threading.Thread(target=self._follow, args=[script, Dialogue(connection)])
            self._threads.append(thread)
            thread.start()

    def _follow(self, script: Script, dialogue: Dialogue) -> None:
        try:
            script(dialogue)
        except (EOFError, ConnectionError):
            pass
        except Exception as error:  # noqa: BLE001 - it is raised at the end
            self._errors.append(error)
        finally:
            dialogue.hang_up()
