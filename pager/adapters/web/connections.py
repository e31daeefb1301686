"""Connections: each costs a file descriptor and memory, and a client may do nothing with its own.

One that is idle is closed after a while. Where there are too many, the one that has kept the server
waiting for the longest makes room for the next: so nobody can hold all of them.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import httptools
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pager.adapters.web.bodies import WHOLE_BODY
from pager.adapters.web.whole_answers import Answer

KEPT_FOR = timedelta(seconds=75)
"""How long a connection stays open after an answer, for the next request.

Longer than the proxies in front keep theirs, which is mostly 60 s (nginx, AWS): otherwise one could
send an Alert on a connection that is just being closed, and would answer it with 502.
"""

LARGEST_HEAD = 64 * 1024
"""Bytes of a request before its body, or beside it; a read that goes on with it is not counted."""

MOST_CONNECTIONS = 2_000

RESERVED_FILES = 200
"""For databases, mail servers and the server's own files. A connection may need a second one: for a
file that it is sent."""


class Connections:
    """The open connections of a server."""

    def __init__(self, most: int = MOST_CONNECTIONS) -> None:
        """`most` may be open at a time."""
        self._most = most
        # The one that was of use last is the last. The values say nothing.
        self._open: dict[ConnectionProtocol, None] = {}

    def used(self, connection: "ConnectionProtocol") -> None:
        """It was opened, or a request of it was answered."""
        self._open.pop(connection, None)
        self._open[connection] = None
        if len(self._open) > self._most:
            idle = next((other for other in self._open if other.waits_for_client), None)
            if idle is not None:
                del self._open[idle]
                idle.transport.abort()

    def closed(self, connection: "ConnectionProtocol") -> None:
        """It is closed."""
        self._open.pop(connection, None)


class ConnectionProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with a timeout for clients that send no request or read no answer.

    uvicorn itself would wait for ever, and take a head of any size.
    """

    idle_timeout = timedelta(seconds=10)
    """How long a connection may be idle, unless its last request was answered (KEPT_FOR)."""

    open_connections = Connections()

    _beside_body = 0
    """Bytes that came since the last head, part of a body or end of one: of a head that is not
    complete, or of what stands beside a body, such as trailers."""
    _is_in_head = False
    """Whether the head of a request has begun, and is not complete."""
    _has_got_on = False
    """Whether this read completed a head, or had a part of a body or its end."""
    _has_just_begun = False
    """Whether the head came in this read, so that the task of the request does not run yet."""
    _is_pipelined = False
    """Whether a request came before the answer to the one before it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Check after each timeout whether the client was idle."""
        super().connection_made(transport)
        self.parser = self._new_parser()
        self.open_connections.used(self)
        self._check_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """It needs no place any more."""
        self.open_connections.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came: a request is answered, with 400 if it is none."""
        if self._is_pipelined or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._has_just_begun = self._has_got_on = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on_in_http_1(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            if not self._is_pipelined:
                self.send_400_response("This is not an HTTP request.")
            return
        self._beside_body = 0 if self._has_got_on else self._beside_body + len(data)
        if self._beside_body > LARGEST_HEAD:
            self.send_400_response("The head of a request has at most 64 kB, and so have trailers.")

    def _new_parser(self) -> httptools.HttpRequestParser:
        """A parser that takes what small devices send, and nothing that a proxy reads otherwise."""
        parser = httptools.HttpRequestParser(self)
        parser.set_dangerous_leniencies(
            lenient_data_after_close=True,
            lenient_spaces_after_chunk_size=True,
        )
        return parser

    def _go_on_in_http_1(self, rest: bytes) -> None:
        """Answer a request that asks for another protocol as if it did not; `rest` is its body.

        Java's HttpClient asks for HTTP/2 with each Alert. The parser reads no body of such a
        request, so another one reads it again.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.send_400_response("This is no proxy.")
            return
        version = self.parser.get_http_version().encode()
        head = [b"%s %s HTTP/%s" % (method, self.url, version)]
        head += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = self._new_parser()
        self.data_received(b"\r\n".join([*head, b"", rest]))

    def on_message_begin(self) -> None:
        """A request begins.

        A client that sends the next request before it has the answer (pipelining) has to connect
        again for it: otherwise whoever sends thousands at once has them answered before those of
        all others.
        """
        request: RequestResponseCycle | None = self.cycle
        if request is not None and not request.response_complete:
            self._is_pipelined = True
            self.flow.pause_reading()
            raise _Pipelined
        self._is_in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of a request. A trailer, which comes after its body, is none."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head of a request is complete: it is answered from now on."""
        self._is_in_head, self._has_got_on = False, True
        if not self.parser.should_upgrade():
            super().on_headers_complete()
            self._has_just_begun = True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        def call(
            scope: Scope, receive: ASGIReceiveCallable, _send: ASGISendCallable
        ) -> Awaitable[None]:
            return app(scope, receive, Answer(cycle).send)  # type: ignore[arg-type]  # Starlette's types

        super()._start_asgi_task(cycle, call)

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._has_got_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request has come."""
        self._has_got_on = True
        if not self.parser.should_upgrade():
            super().on_message_complete()
            if self._has_just_begun:
                self.scope["state"][WHOLE_BODY] = self.cycle.body

    def on_response_complete(self) -> None:
        """A request of it was answered."""
        if self._is_pipelined:
            self.transport.close()
            self.loop.call_later(self.idle_timeout.total_seconds(), self.transport.abort)
        super().on_response_complete()
        if not self.transport.is_closing():
            self.open_connections.used(self)

    @property
    def waits_for_client(self) -> bool:
        """Whether the client has to do something: send a request or its body, or read."""
        request: RequestResponseCycle | None = self.cycle
        return (
            request is None
            or request.response_complete
            or request.more_body
            or self.flow.write_paused
        )

    def _check_later(self) -> None:
        self.loop.call_later(self.idle_timeout.total_seconds(), self._check, self.cycle)

    def _check(self, request_before: object) -> None:
        """Close the connection if no new request has come, and none is being worked on."""
        request: RequestResponseCycle | None = self.cycle
        # uvicorn's own timer runs from an answer until the next byte comes.
        is_kept = self.timeout_keep_alive_task is not None
        is_waiting = request is None or request.response_complete
        idle = (is_waiting and not is_kept) or self.flow.write_paused
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            return
        if request is request_before and idle:
            self.transport.abort()
        else:
            self._check_later()


class _Pipelined(Exception):
    """Ends the parsing of what the client has sent."""


def protocol_for(open_files: int) -> type[ConnectionProtocol]:
    """The protocol of a server that may open so many files; some of them it needs for itself."""
    most = min(MOST_CONNECTIONS, (open_files - RESERVED_FILES) // 2)
    return type("Protocol", (ConnectionProtocol,), {"open_connections": Connections(max(most, 1))})
