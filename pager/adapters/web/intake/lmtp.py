"""LMTP (RFC 2033): how the operator's mail server hands over the e-mails of monitors.

An e-mail is committed before it is accepted. Whatever else keeps it from that is a temporary
failure: the mail server keeps it, and sends it again.

Why not aiosmtpd, which the tests use: it logs the addresses of recipients, which are keys; it
refuses an e-mail for good that has a long line or is too large, where Pager must page; and it
answers that once, where LMTP wants an answer for each recipient.
"""

import asyncio
import logging
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from pager.access.integrations import Integration, key_in_address
from pager.adapters.runtime.pools import caller
from pager.adapters.runtime.refusals import Refusals
from pager.adapters.web.auth.known_integrations import KnownIntegrations
from pager.adapters.web.intake import email
from pager.adapters.web.intake.events import Payload
from pager.adapters.web.intake.receiving import Intake
from pager.adapters.web.limits import LARGEST_BODY
from pager.adapters.web.problems import ProblemError

MOST_CONNECTIONS = 50
MOST_RECIPIENTS = 100
LONGEST_LINE = 4_096
"""Bytes of a command."""
CHUNK = 64 * 1024
IDLE = timedelta(minutes=5)
"""How long a client may be silent."""
CONTENT_WITHIN = timedelta(minutes=10)
"""How long the whole of an e-mail may take to arrive."""
STOPS_WITHIN = timedelta(seconds=5)
"""How long e-mails have that are being committed while the server stops."""

_MAIL = re.compile(r"FROM:\s*<(?P<address>[^<>]*)>", re.IGNORECASE)
_RECIPIENT = re.compile(r"TO:\s*<(?P<address>[^<>]*)>", re.IGNORECASE)
_LINE_WITH_DOT = re.compile(rb"(?<=\r\n)\.")

GREETING = "220 Pager takes e-mail of monitors by LMTP"
LATER = "451 4.3.0 Pager cannot take it now: send it again later"
UNKNOWN = "550 5.1.1 No integration has this address"
ANSWERS: dict[str, Sequence[str]] = {
    "LHLO": ["250-pager", "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250 8BITMIME"],
    "RSET": ["250 2.0.0 Forgotten"],
    "NOOP": ["250 2.0.0 Yes"],
    "VRFY": ["252 2.1.5 Send it, and see"],
}

logger = logging.getLogger(__name__)


class LmtpServer:
    """Takes e-mails, each for the integrations that it is addressed to."""

    def __init__(self, intake: Intake, integrations: KnownIntegrations, refusals: Refusals) -> None:
        """Pass on to `intake` what is addressed to a key of `integrations`.

        What that refuses is added to `refusals`.
        """
        self._intake = intake
        self._refusals = refusals
        self._integrations = integrations
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.Task[None], _Session] = {}

    async def start(self, listener: socket.socket) -> None:
        """Serve on that socket, until `stop`."""
        start = (
            asyncio.start_unix_server if listener.family == socket.AF_UNIX else asyncio.start_server
        )
        self._server = await start(self._connected, sock=listener)

    async def stop(self) -> None:
        """Stop; e-mails that are being committed are answered first."""
        if self._server is None:
            return
        self._server.close()
        for task, session in self._sessions.items():
            session.stop()
            if not session.is_committing:
                task.cancel()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=STOPS_WITHIN.total_seconds())

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        session = _Session(_Input(reader), writer, self._integrations, self._deliver)
        is_full = len(self._sessions) >= MOST_CONNECTIONS
        self._sessions[task] = session
        try:
            if is_full:
                await session.answer("421 4.3.2 Too many connections: try again later")
            else:
                await session.run()
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass  # the mail server keeps what was not accepted
        finally:
            del self._sessions[task]
            writer.close()

    async def _deliver(self, integration: Integration, content: bytes) -> str:
        caller.set(integration.author)
        payload = Payload(content, "message/rfc822")
        try:
            await self._intake.receive_payload(integration, email.PROTOCOL, payload)
        except ProblemError as error:
            sender = f"{integration.author}, by e-mail"
            self._refusals.add(integration.routing.service_id, error.problem.status, sender)
            logger.warning(
                "an e-mail for %s is to be sent again: %s", integration.author, error.problem.detail
            )
            return LATER
        except Exception:
            logger.exception("an e-mail for %s could not be taken", integration.author)
            return LATER
        return "250 2.0.0 Committed"


class _LineTooLong(Exception):
    """A command that is no command."""


class _Input:
    """What the client sends: lines of commands, and contents of any size."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._buffer = b""

    async def line(self) -> str:
        """The next command. Raises ConnectionError, TimeoutError or _LineTooLong."""
        while b"\n" not in self._buffer:
            if len(self._buffer) > LONGEST_LINE:
                raise _LineTooLong
            self._buffer += await self._more()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode(errors="replace").strip()

    async def content(self) -> bytes:
        """An e-mail, of a large one the beginning. Raises ConnectionError or TimeoutError."""
        end = b"\r\n.\r\n"
        kept = bytearray()
        window = b"\r\n" + self._buffer
        async with asyncio.timeout(CONTENT_WITHIN.total_seconds()):
            while (position := window.find(end)) < 0:
                kept += window[: -len(end)][: LARGEST_BODY - len(kept)]
                window = window[-len(end) :] + await self._more()
        kept += window[: position + 2][: max(0, LARGEST_BODY - len(kept))]
        self._buffer = window[position + len(end) :]
        return _LINE_WITH_DOT.sub(b"", bytes(kept))[2:]

    async def _more(self) -> bytes:
        async with asyncio.timeout(IDLE.total_seconds()):
            more = await self._reader.read(CHUNK)
        if not more:
            raise ConnectionResetError
        return more


class _Envelope(NamedTuple):
    """From whom an e-mail comes, and for which integrations."""

    sender: str
    recipients: Sequence[Integration]


class _Session:
    """One connection of the mail server."""

    def __init__(
        self,
        client: _Input,
        writer: asyncio.StreamWriter,
        integrations: KnownIntegrations,
        deliver: Callable[[Integration, bytes], Awaitable[str]],
    ) -> None:
        """`deliver` commits an e-mail for an integration, and says what the client is answered."""
        self.is_committing = False
        self._is_stopping = False
        self._client = client
        self._writer = writer
        self._integrations = integrations
        self._deliver = deliver
        self._envelope: _Envelope | None = None

    def stop(self) -> None:
        """End after the e-mail that is being committed."""
        self._is_stopping = True

    async def answer(self, *lines: str) -> None:
        """Send the lines of an answer, or of several."""
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    async def run(self) -> None:
        """Answer commands until the client has finished."""
        await self.answer(GREETING)
        while not self._is_stopping:
            try:
                verb, _, argument = (await self._client.line()).partition(" ")
            except _LineTooLong:
                await self.answer("500 5.5.2 This line is too long")
                return
            if verb.upper() == "QUIT":
                await self.answer("221 2.0.0 Bye")
                return
            await self.answer(*await self._command(verb.upper(), argument.strip()))
        await self.answer("421 4.3.2 Pager stops: send the rest later")

    async def _command(self, verb: str, argument: str) -> Sequence[str]:
        match verb:
            case "MAIL":
                return [self._mail(argument)]
            case "RCPT":
                return [await self._recipient(argument)]
            case "DATA":
                return await self._data()
            case _:
                pass
        if verb in {"LHLO", "RSET"}:
            self._envelope = None
        return ANSWERS.get(verb, ["500 5.5.1 This is LMTP: LHLO, MAIL, RCPT, DATA, RSET, QUIT"])

    def _mail(self, argument: str) -> str:
        found = _MAIL.match(argument)
        if found is None:
            return "501 5.5.4 Expected MAIL FROM:<address>"
        self._envelope = _Envelope(found["address"], [])
        return "250 2.1.0 Yes"

    async def _recipient(self, argument: str) -> str:
        found = _RECIPIENT.match(argument)
        if self._envelope is None or found is None:
            return "503 5.5.1 Expected MAIL FROM:<address>, and then RCPT TO:<address>"
        if len(self._envelope.recipients) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            integration = await self._integrations.of_key(key_in_address(found["address"]))
        except Exception:
            logger.exception("the address of an e-mail could not be looked up")
            return LATER
        if integration is None or integration.protocol != "email":
            return UNKNOWN
        recipients = [*self._envelope.recipients, integration]
        self._envelope = self._envelope._replace(recipients=recipients)
        return "250 2.1.5 Yes"

    async def _data(self) -> Sequence[str]:
        envelope, self._envelope = self._envelope, None
        if envelope is None or not envelope.recipients:
            return ["503 5.5.1 There is no recipient"]
        await self.answer("354 Send it, and then a line with a dot")
        content = await self._client.content()
        # The program that delivers an e-mail notes who has sent it (RFC 5321, 4.4).
        content = f"Return-Path: <{envelope.sender}>\r\n".encode() + content
        self.is_committing = True
        try:
            return [
                await self._deliver(integration, content) for integration in envelope.recipients
            ]
        finally:
            self.is_committing = False
